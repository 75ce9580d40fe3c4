"""The real sample: the counts that are known, and the same star on every way to it."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.load.warehouse import DuckDBWarehouse, Star, Warehouse
from tests.semantics import reference_model


def files(real_data: Path) -> list[tuple[str, str, bytes]]:
    """Every data file: its feed, its name below the feed's folder, its content."""
    return [
        (feed, path.relative_to(real_data / f"{feed}_data").as_posix(), path.read_bytes())
        for feed in ("log", "song")
        for path in sorted((real_data / f"{feed}_data").rglob("*.json"))
    ]


def records(real_data: Path, feed: str) -> list[dict]:
    return [
        json.loads(line)
        for of_feed, _, content in files(real_data)
        for line in content.decode().splitlines()
        if of_feed == feed
    ]


@pytest.fixture(scope="module")
def expected(real_data: Path) -> Star:
    """The star by the reference model."""
    return reference_model.star(records(real_data, "log"), records(real_data, "song"))


def fill(warehouse: Warehouse, real_data: Path) -> None:
    for feed, name, content in files(real_data):
        warehouse.put(feed, name, content)


def test_real_data_comes_to_the_counts_that_are_known(
    warehouse: Warehouse, real_data: Path
) -> None:
    fill(warehouse, real_data)
    result = warehouse.load()
    assert result.files == {"log": 30, "song": 71}
    assert result.rows == {
        "staging_events": 8056,
        "staging_songs": 71,
        "songplays": 6820,
        "time": 6813,
        "songs": 71,
        "artists": 69,
        "users": 97,
    }
    assert (result.rejected, result.duplicates, result.drifted_files) == (0, 0, 0)
    levels, matched, files_read = warehouse.query(
        "SELECT level, count(*) FROM users GROUP BY level ORDER BY level",
        "SELECT song_id, count(*) FROM songplays WHERE song_id IS NOT NULL GROUP BY song_id",
        "SELECT sum(records_staged), sum(plays_inserted), sum(not_plays) FROM load_files",
    )
    assert levels == [("free", 75), ("paid", 22)]
    assert matched == [("SOZCTXZ12AB0182364", 1)]
    assert files_read == [(8127, 6820, 8056 - 6820)]


def test_real_data_comes_to_the_star_of_the_reference_model(
    warehouse: Warehouse, real_data: Path, expected: Star
) -> None:
    fill(warehouse, real_data)
    warehouse.load(keep_staging=False)
    assert warehouse.star() == expected


def _pretty(content: bytes) -> bytes:
    return "\n".join(
        json.dumps(json.loads(line), indent=4) for line in content.splitlines()
    ).encode()


def _joined(content: bytes) -> bytes:
    return b"".join(content.splitlines())


@pytest.mark.parametrize(
    ("rewrite", "suffix"),
    [(_pretty, ""), (_joined, ""), (gzip.compress, ".gz")],
    ids=["pretty-printed", "one line of objects", "gzip"],
)
def test_real_data_written_in_another_way_comes_to_the_same_star(
    warehouse: Warehouse,
    real_data: Path,
    expected: Star,
    rewrite: Callable[[bytes], bytes],
    suffix: str,
) -> None:
    for feed, name, content in files(real_data):
        if feed == "log":
            warehouse.put(feed, name + suffix, rewrite(content))
        else:
            warehouse.put(feed, name, content)
    assert warehouse.load().staged == {"log": 8056, "song": 71}
    assert warehouse.star() == expected


@pytest.mark.slow
def test_real_data_in_portions_in_any_order_comes_to_the_same_star(
    warehouse: Warehouse, real_data: Path, expected: Star
) -> None:
    load_in_portions(warehouse, real_data, seed=1, at_a_time=9)
    assert warehouse.star() == expected


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_real_data_file_by_file_in_any_order_comes_to_the_same_star(
    duckdb_warehouse: DuckDBWarehouse, real_data: Path, expected: Star
) -> None:
    load_in_portions(duckdb_warehouse, real_data, seed=3, at_a_time=1)
    assert duckdb_warehouse.star() == expected
    # A load before the first, of two files without any record.
    assert len(duckdb_warehouse.runs()) == 1 + 101


def load_in_portions(warehouse: Warehouse, real_data: Path, *, seed: int, at_a_time: int) -> None:
    for feed in ("log", "song"):
        warehouse.put(feed, "no records.json", "\n")
    warehouse.load()
    waiting = files(real_data)
    random.Random(seed).shuffle(waiting)
    while waiting:
        for feed, name, content in waiting[:at_a_time]:
            warehouse.put(feed, name, content)
        del waiting[:at_a_time]
        warehouse.load(keep_staging=len(waiting) % 2 == 0)
