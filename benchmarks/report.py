"""Writes results down: JSON for machines, Markdown tables and SVG charts for people."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.charts import bars, lines
from benchmarks.machine import in_words

RESULTS = Path(__file__).parent / "results"


def save(result: dict[str, Any], machine: dict[str, Any], folder: Path) -> Path:
    """Write one result as JSON; a later one of the same experiment and size replaces it."""
    folder.mkdir(parents=True, exist_ok=True)
    name = result["experiment"]
    if "size" in result:
        name += f"-{result['size']}"
    path = folder / f"{name}.json"
    path.write_text(json.dumps({**result, "machine": machine}, indent=2) + "\n")
    return path


def write_report(folder: Path) -> list[Path]:
    """Write ``results.md`` and the charts from all results of a folder; return the paths."""
    results = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    written = [folder / "results.md"]
    parts = ["# Results", "", "Written by `python -m benchmarks report`; do not edit.", ""]
    for result in sorted(results, key=_place):
        parts += [*_section(result), ""]
        written += _charts(result, folder)
    written[0].write_text("\n".join(parts))
    return written


_ORDER = (
    *("loads", "tiny", "s3", "day", "growth", "noop"),
    *("memory", "generator", "startup", "queries"),
)


def _place(result: dict[str, Any]) -> tuple[int, int]:
    return _ORDER.index(result["experiment"]), result.get("data", {}).get("events", 0)


def _section(result: dict[str, Any]) -> list[str]:
    sections = {
        "loads": _loads,
        "tiny": _tiny,
        "s3": _s3,
        "day": _day,
        "growth": _growth,
        "noop": _no_op,
        "memory": _memory,
        "generator": _generator,
        "startup": _start_up,
        "queries": _queries,
    }
    title, table = sections[result["experiment"]](result)
    return [f"## {title}", "", f"{in_words(result['machine'])}.", "", *table]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a Markdown table whose columns but the first are aligned right."""
    return [
        f"| {' | '.join(head)} |",
        f"|---|{'--:|' * (len(head) - 1)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _loads(result: dict[str, Any]) -> tuple[str, list[str]]:
    data = result["data"]
    title = f"Full load, size {result['size']}: {data['events']:,} events"
    head = [
        "",
        "times the yardstick",
        "wall s",
        "least to most",
        "CPU s",
        "peak MB",
        "file MB",
        "runs",
    ]
    rows = []
    for entry in result["contestants"]:
        if "left_out" in entry:
            rows.append([entry["title"], entry["left_out"], *[""] * 6])
            continue
        rows.append(
            [
                entry["title"],
                f"{entry['ratio']:.2f}" if "ratio" in entry else "",
                f"{entry['wall']:.2f}",
                f"{entry['wall_least']:.2f} to {entry['wall_most']:.2f}",
                f"{entry['cpu']:.2f}",
                f"{entry['peak_mb']:,.0f}",
                f"{entry['file_mb']:,.1f}" if entry.get("file_mb") else "",
                str(entry["runs"]),
            ]
        )
    counted = ", ".join(f"{rows:,} {table}" for table, rows in result["rows"].items())
    note = (
        f"{data['bytes'] / 1e6:,.0f} MB in {data['log_files']:,} log and {data['song_files']:,} "
        f"song files. All have made the same star, value by value: {counted}."
    )
    return title, [note, "", *_table(head, rows)]


def _tiny(result: dict[str, Any]) -> tuple[str, list[str]]:
    head = ["song objects", "a file each, s", "one file, s", "difference, s", "peak MB"]
    rows = [
        [
            f"{row['songs']:,}",
            f"{row['each']['wall']:.2f}",
            f"{row['joined']['wall']:.2f}",
            f"{row['each']['wall'] - row['joined']['wall']:.2f}",
            f"{row['each']['peak_mb']:,.0f}",
        ]
        for row in result["rows"]
    ]
    return "Tiny files: songs from a file each, and from one", _table(head, rows)


def _s3(result: dict[str, Any]) -> tuple[str, list[str]]:
    rows = [
        {
            **row,
            "what": f"{row['songs']:,}, {row['delay_ms']} ms added to each request "
            f"(runs: {row['runs']})",
        }
        for row in result["rows"]
    ]
    return "Tiny files in S3: songs from an object each", _plain("song objects", "what", rows)


def _day(result: dict[str, Any]) -> tuple[str, list[str]]:
    head = ["on top of", "one more day, s", "peak MB", "full load, s", "times that"]
    head += ["the day alone, s", "times that", "runs"]
    rows = [
        [
            row["size"],
            f"{row['day']['wall']:.2f}",
            f"{row['day']['peak_mb']:,.0f}",
            f"{row['full']['wall']:.2f}",
            f"{row['of_full']:.2f}",
            f"{row['day_alone']['wall']:.2f}",
            f"{row['of_alone']:.2f}",
            str(row["day"]["runs"]),
        ]
        for row in result["rows"]
    ]
    return f"One more day of {result['day_events']:,} events", _table(head, rows)


def _growth(result: dict[str, Any]) -> tuple[str, list[str]]:
    head = [
        "plays in the warehouse",
        "one more day, s",
        f"times that on {result['compared_with']:,}",
    ]
    head += ["CPU s", "peak MB", "its full load, s", "peak MB"]
    rows = [
        [
            f"{row['plays']:,}",
            f"{row['day']['wall']:.2f}",
            f"{row['times']:.2f}",
            f"{row['day']['cpu']:.2f}",
            f"{row['day']['peak_mb']:,.0f}",
            f"{row['full_load_wall']:.2f}" if row["plays"] else "",
            f"{row['full_load_peak_mb']:,.0f}" if row["plays"] else "",
        ]
        for row in result["rows"]
    ]
    return f"Growth: one more day of {result['day_events']:,} events", _table(head, rows)


def _no_op(result: dict[str, Any]) -> tuple[str, list[str]]:
    return "A load with nothing to do", _plain("known files", "files", result["rows"])


def _memory(result: dict[str, Any]) -> tuple[str, list[str]]:
    rows = [
        {**row, "what": f"{row['size']}, {f'{limit} MB' if limit else 'the default'}"}
        for row in result["rows"]
        for limit in [row["limit_mb"]]
    ]
    return "A load with a limit on DuckDB's memory", _plain("size, limit", "what", rows)


def _generator(result: dict[str, Any]) -> tuple[str, list[str]]:
    rows = [
        {
            **row,
            "what": f"{row['size']}, {row['song_files']:,} song file"
            f"{'' if row['song_files'] == 1 else 's'}"
            f" ({row['events_per_second']:,} events a second)",
        }
        for row in result["rows"]
    ]
    return "The generator", _plain("what is generated", "what", rows)


def _start_up(result: dict[str, Any]) -> tuple[str, list[str]]:
    return "Start-up", _plain("command", "command", result["rows"])


def _queries(result: dict[str, Any]) -> tuple[str, list[str]]:
    from benchmarks.queries import section

    return section(result)


def _plain(title: str, key: str, rows: Iterable[dict[str, Any]]) -> list[str]:
    return _table(
        [title, "wall s", "CPU s", "peak MB"],
        (
            [
                f"{row[key]:,}" if isinstance(row[key], int) else str(row[key]),
                f"{row['wall']:.2f}",
                f"{row['cpu']:.2f}",
                f"{row['peak_mb']:,.0f}",
            ]
            for row in rows
        ),
    )


def _charts(result: dict[str, Any], folder: Path) -> list[Path]:
    experiment = result["experiment"]
    if experiment == "loads":
        chart = bars(
            f"Full load of {result['data']['events']:,} events: wall time as a multiple of the "
            "hand-tuned script",
            [
                (entry["title"], entry["ratio"])
                for entry in result["contestants"]
                if "ratio" in entry
            ],
        )
        path = folder / f"loads-{result['size']}.svg"
    elif experiment == "growth":
        chart = lines(
            "Seconds to load one more day, by plays already there",
            [(row["plays"], row["day"]["wall"]) for row in result["rows"]],
        )
        path = folder / "growth.svg"
    elif experiment == "noop":
        chart = lines(
            "Seconds of a load with nothing to do, by files that it knows",
            [(row["files"], row["wall"]) for row in result["rows"]],
        )
        path = folder / "noop.svg"
    else:
        return []
    path.write_text(chart)
    return [path]
