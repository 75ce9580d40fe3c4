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
    parser.add_argument(
        "--results", type=Path, default=RESULTS, help="folder for the results"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the arguments ask for, and write the results down."""
    command_line = parser()
    given = command_line.parse_args(arguments)
    sizes = given.size.split(",")
    experiments = given.experiments or ["loads"]
    if experiments == ["all"]:
        experiments = ["loads", *EXPERIMENTS]
    for name in sizes:
        if name not in SIZES:
            command_line.error(f"no size {name!r}; there are {', '.join(SIZES)}")
    for name in experiments:
        if name not in ("loads", "report", *EXPERIMENTS):
            command_line.error(f"no experiment {name!r}; there are loads, {', '.join(EXPERIMENTS)}")
    if given.runs < 1:
        command_line.error("--runs has to be at least 1")
    cache = given.cache.expanduser().absolute()
    machine = describe()
    for name in experiments:
        if name == "loads":
            for size in sizes:
                result = measure_loads(SIZES[size], chosen(given.only), cache, runs=given.runs)
                print(save({**result, "runs": given.runs}, machine, given.results))
        elif name != "report":
            result = EXPERIMENTS[name](bench_of(cache, given.runs, sizes))
            print(save(result, machine, given.results))
    for path in write_report(given.results):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
