"""A load proves its promises before COMMIT: where one does not hold, nothing changes."""

from __future__ import annotations

import duckdb
import pytest
from sqlalchemy import Connection, Engine, event

from sparkify_dwh.errors import InvariantError
from sparkify_dwh.feeds.contract import LOG_FEED
from sparkify_dwh.load.ledger import FileAccounts
from sparkify_dwh.load.proving import _CATALOGUE, _PLAYS, _USERS, load_proofs
from sparkify_dwh.sources import SourceFile
from sparkify_dwh.staging.verdict import StagedFeed, StagedFile
from sparkify_dwh.statements.agreement import STANDS_FOR
from sparkify_dwh.statements.staged import Staged
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


def test_engine_refuses_null_where_none_may_be(warehouse: DuckDBWarehouse) -> None:
    """A load does not prove that; ``check`` does, whatever made the table."""
    tables = (*_CATALOGUE, *_PLAYS, *_USERS)
    required = [column for table in tables for column in table.c if not column.nullable]
    assert len(required) > len(tables)
    with duckdb.connect(str(warehouse.file)) as connection:
        for column in required:
            with pytest.raises(duckdb.ConstraintException, match=f"NOT NULL.*{column.name}"):
                connection.execute(f"UPDATE {column.table.name} SET {column.name} = NULL")


def load_with_damage(warehouse: DuckDBWarehouse, *damages: str) -> list[str]:
    """Load with damage done behind the loader's back, in its transaction, when all is published.

    Return the statements that come after it.
    """
    due: list[str] = []
    seen: list[str] = []

    def progress(step: str, count: int = 0, /) -> None:
        if step.startswith("prove"):
            due.append(step)

    def damage(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        if due:
            due.clear()
            for sql in damages:
                connection.exec_driver_sql(sql)
            seen.clear()
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", damage)
    try:
        warehouse.load(progress=progress)
    finally:
        event.remove(Engine, "before_cursor_execute", damage)
    return seen


def test_a_play_that_is_not_there_in_the_end_fails_the_load(warehouse: DuckDBWarehouse) -> None:
    before = warehouse.snapshot()
    deletes = [
        f"DELETE FROM {table} WHERE epoch_ms(start_time) = {TS + 2}"
        for table in ("songplays", "songplay_tracks", "time")
    ]
    with pytest.raises(InvariantError, match="has 1 new rows, but the files account for 2"):
        load_with_damage(warehouse, *deletes)
    assert warehouse.snapshot() == before


#: Of the two plays that are loaded, one is at TS + 1, the other at TS + 2.
NEW = f"epoch_ms(start_time) > {TS}"
AT_2 = f"epoch_ms(start_time) = {TS + 2}"


@pytest.mark.parametrize(
    ("damage", "promise"),
    [
        (
            f"UPDATE songplays SET songplay_id = 1 WHERE {NEW}",
            r"songplays \(songplay_id\) is unique",
        ),
        (
            f"UPDATE songplays SET start_time = epoch_ms({TS + 1}) WHERE {AT_2}",
            r"songplays \(user_id, session_id, start_time\) is unique",
        ),
        (
            # Nothing but the plays' own moments tells: both tables agree, and time has them all.
            f"UPDATE songplays SET start_time = epoch_ms({TS + 1}) WHERE {AT_2};"
            f"UPDATE songplay_tracks SET start_time = epoch_ms({TS + 1}) WHERE {AT_2}",
            r"songplays \(user_id, session_id, start_time\) is unique",
        ),
        (f"DELETE FROM time WHERE {AT_2}", r"songplays \(start_time\) is in time"),
        (
            f"INSERT INTO time SELECT * FROM time WHERE {AT_2}",
            r"time \(start_time\) is unique",
        ),
        (
            f"INSERT INTO songplay_tracks SELECT * FROM songplay_tracks WHERE {AT_2}",
            r"songplay_tracks \(start_time, user_id, session_id\) is unique",
        ),
    ],
)
@pytest.mark.parametrize("are_first", [True, False], ids=["alone in their time", "among others"])
def test_damage_to_the_plays_of_a_load_fails_it(
    warehouse: DuckDBWarehouse, damage: str, promise: str, are_first: bool
) -> None:
    if not are_first:
        warehouse.put("log", "before.json", [play(ts=TS - 1)])
    before = warehouse.snapshot()
    with pytest.raises(InvariantError, match=rf"broken promise: {promise} \(\d rows break it\)"):
        load_with_damage(warehouse, damage)
    assert warehouse.snapshot() == before


def test_damage_to_plays_that_are_loaded_again_fails_the_load(warehouse: DuckDBWarehouse) -> None:
    """The plays at a moment are many, two of them have one key, and one row is missing instead."""
    warehouse.put("log", "c.json", [play(ts=TS + 2, userId=str(user)) for user in range(1, 50)])
    before = warehouse.snapshot()
    with pytest.raises(InvariantError, match=r"\(user_id, session_id, start_time\) is unique"):
        load_with_damage(
            warehouse,
            f"UPDATE songplays SET user_id = 48 WHERE user_id = 49 AND {AT_2}",
            f"UPDATE songplay_tracks SET user_id = 48 WHERE user_id = 49 AND {AT_2}",
        )
    assert warehouse.snapshot() == before


def test_where_all_agrees_the_proofs_are_not_carried_out_one_by_one(
    warehouse: DuckDBWarehouse,
) -> None:
    asked = [statement for statement in load_with_damage(warehouse) if "AS offending" in statement]
    assert ["hash(" in statement for statement in asked] == [False, True]
    assert "shared_moments" in asked[1]
    assert not any("group by songplays.songplay_id" in statement.lower() for statement in asked)


def test_plays_among_others_are_counted_by_moment_in_the_fact(warehouse: DuckDBWarehouse) -> None:
    warehouse.put("log", "before.json", [play(ts=TS - 1)])
    asked = [statement for statement in load_with_damage(warehouse) if "AS offending" in statement]
    assert ["hash(" in statement for statement in asked] == [False, True]
    assert "shared_moments" not in asked[1]
    assert "GROUP BY songplays.start_time" in asked[1]


def test_more_numbers_than_can_be_counted_in_bits_are_proven_one_by_one(
    warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sparkify_dwh.load.proving._MOST_NUMBERS", 1)
    asked = load_with_damage(warehouse)
    assert not any("hash(" in statement for statement in asked)
    assert any("group by songplays.songplay_id" in statement.lower() for statement in asked)


def test_a_moment_too_many_is_looked_into_and_no_broken_promise(
    warehouse: DuckDBWarehouse,
) -> None:
    """Somebody has inserted a moment by hand: no key and no reference of the plays is broken."""
    warehouse.put("log", "c.json", [play(ts=TS + 9)])
    moment = f"epoch_ms({TS + 5})"
    by_hand = f"INSERT INTO time SELECT {moment}, hour, day, week, month, year, weekday FROM time"
    asked = load_with_damage(warehouse, f"{by_hand} WHERE {AT_2}")
    assert any("group by songplays.songplay_id" in statement.lower() for statement in asked)
    assert len(warehouse.star()["songplays"]) == 4


def test_the_agreement_stands_for_proofs_that_there_are() -> None:
    names = {
        proof.name for _, found in load_proofs(Staged(LOG_FEED.table, None)) for proof in found
    }
    assert names >= STANDS_FOR


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
