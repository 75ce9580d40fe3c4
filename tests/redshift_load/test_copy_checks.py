"""Before the commit: COPY has read the very objects, in the very versions, that were judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from sparkify_dwh.errors import CopyFailedError, DatabaseError, SourceChangedError
from tests.load.records import TS, play, song
from tests.redshift_load.warehouse import RedshiftWarehouse
from tests.standin import Fault

VIEWS = ("stl_load_commits", "sys_load_detail")
REFUSED = {"sqlstate": "42501", "message": "permission denied for relation", "times": 99}


@pytest.fixture
def filled(redshift: RedshiftWarehouse) -> RedshiftWarehouse:
    for number in range(3):
        redshift.put("log", f"{number}.json", [play(ts=TS + number)])
    redshift.put("song", "a.json", [song()])
    return redshift


@pytest.fixture
def before_statements() -> Iterator[Callable[[str, Callable[[], None]], None]]:
    """Does something before each statement that has a text in it."""
    listeners: list[Any] = []

    def listen(text: str, act: Callable[[], None]) -> None:
        def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if text in statement:
                act()

        event.listen(Engine, "before_cursor_execute", look)
        listeners.append(look)

    yield listen
    for look in listeners:
        event.remove(Engine, "before_cursor_execute", look)


@pytest.mark.parametrize("refused", [VIEWS[:1], VIEWS])
def test_a_view_that_may_not_be_read_is_done_without(
    filled: RedshiftWarehouse, refused: tuple[str, ...]
) -> None:
    for view in refused:
        filled.server.faults.add(Fault("error", f"from {view}", **REFUSED))
    filled.server.statements.clear()
    assert filled.load().inserted["songplays"] == 3
    asked = [bool(filled.statements(f"from {view}.*pg_last_copy_id")) for view in VIEWS]
    assert asked == [False, len(refused) == 1]


def test_a_connection_lost_while_a_view_is_looked_for(filled: RedshiftWarehouse) -> None:
    before = filled.snapshot()
    filled.server.faults.cut(f"from {VIEWS[0]}")
    with pytest.raises(DatabaseError, match="closed the connection unexpectedly"):
        filled.load()
    assert filled.snapshot() == before
    assert filled.load().inserted["songplays"] == 3


def test_copy_that_has_read_other_objects_fails_the_load(
    filled: RedshiftWarehouse, before_statements: Callable[[str, Callable[[], None]], None]
) -> None:
    """The server's own list of what it has read is one entry short."""
    before = filled.snapshot()
    log = filled.server.postgres.log_folder(filled.database) / "load_commits.jsonl"

    def forget_one() -> None:
        lines = log.read_text().splitlines(keepends=True)
        log.write_text("".join(line for line in lines if "/1.json" not in line))

    before_statements("pg_last_copy_id", forget_one)
    with pytest.raises(CopyFailedError, match="has read 2 objects where 3 were listed"):
        filled.load()
    assert filled.snapshot() == before


@pytest.mark.parametrize("change", ["changed", "vanished"])
def test_an_object_that_changes_after_copy_fails_the_load(
    filled: RedshiftWarehouse, change: str
) -> None:
    before = filled.snapshot()

    def interfere(step: str, count: int = 0, /) -> None:
        if step == "look whether the objects are still the same":
            if change == "vanished":
                filled.remove("log", "1.json")
            else:
                filled.put("log", "1.json", [play(ts=TS + 1, level="paid")])

    with pytest.raises(SourceChangedError, match=rf"1\.json {change}"):
        filled.load(progress=interfere)
    assert filled.snapshot() == before
    assert filled.manifests_left() == []
