"""Proves, before the commit, the keys and references of what a load touched."""

import functools
from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, FromClause, Table

from sparkify_dwh.errors import InvariantError
from sparkify_dwh.models import (
    Artist,
    Song,
    SongPlay,
    SongPlayTrack,
    Time,
    Track,
    User,
    UserVersion,
    table_of,
)
from sparkify_dwh.statements.proofs import Proof, proofs, together
from sparkify_dwh.statements.staged import Staged
from sparkify_dwh.statements.step import Step

_CATALOGUE = (table_of(Song), table_of(Artist), table_of(Track))
_PLAYS = (table_of(SongPlay), table_of(Time), table_of(SongPlayTrack))
_USERS = (table_of(User), table_of(UserVersion))


def load_proofs(staged: Staged) -> Iterator[tuple[Step, tuple[Proof, ...]]]:
    """Yield statements that prove what a load touches, each with the proofs that it counts.

    There are few of them, of many proofs each: DuckDB scans what the running transaction has
    inserted on one thread, and does several such scans of a statement at once.

    Tables that are sorted by time are proven in the load's range of time: rows outside it
    were not touched, and were proven when they came.
    """
    groups: dict[str, tuple[Table, ...]] = {"catalogue": _CATALOGUE}
    if staged.events is not None:
        groups["plays and users"] = (*_PLAYS, *_USERS)

    def touched(table: FromClause) -> ColumnElement[bool] | None:
        return staged.during_load(table.c.start_time) if "start_time" in table.c else None

    for name, tables in groups.items():
        found = tuple(proofs(tables, scope=touched))
        yield Step(f"{name}: prove that no row offends", together(found)), found


@functools.cache
def _proofs(form: Staged) -> tuple[tuple[Step, tuple[Proof, ...]], ...]:
    return tuple(load_proofs(form))


def prove(connection: Connection, staged: Staged) -> None:
    """Prove the keys and references of what the load has touched.

    Raises:
        InvariantError: One does not hold; the message names it and counts the rows.
    """
    for step, of_table in _proofs(staged.form):
        for place, offending in step.run(connection, staged.values):
            if offending:
                raise InvariantError(
                    f"broken promise: {of_table[place].name} ({offending:,} rows break it)",
                    advice="Nothing was changed. Please report this: it is a bug.",
                )
