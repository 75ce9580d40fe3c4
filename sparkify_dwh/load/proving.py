"""Proves, before the commit, the keys and references of what a load touched."""

from collections.abc import Iterator, Sequence

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

_CATALOGUE = (table_of(Song), table_of(Artist), table_of(Track))
_PLAYS = (table_of(SongPlay), table_of(Time), table_of(SongPlayTrack))
_USERS = (table_of(User), table_of(UserVersion))


def load_proofs(staged: Staged) -> Iterator[tuple[Table, Sequence[Proof]]]:
    """Yield the tables that a load touches, each with its proofs.

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

    for table in tables:
        yield table, tuple(proofs([table], scope=touched))


def prove(connection: Connection, staged: Staged) -> None:
    """Prove the keys and references of what the load has touched.

    Raises:
        InvariantError: One does not hold; the message names it and counts the rows.
    """
    for _, of_table in load_proofs(staged):
        for place, offending in connection.execute(together(of_table)):
            if offending:
                raise InvariantError(
                    f"broken promise: {of_table[place].name} ({offending:,} rows break it)",
                    advice="Nothing was changed. Please report this: it is a bug.",
                )
