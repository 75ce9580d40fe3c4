"""Run the benchmarks: ``python -m benchmarks --size M --only sparkify,hand_tuned --runs 5``."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.contestants import CONTESTANTS, chosen
from benchmarks.experiments import EXPERIMENTS, bench_of
from benchmarks.loads import measure_loads
from benchmarks.machine import describe
from benchmarks.report import RESULTS, save, write_report
from benchmarks.sizes import SIZES


def default_cache() -> Path:
    """Return the folder for data and environments, from the environment or the usual place."""
    if given := os.environ.get("SPARKIFY_BENCH_CACHE"):
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "sparkify_dwh" / "benchmarks"


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "experiments",
        nargs="*",
        metavar="EXPERIMENT",
        help=f"loads (the default), {', '.join(EXPERIMENTS)}, all, or report: only write the "
        "tables and charts anew",
    )
    parser.add_argument(
        "--size",
        default="S",
        help=f"one or more of {', '.join(SIZES)}, separated by commas (default: S)",
    )
    parser.add_argument(
        "--only",
        metavar="NAMES",
        help=f"contestants of `loads`, separated by commas: {', '.join(CONTESTANTS)}",
    )
    parser.add_argument("--runs", type=int, default=5, help="runs of each (default: 5)")
    parser.add_argument(
        "--cache",
        type=Path,
        default=default_cache(),
        help="folder for data, environments and warehouses (SPARKIFY_BENCH_CACHE)",
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the results")
    return parser


def arguments_of(given: Sequence[str] | None) -> argparse.Namespace:
    """Return the arguments, the lists split and their names checked."""
    command_line = parser()
    arguments = command_line.parse_args(given)
    arguments.sizes = arguments.size.split(",")
    experiments = arguments.experiments or ["loads"]
    arguments.experiments = ["loads", *EXPERIMENTS] if experiments == ["all"] else experiments
    for name in arguments.sizes:
        if name not in SIZES:
            command_line.error(f"no size {name!r}; there are {', '.join(SIZES)}")
    for name in arguments.experiments:
        if name not in ("loads", "report", *EXPERIMENTS):
            command_line.error(f"no experiment {name!r}; there are loads, {', '.join(EXPERIMENTS)}")
    if arguments.runs < 1:
        command_line.error("--runs has to be at least 1")
    arguments.cache = arguments.cache.expanduser().absolute()
    return arguments


def main(given: Sequence[str] | None = None) -> int:
    """Measure what the arguments ask for, and write the results down."""
    arguments = arguments_of(given)
    machine = describe()
    for name in arguments.experiments:
        if name == "loads":
            for size in arguments.sizes:
                contestants = chosen(arguments.only)
                result = measure_loads(
                    SIZES[size], contestants, arguments.cache, runs=arguments.runs
                )
                print(save(result, machine, arguments.results))
        elif name != "report":
            bench = bench_of(arguments.cache, arguments.runs, arguments.sizes)
            found = EXPERIMENTS[name](bench)
            print(save(found, machine, arguments.results))
            if name == "queries" and arguments.results == RESULTS:
                from benchmarks.queries import write_page

                print(write_page(found, machine))
    for path in write_report(arguments.results):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
