"""How long questions take: every query, the report and the check, on ten million plays.

``python -m benchmarks queries`` makes the data and loads it the first time, which takes some
minutes; the warehouse stays in the cache. What it measures, it writes into ``docs/query_times.md``.
"""

import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.contestants import clear, library_variables, load_command
from benchmarks.environments import ROOT
from benchmarks.machine import in_words
from benchmarks.measure import Cost, run, summarise
from benchmarks.sizes import Data, Size, prepare
from sparkify_dwh.queries import all_queries
from sparkify_dwh.sample import sample_path
from sparkify_dwh.schema import HEAD
from sparkify_dwh.warehouse import Warehouse, connect

#: Enough events for ten million plays, over more than a year.
SIZE = Size("queries", 12_200_000, 50_000, songs_per_file=50)
PAGE = ROOT / "docs" / "query_times.md"
#: Seconds that a query, and the report, may take; megabytes that its page may have.
QUERY_LIMIT, REPORT_LIMIT, PAGE_LIMIT = 2, 10, 3


def measure(cache: Path, *, runs: int, size: Size = SIZE) -> dict[str, Any]:
    """Measure all queries in this process, and the commands in processes of their own."""
    data = prepare(size, cache)
    shipped = Data(sample_path(), {})
    large, small = _loaded(data, size.folder_name, cache), _loaded(shipped, "shipped", cache)
    warehouse = connect(large, read_only=True)
    load = os.getloadavg()[0]
    return {
        "experiment": "queries",
        "load": round(load, 1),
        "plays": warehouse.status().rows["songplays"],
        "runs": runs,
        "queries": _queries(warehouse, runs=runs),
        "commands": [
            _report("the report on the shipped sample", small, runs=runs),
            _report("the report", large, runs=runs),
            _command("check", large, data, "check", runs=runs),
            _command("trends", large, data, "trends", runs=runs),
        ],
    }


def _loaded(data: Data, name: str, cache: Path) -> Path:
    """Return a warehouse with the data in it, loaded if the cache does not have it."""
    folder = cache / "warehouses"
    folder.mkdir(parents=True, exist_ok=True)
    file, partial = folder / f"queries-{name}-{HEAD}.duckdb", folder / "queries-partial.duckdb"
    if not file.exists():
        print(f"loading {name}", file=sys.stderr)
        clear(partial)
        connect(partial).upgrade()
        command = load_command(Path(sys.executable), data, partial, "--no-keep-staging")
        run(command, variables=library_variables(), folder=folder)
        shutil.move(partial, file)
    return file


def _queries(warehouse: Warehouse, *, runs: int) -> list[dict[str, Any]]:
    """Run every query, in turns, so that what else the machine does hits all alike.

    Each run opens the file anew and fetches all rows, as a question in a notebook does.
    """
    costs: dict[str, list[Cost]] = {info.name: [] for info in all_queries()}
    rows: dict[str, int] = {}
    getattr(warehouse.queries, next(iter(costs)))()
    for _ in range(runs):
        for name, found in costs.items():
            cost, rows[name] = _timed(getattr(warehouse.queries, name))
            found.append(cost)
    return [
        {
            "name": name,
            "rows": rows[name],
            "wall": statistics.median(cost.wall for cost in found),
            "wall_most": max(cost.wall for cost in found),
            "cpu": statistics.median(cost.cpu for cost in found),
        }
        for name, found in costs.items()
    ]


def _timed(ask: Callable[[], Sequence[Any]]) -> tuple[Cost, int]:
    """Return what a question took, DuckDB's threads included, and how many rows it has."""
    wall, cpu = time.perf_counter(), time.process_time()
    rows = len(ask())
    return Cost(time.perf_counter() - wall, time.process_time() - cpu, 0), rows


def _report(what: str, warehouse: Path, *, runs: int) -> dict[str, Any]:
    page = warehouse.with_suffix(".html")
    command = [sys.executable, "-m", "sparkify_dwh.report", "--out", page]
    command += ["--database-url", f"duckdb:///{warehouse}"]
    measured = _repeated(command, warehouse.parent, runs=runs)
    megabytes = page.stat().st_size / 1e6
    page.unlink()
    return {"what": what, "page_mb": megabytes, **measured}


def _command(what: str, warehouse: Path, data: Data, module: str, *, runs: int) -> dict[str, Any]:
    command = [sys.executable, "-m", f"sparkify_dwh.{module}"]
    command += ["--database-url", f"duckdb:///{warehouse}"]
    places = {"SPARKIFY_LOG_DATA": str(data.log_data), "SPARKIFY_SONG_DATA": str(data.song_data)}
    return {"what": what, **_repeated(command, warehouse.parent, runs=runs, **places)}


def _repeated(
    command: list[str | Path], folder: Path, *, runs: int, **settings: str
) -> dict[str, float]:
    variables = library_variables() | settings
    return summarise(
        [run(command, variables=variables, folder=folder) for _ in range(runs)]
    ).as_json()


def section(result: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the title and the tables of a result, as Markdown."""
    title = f"Questions to {result['plays']:,} plays"
    lines = ["| query | rows | wall s | most | CPU s |", "|---|--:|--:|--:|--:|"]
    lines += [
        f"| `{row['name']}` | {row['rows']:,} | {row['wall']:.2f} | {row['wall_most']:.2f} "
        f"| {row['cpu']:.2f} |"
        for row in result["queries"]
    ]
    lines += ["", "| command | wall s | most | CPU s | peak MB | page MB |"]
    lines += ["|---|--:|--:|--:|--:|--:|"]
    lines += [
        f"| {row['what']} | {row['wall']:.1f} | {row['wall_most']:.1f} | {row['cpu']:.1f} "
        f"| {row['peak_mb']:,.0f} | {_megabytes(row)} |"
        for row in result["commands"]
    ]
    return title, lines


def _company(load: float, cores: int) -> str:
    """Say whether the seconds can be trusted, by the machine's load before the first run."""
    if load < cores / 2:
        return "Nothing else was running."
    return (
        f"Other work was running (load {load} on {cores} cores), which makes the seconds longer: "
        "look at those of the CPU, and measure again."
    )


def _megabytes(row: dict[str, Any]) -> str:
    return f"{row['page_mb']:.1f}" if "page_mb" in row else ""


def write_page(result: dict[str, Any], machine: dict[str, Any], page: Path = PAGE) -> Path:
    """Write the page of the documentation."""
    title, tables = section(result)
    slowest = max(result["queries"], key=lambda row: row["wall"])
    text = f"""# How long questions take

Written by `python -m benchmarks queries`; do not edit.

{title}, in an embedded DuckDB file, with default parameters:
no range of time, so that each one looks at every play. The slowest query is
`{slowest["name"]}`, {slowest["wall"]:.1f} s. The aims are under {QUERY_LIMIT} s for each query, and
under {REPORT_LIMIT} s and {PAGE_LIMIT} MB for the report.

Medians of {result["runs"]} runs. Every run opens the file anew and fetches all rows; the file is in
the cache of the operating system. CPU seconds are those of all threads, so that they tell the
machine's share where something else was running on it. Commands are told with the start of Python.

{in_words(machine)}.
{_company(result["load"], machine["cores"])}

"""
    page.write_text("\n".join([text + tables[0], *tables[1:], ""]), encoding="utf-8")
    return page
