"""Proves, before the commit, the keys and references of what a load touched."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, FromClause

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
from sparkify_dwh.statements.proofs import Proof, proofs
from sparkify_dwh.statements.staged import Staged

_CATALOGUE = (table_of(Song), table_of(Artist), table_of(Track))
_PLAYS = (table_of(SongPlay), table_of(Time), table_of(SongPlayTrack))
_USERS = (table_of(User), table_of(UserVersion))


def load_proofs(staged: Staged) -> Iterator[Proof]:
    """Yield the proofs of the tables that a load touches.

    Tables that are sorted by time are proven in the load's range of time: rows outside it
    were not touched, and were proven when they came.
    """
    tables = [*_CATALOGUE]
    if staged.events is not None:
        tables += [*_PLAYS, *_USERS]

    def touched(table: FromClause) -> ColumnElement[bool] | None:
        if "start_time" not in table.c:
            return None
        return staged.during_load(table.c.start_time)

    return proofs(tables, scope=touched)


def prove(connection: Connection, staged: Staged) -> None:
    """Prove the keys and references of what the load has touched.

    Raises:
        InvariantError: One does not hold; the message names it and counts the rows.
    """
    for proof in load_proofs(staged):
        count = connection.scalar(proof.count) or 0
        if count:
            raise InvariantError(
                f"broken promise: {proof.name} ({count:,} rows break it)",
                advice="Nothing was changed. Please report this: it is a bug.",
            )
