"""A load proves its promises before COMMIT: where one does not hold, nothing changes."""

from __future__ import annotations

import duckdb
import pytest
from sqlalchemy import Connection, Engine, event

from sparkify_dwh.errors import InvariantError
from sparkify_dwh.feeds.contract import LOG_FEED
from sparkify_dwh.load.ledger import FileAccounts
from sparkify_dwh.sources import SourceFile
from sparkify_dwh.staging.verdict import StagedFeed, StagedFile
from tests.load.records import TS, play, song
from tests.load.warehouse import DuckDBWarehouse


@pytest.fixture
def warehouse(duckdb_warehouse: DuckDBWarehouse) -> DuckDBWarehouse:
    """A warehouse with one load behind it, and more to load."""
    duckdb_warehouse.put("song", "a.json", [song()])
    duckdb_warehouse.put("log", "a.json", [play()])
    duckdb_warehouse.load()
    duckdb_warehouse.put("log", "b.json", [play(ts=TS + 1), play(ts=TS + 2)])
    return duckdb_warehouse


@pytest.mark.parametrize(
    ("damage", "promise"),
    [
        ("INSERT INTO songs SELECT * FROM songs", r"songs \(song_id\) is unique"),
        ("DELETE FROM artists", r"songs \(artist_id\) is in artists"),
    ],
)
def test_damage_from_elsewhere_fails_the_next_load(
    warehouse: DuckDBWarehouse, damage: str, promise: str
) -> None:
    with duckdb.connect(str(warehouse.file)) as connection:
        connection.execute(damage)
    before = warehouse.snapshot()
    with pytest.raises(InvariantError, match=rf"broken promise: {promise} \(1 rows break it\)"):
        warehouse.load()
    assert warehouse.snapshot() == before


def test_a_play_that_is_not_there_in_the_end_fails_the_load(warehouse: DuckDBWarehouse) -> None:
    """It is deleted behind the loader's back, within its transaction, when all is published."""
    before = warehouse.snapshot()
    due: list[str] = []

    def progress(step: str, count: int = 0, /) -> None:
        if step.startswith("prove"):
            due.append(step)

    def delete(connection: Connection, *_: object) -> None:
        if due:
            due.clear()
            for table in ("songplays", "songplay_tracks"):
                connection.exec_driver_sql(
                    f"DELETE FROM {table} WHERE epoch_ms(start_time) = {TS + 2}"
                )

    event.listen(Engine, "before_cursor_execute", delete)
    try:
        with pytest.raises(InvariantError, match="has 1 new rows, but the files account for 2"):
            warehouse.load(progress=progress)
    finally:
        event.remove(Engine, "before_cursor_execute", delete)
    assert warehouse.snapshot() == before


def accounts(**counts: int) -> FileAccounts:
    file = StagedFile(SourceFile("file:///a.json", 1, "fingerprint"), 7, **counts)
    return FileAccounts([StagedFeed(LOG_FEED, [file])])


def test_accounts_that_come_out() -> None:
    accounts(records=5, staged=4, rejected=1, plays=3).require(plays_inserted=3)


def test_plays_that_no_file_accounts_for() -> None:
    with pytest.raises(InvariantError, match="has 4 new rows, but the files account for 3"):
        accounts(records=5, staged=5, plays=3).require(plays_inserted=4)


def test_a_record_that_is_neither_staged_nor_rejected() -> None:
    with pytest.raises(InvariantError, match=r"accounts of file:///a\.json do not come out"):
        accounts(records=5, staged=3, rejected=1, plays=3).require(plays_inserted=3)


def test_more_duplicates_than_plays() -> None:
    found = accounts(records=5, staged=5, plays=2)
    found.settle(contested=[(7, 4)], credited=[(7, 1)])
    assert found.total_duplicates == 3
    with pytest.raises(InvariantError, match=r"accounts of file:///a\.json do not come out"):
        found.require(plays_inserted=-1)
