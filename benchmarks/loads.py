"""The main experiment: a full load into an empty warehouse, by everyone, paired."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

from benchmarks.contestants import YARDSTICK, Contestant
from benchmarks.measure import CommandFailed, Cost, paired_ratio, summarise
from benchmarks.sizes import Size, prepare


class DifferentStars(Exception):
    """Two contestants have made different stars of the same data."""


@dataclass(slots=True)
class _Entry:
    contestant: Contestant
    costs: list[Cost] = field(default_factory=list)
    file_mb: float | None = None
    error: str | None = None


def measure_loads(
    size: Size, contestants: Sequence[Contestant], cache: Path, *, runs: int
) -> dict[str, Any]:
    """Let each contestant load the sample ``runs`` times, in turns: A B C, A B C, ...

    Every contestant's first star is compared with the yardstick's: the same rows, and the same
    values in all columns but ``songplay_id``.

    Raises:
        DifferentStars: They are not the same.
    """
    data = prepare(size, cache)
    data.warm()
    folder = cache / "warehouses"
    folder.mkdir(parents=True, exist_ok=True)
    entries = [_Entry(contestant) for contestant in contestants]
    expected: dict[str, Any] | None = None
    (folder / "template.duckdb").unlink(missing_ok=True)  # of another version, perhaps
    for turn in range(runs):
        for entry in entries:
            contestant = entry.contestant
            most = contestant.runs(size.events)
            if entry.error or (most is not None and turn >= most):
                continue
            warehouse = folder / f"{contestant.name}.duckdb"
            try:
                contestant.prepare(warehouse, cache)
                entry.costs.append(contestant.load(data, warehouse, cache))
            except (CommandFailed, CalledProcessError) as error:
                entry.error = str(error)
                print(f"{contestant.name} failed: {error}", file=sys.stderr)
                continue
            print(f"{size.name} {turn + 1} {contestant.name} {entry.costs[-1]}", file=sys.stderr)
            if turn == 0:
                found = contestant.digest(warehouse, cache)
                expected = expected or found
                _require_same(contestant, found, expected)
                entry.file_mb = warehouse.stat().st_size / 1e6 if warehouse.is_file() else None
            contestant.finish(warehouse, cache)
    return {
        "experiment": "loads",
        "size": size.name,
        "data": data.summary,
        "rows": {table: rows for table, (rows, _) in (expected or {}).items()},
        "contestants": _results(entries),
    }


def _require_same(contestant: Contestant, found: dict[str, Any], expected: dict[str, Any]) -> None:
    for table, content in expected.items():
        if found[table] != content:
            raise DifferentStars(
                f"{contestant.name}: {table} has {found[table][0]:,} rows with another content "
                f"than the {content[0]:,} of the first contestant"
            )


def _results(entries: Sequence[_Entry]) -> list[dict[str, Any]]:
    yardstick = next((entry.costs for entry in entries if entry.contestant.name == YARDSTICK), [])
    results = []
    for entry in entries:
        result: dict[str, Any] = {
            "name": entry.contestant.name,
            "title": entry.contestant.title,
        }
        if entry.costs:
            result |= summarise(entry.costs).as_json()
            result["file_mb"] = entry.file_mb and round(entry.file_mb, 1)
            if yardstick:
                result["ratio"] = round(paired_ratio(entry.costs, yardstick), 3)
                result["cpu_ratio"] = round(paired_ratio(entry.costs, yardstick, "cpu"), 3)
        else:
            result["left_out"] = "failed" if entry.error else "too slow for this size"
        results.append(result)
    return results
