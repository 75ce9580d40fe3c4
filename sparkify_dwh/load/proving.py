"""Proves, before the commit, the keys and references of what a load touched."""

from sqlalchemy import ColumnElement, Connection, Table

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
)
from sparkify_dwh.statements.fact import during_load
from sparkify_dwh.statements.proofs import proofs
from sparkify_dwh.statements.publish import Staged

_CATALOGUE = (Song.__table__, Artist.__table__, Track.__table__)
_PLAYS = (SongPlay.__table__, Time.__table__, SongPlayTrack.__table__)
_USERS = (User.__table__, UserVersion.__table__)


def prove(connection: Connection, staged: Staged) -> None:
    """Prove the keys and references of the tables that the load has touched.

    Tables that are sorted by time are proven in the load's range of time: rows outside it
    were not touched, and were proven when they came.

    Raises:
        InvariantError: One does not hold; the message names it and counts the rows.
    """
    events = staged.events
    tables: list[Table] = [*_CATALOGUE]  # type: ignore[list-item]
    if events is not None:
        tables += [*_PLAYS, *_USERS]  # type: ignore[list-item]

    def touched(table: Table) -> ColumnElement[bool] | None:
        if events is None or "start_time" not in table.c:
            return None
        return during_load(table.c.start_time, events)

    for proof in proofs(tables, scope=touched):
        count = connection.scalar(proof.count) or 0
        if count:
            raise InvariantError(
                f"broken promise: {proof.name} ({count:,} rows break it)",
                advice="Nothing was changed. Please report this: it is a bug.",
            )
