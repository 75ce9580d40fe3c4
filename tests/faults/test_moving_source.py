"""Files that change, vanish or appear while they are read."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from sparkify_dwh.errors import SourceChangedError, SourceError
from tests.load.records import TS, play, song, visit
from tests.load.warehouse import DuckDBWarehouse, json_lines

#: Larger than what is joined, so that DuckDB reads it where it lies.
LARGE = [play(ts=TS + number, itemInSession=number) for number in range(1200)]


@pytest.fixture
def warehouse(duckdb_warehouse: DuckDBWarehouse) -> DuckDBWarehouse:
    duckdb_warehouse.put("log", "large.json", LARGE)
    duckdb_warehouse.put("log", "small.json", [play(), visit(ts=TS + 5)])
    duckdb_warehouse.put(
        "log", "pretty.json", "[]\n".replace("[]", '{"page":\n"Home", "ts": 1541105830796}')
    )
    duckdb_warehouse.put("song", "song.json", [song()])
    return duckdb_warehouse


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(json_lines([play(ts=TS + 9_999_999)]))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def replace(path: Path) -> None:
    other = path.with_name("other.tmp")
    other.write_bytes(path.read_bytes())
    other.replace(path)


def touch(path: Path) -> None:
    os.utime(path, ns=(1, 1))


@pytest.mark.parametrize("change", [append, cut, replace, touch, Path.unlink])
@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("large.json", "read log files"),
        ("large.json", "scan log files"),
        ("small.json", "read log files"),
        ("pretty.json", "judge log files record by record"),
    ],
)
def test_a_file_that_changes_fails_the_load(
    name: str, step: str, change: Callable[[Path], None], warehouse: DuckDBWarehouse
) -> None:
    before = warehouse.snapshot()
    path = warehouse.path("log", name)

    def progress(current: str, count: int = 0, /) -> None:
        if current == step and not done:
            done.append(step)
            change(path)

    done: list[str] = []
    with pytest.raises(SourceChangedError, match=f"{name} (changed|vanished) while it was read"):
        warehouse.load(progress=progress)
    assert done
    assert warehouse.snapshot() == before
    if change is not cut:
        result = warehouse.load()
        assert result.status == "loaded"
        assert (
            result.rows["songplays"]
            == 1200 + (change is append) - (change is Path.unlink and name == "large.json") * 1199
        )


def test_a_tiny_file_that_was_read_to_its_end_may_change(warehouse: DuckDBWarehouse) -> None:
    """What was read is the version that was listed; the next load takes the new one."""

    def progress(current: str, count: int = 0, /) -> None:
        if current == "scan log files" and not done:
            done.append(current)
            append(warehouse.path("log", "small.json"))

    done: list[str] = []
    assert warehouse.load(progress=progress).rows["songplays"] == 1200
    assert done
    assert warehouse.load().inserted["songplays"] == 1


def test_a_file_that_appears_is_for_the_next_load(warehouse: DuckDBWarehouse) -> None:
    def progress(current: str, count: int = 0, /) -> None:
        if current == "read log files":
            warehouse.put("log", "new.json", [play(ts=TS + 7_777_777)])

    warehouse.load(progress=progress)
    assert {Path(row["uri"]).name for row in warehouse.ledger()} == {
        "large.json",
        "small.json",
        "pretty.json",
        "song.json",
    }
    assert warehouse.load().inserted["songplays"] == 1


def test_a_file_that_changes_later_is_for_the_next_load(warehouse: DuckDBWarehouse) -> None:
    """Once the files are staged, nobody looks at them again."""

    def progress(current: str, count: int = 0, /) -> None:
        if current.startswith("prove"):
            append(warehouse.path("log", "large.json"))

    assert warehouse.load(progress=progress).rows["songplays"] == 1200
    assert warehouse.load().inserted["songplays"] == 1


def test_a_folder_that_comes_and_goes(duckdb_warehouse: DuckDBWarehouse) -> None:
    """Each load takes what it finds, or nothing; at rest, the last one takes what is left."""
    days = [f"2018/11/{day:02}" for day in range(1, 5)]
    for number, day in enumerate(days):
        duckdb_warehouse.put("log", f"{day}/small.json", [play(ts=TS + number)])
        large = [play(ts=TS + 10_000 * (number + 1) + n, itemInSession=n) for n in range(1200)]
        duckdb_warehouse.put("log", f"{day}/large.json", large)
    duckdb_warehouse.put("song", "song.json", [song()])
    is_over = threading.Event()
    moves = 0

    def move() -> None:
        nonlocal moves
        away = duckdb_warehouse.folder / "away"
        while not is_over.is_set():
            for day in days:
                folder = duckdb_warehouse.path("log", day)
                folder.rename(away)
                is_over.wait(0.003)
                away.rename(folder)
                is_over.wait(0.002 * (moves % 40))  # from no rest at all to a long one
                moves += 1

    mover = threading.Thread(target=move)
    mover.start()
    try:
        for _ in range(6):
            before = duckdb_warehouse.snapshot()
            try:
                duckdb_warehouse.load()
            except SourceError:
                assert duckdb_warehouse.snapshot() == before
    finally:
        is_over.set()
        mover.join()
    assert moves > 6
    result = duckdb_warehouse.load()
    assert (result.rows or duckdb_warehouse.load(rebuild=True).rows)["songplays"] == 4 * 1201
    assert len(duckdb_warehouse.ledger()) == 9
