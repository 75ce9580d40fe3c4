"""Proves, before the commit, the keys and references of what a load touched."""

import functools
from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, Dialect, FromClause, Table

from sparkify_dwh import tables
from sparkify_dwh.errors import InvariantError
from sparkify_dwh.statements.agreement import AGREEMENT, STANDS_FOR, agreement
from sparkify_dwh.statements.proofs import Kind, Proof, proofs, together
from sparkify_dwh.statements.staged import Staged
from sparkify_dwh.statements.step import Step

_CATALOGUE = (tables.songs, tables.artists, tables.tracks)
_PLAYS = (tables.songplays, tables.time, tables.songplay_tracks)
_USERS = (tables.users, tables.user_versions)
#: So many are counted in an array of bits, of 32 MiB for each thread.
_MOST_NUMBERS = 2**28


def load_proofs(staged: Staged) -> Iterator[tuple[Step, tuple[Proof, ...]]]:
    """Yield statements that prove what a load touches, each with the proofs that it counts.

    There are few of them, of many proofs each: DuckDB scans what the running transaction has
    inserted on one thread, and does several such scans of a statement at once.

    Tables that are sorted by time are proven in the load's range of time: rows outside it
    were not touched, and were proven when they came. That no column has a NULL that must not have
    one is left to the engines, which both refuse it.
    """
    groups: dict[str, tuple[Table, ...]] = {"catalogue": _CATALOGUE}
    if staged.events is not None:
        groups["plays and users"] = (*_PLAYS, *_USERS)

    def touched(table: FromClause) -> ColumnElement[bool] | None:
        return staged.during_load(table.c.start_time) if "start_time" in table.c else None

    for name, group in groups.items():
        found = tuple(
            proof for proof in proofs(group, scope=touched) if proof.kind is not Kind.NOT_NULL
        )
        if staged.next_songplay_id is not None and group is not _CATALOGUE:
            others = (proof for proof in found if proof.name not in STANDS_FOR)
            found = (agreement(staged), *others)
        yield Step(f"{name}: prove that no row offends", together(found)), found


@functools.cache
def _proofs(form: Staged) -> tuple[tuple[Step, tuple[Proof, ...]], ...]:
    return tuple(load_proofs(form))


def prepare_proofs(form: Staged, dialect: Dialect) -> None:
    """Compile the statements that :func:`prove` will execute for staging of this form."""
    for step, _ in _proofs(form):
        step.compile(dialect)


def prove(connection: Connection, staged: Staged) -> None:
    """Prove the keys and references of what the load has touched.

    Raises:
        InvariantError: One does not hold; the message names it and counts the rows.
    """
    if staged.songplay_ids > _MOST_NUMBERS:
        staged = _to_be_proven_by_rows(staged)
    offences = _offences(connection, staged)
    if offences.pop(AGREEMENT, 0):
        offences |= _offences(connection, _to_be_proven_by_rows(staged))
    for name, rows in offences.items():
        raise InvariantError(
            f"broken promise: {name} ({rows:,} rows break it)",
            advice="Nothing was changed. Please report this: it is a bug.",
        )


def _offences(connection: Connection, staged: Staged) -> dict[str, int]:
    """Return the rows that offend, by the name of the proof that has found them."""
    return {
        of_step[place].name: offending
        for step, of_step in _proofs(staged.form)
        for place, offending in step.run(connection, staged.values)
        if offending
    }


def _to_be_proven_by_rows(staged: Staged) -> Staged:
    return replace(staged, next_songplay_id=None, last_songplay_id=None)
