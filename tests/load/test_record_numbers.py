"""The place of each staged record in its file, however many threads have read the files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sparkify_dwh.staging.bulk import READ_AT_ONCE_BYTES
from sparkify_dwh.staging.tiny import TINY_BYTES
from tests.load.records import play, song
from tests.load.warehouse import DuckDBWarehouse

#: Around the 2,048 rows that DuckDB handles at once: small rests wait there for more rows.
LENGTHS = [2_048, 2_049, 2_100, 4_095, 4_097, 6_150, 8_192, 9_000, 10_241, 12_300]


def put(warehouse: DuckDBWarehouse, name: str, *, session: int, records: int) -> Path:
    """Put a file whose records tell their place in it as itemInSession."""
    line = json.dumps(play(page="Home", sessionId=session, itemInSession=0))
    before, _, after = line.partition('"itemInSession": 0')
    path = warehouse.path("log", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        for place in range(1, records + 1):
            file.write(f'{before}"itemInSession": {place}{after}\n')
    return path


def misplaced(warehouse: DuckDBWarehouse) -> list[tuple[object, ...]]:
    return warehouse.rows(
        "SELECT session_id, count(*), count(record_number) FROM staging_events"
        " WHERE record_number IS DISTINCT FROM item_in_session GROUP BY session_id"
    )


#: A file that one thread reads at once, if barely, and one that is read in pieces.
NEARLY_LARGE, LARGE = 75_000, 95_001


@pytest.mark.parametrize("more", [[], [NEARLY_LARGE, NEARLY_LARGE], [LARGE]])
def test_every_record_is_numbered_by_its_place_in_its_file(
    duckdb_warehouse: DuckDBWarehouse, more: list[int]
) -> None:
    duckdb_warehouse.put("song", "a.json", [song()])
    lengths = [*LENGTHS * 3, *more]
    for session, records in enumerate(lengths, start=1):
        path = put(duckdb_warehouse, f"{session:03d}.json", session=session, records=records)
        size = path.stat().st_size
        assert size > TINY_BYTES
        assert (size > READ_AT_ONCE_BYTES) == (records == LARGE)
        assert (size > 0.9 * READ_AT_ONCE_BYTES) == (records >= NEARLY_LARGE)
    assert duckdb_warehouse.load().rows["staging_events"] == sum(lengths)
    assert misplaced(duckdb_warehouse) == []


def test_records_of_joined_files_are_numbered_by_their_place_in_the_file(
    duckdb_warehouse: DuckDBWarehouse,
) -> None:
    duckdb_warehouse.put("song", "a.json", [song()])
    for session in range(1, 401):
        put(duckdb_warehouse, f"{session:03d}.json", session=session, records=session % 70 + 1)
    duckdb_warehouse.load()
    assert misplaced(duckdb_warehouse) == []
