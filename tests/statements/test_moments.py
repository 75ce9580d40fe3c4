"""Plays are counted by their moment; where they lie in order, without grouping them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, text

from sparkify_dwh.engines.duckdb_stager import create_scratch_tables, scratch_tables
from sparkify_dwh.statements import moments
from sparkify_dwh.statements.moments import (
    MOST_TURNS,
    SHARED,
    count_moments,
    find_turns,
    shared_if_in_order,
    split_moments,
)

EVENTS = scratch_tables()["log"]
#: An event: its ts, and whether it is a play.
Event = tuple[int, bool]
File = Sequence[Event]


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    """A DuckDB with the table of staged events."""
    engine = create_engine("duckdb:///:memory:")
    with engine.connect() as connection, connection.begin():
        connection.execute(text("ATTACH ':memory:' AS scratch"))
        create_scratch_tables(connection, {})
        yield connection
    engine.dispose()


def stage(connection: Connection, files: Sequence[File]) -> Counter[int]:
    """Put the files' events into the table, one file after the other; return plays by ts."""
    connection.execute(EVENTS.delete())
    rows = [
        {"ts": ts, "file_id": file_id, "is_play": is_play, "user_id": 1, "session_id": 1}
        for file_id, events in enumerate(files, start=1)
        for ts, is_play in events
    ]
    if rows:
        connection.execute(EVENTS.insert(), rows)
    return Counter(row["ts"] for row in rows if row["is_play"])


def shared(connection: Connection) -> list[int] | None:
    return shared_if_in_order(find_turns(EVENTS).run(connection))


def counted(
    connection: Connection, by_splitting: list[int] | None
) -> tuple[Counter[int], set[int]]:
    """Make the two temporary tables; return what they hold."""
    for table in ("moments", "shared_moments"):
        connection.execute(text(f"DROP TABLE IF EXISTS temp.{table}"))
    steps = count_moments(EVENTS) if by_splitting is None else split_moments(EVENTS)
    for step in steps:
        step.run(connection, {SHARED: by_splitting})
    rows = connection.execute(text("SELECT epoch_ms(start_time), plays FROM moments")).fetchall()
    of_several = connection.execute(text("SELECT epoch_ms(start_time) FROM shared_moments"))
    found = Counter(dict(map(tuple, rows)))
    assert len(found) == len(rows), "each moment comes once"
    several = [ts for (ts,) in of_several]
    assert len({*several}) == len(several)
    return found, {*several}


def plays(*moments: int) -> File:
    return [(ts, True) for ts in moments]


def visits(*moments: int) -> File:
    return [(ts, False) for ts in moments]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param([plays(1, 2, 3)], [], id="one file"),
        pytest.param([plays(1, 2, 2, 2, 3, 3)], [2, 3], id="neighbours share moments"),
        pytest.param([plays(1, 2), plays(5, 6), plays(3, 4)], [], id="files in any order"),
        pytest.param([plays(1, 2), plays(3, 3), plays(4)], [3], id="files in order"),
        pytest.param([[*plays(1), *visits(9, 0), *plays(2)]], [], id="only plays matter"),
        pytest.param([plays(3, 4), visits(3), plays(5)], [], id="a file without plays"),
        pytest.param([plays(5, 6, 1, 2)], [], id="two runs in one file"),
        pytest.param([plays(0)], [], id="one play"),
        pytest.param([plays(1, 2), plays(2, 3)], None, id="files that touch"),
        pytest.param([plays(1, 4), plays(2, 3)], None, id="a file within another"),
        pytest.param([plays(1, 1), plays(1, 1)], None, id="files of one moment"),
        pytest.param([plays(1, 3, 2, 4)], None, id="runs that overlap"),
        pytest.param([plays(2, 2, 1, 2)], None, id="runs that end in one moment"),
        pytest.param([visits(1)], None, id="no plays"),
        pytest.param([], None, id="no events"),
    ],
)
def test_shared_moments_are_seen_where_plays_lie_in_order(
    connection: Connection, files: Sequence[File], expected: list[int] | None
) -> None:
    by_ts = stage(connection, files)
    found = shared(connection)
    assert found == expected
    assert counted(connection, found) == (by_ts, {ts for ts, n in by_ts.items() if n > 1})


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=6), max_size=4),
    st.booleans(),
)
@settings(deadline=None)
def test_counts_do_not_depend_on_the_way(
    connection: Connection, files: list[list[Event]], are_sorted: bool
) -> None:
    by_ts = stage(connection, [sorted(file) if are_sorted else file for file in files])
    assert counted(connection, shared(connection)) == (
        by_ts,
        {ts for ts, number in by_ts.items() if number > 1},
    )


def test_so_many_turns_are_not_worth_a_look(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(connection, [plays(1), plays(2), plays(3)])
    assert shared(connection) == []
    monkeypatch.setattr(moments, "MOST_TURNS", 1)
    assert len(find_turns(EVENTS).run(connection).fetchall()) == 2
    assert shared(connection) is None


def test_runs_have_to_be_whole() -> None:
    first, last = (1, None, None, False), (5, 4, True, True)
    assert shared_if_in_order([first, last]) == []
    assert shared_if_in_order([first]) is None, "there was more"
    assert shared_if_in_order([last]) is None, "something came before"
    assert shared_if_in_order([first, first, last]) is None
    other = [(7, None, None, False), (9, 8, True, True)]
    assert shared_if_in_order([first, last, *other]) is None, "two streams of plays"


def test_many_plays_are_read_in_one_stream() -> None:
    """DuckDB computes a window without an order on one thread, whatever the number of rows."""
    engine = create_engine("duckdb:///:memory:")
    with engine.connect() as connection:
        with connection.begin():
            connection.execute(text("ATTACH ':memory:' AS scratch"))
            connection.execute(text("SET threads = 8"))
            create_scratch_tables(connection, {})
        for ts in ("i", "i // 2"):
            with connection.begin():
                connection.execute(EVENTS.delete())
                connection.execute(
                    text(
                        "INSERT INTO scratch.staging_events "
                        "(ts, file_id, is_play, user_id, session_id) "
                        f"SELECT {ts}, i // 500_000, TRUE, 1, 1 FROM range(2_000_000) numbers (i)"
                    )
                )
            with connection.begin():
                turns = find_turns(EVENTS).run(connection).fetchall()
            if ts == "i":
                assert [turn.ts for turn in turns] == [0, 500_000, 1_000_000, 1_500_000, 1_999_999]
                assert shared_if_in_order(turns) == []
            else:
                assert len(turns) == MOST_TURNS + 1
                assert [turn.ts for turn in turns] == [0, *range(MOST_TURNS)]
                assert shared_if_in_order(turns) is None
    engine.dispose()
