"""A proof that stands for several of a load's plays, where all is well (DuckDB).

It compares totals instead of rows: ``songplay_tracks`` has the keys of ``songplays``, and ``time``
its distinct moments, where numbers of rows and sums of 63-bit hashes are equal. Rows that differ
have the same sum by an accident of one in 2**63. That a key comes once is counted, not hashed.

Where something does not agree it does not tell what: that is for the proofs that it stands for.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Numeric,
    Select,
    and_,
    bindparam,
    cast,
    false,
    func,
    literal_column,
    not_,
    select,
)

from sparkify_dwh import tables
from sparkify_dwh.statements.hashing import hash_of
from sparkify_dwh.statements.plays import PLAY_KEY
from sparkify_dwh.statements.proofs import Kind, Proof
from sparkify_dwh.statements.staged import Staged

#: The name of the proof.
AGREEMENT = "songplays, songplay_tracks and time agree"
#: The names of those that it stands for.
STANDS_FOR = frozenset(
    {
        "songplays (songplay_id) is unique",
        "songplays (user_id, session_id, start_time) is unique",
        "songplays (start_time) is in time",
        "songplay_tracks (start_time, user_id, session_id) is unique",
        "time (start_time) is unique",
    }
)

_songplays, _play_tracks, _time = tables.songplays, tables.songplay_tracks, tables.time


def agreement(staged: Staged) -> Proof:
    """Return the proof over the load's range of time; the load has to know its numbers.

    DuckDB scans what the transaction has inserted on one thread, but aggregates on all of them,
    and a group by one column is cheaper than one by three. So plays are grouped by moment, and
    only those that share one are looked at for their whole key. Where the staged plays were
    grouped already, and the fact has to hold these and no others in the range, it is proven to
    have as many plays at each moment.
    """
    moments = _moments(staged)
    of_moments = _digest(_songplays, _MOMENT, "of_moments")
    plays = _totals(
        _songplays, staged, _digest(_songplays, PLAY_KEY), of_moments, *_numbers(staged)
    )
    tracks = _totals(_play_tracks, staged, _digest(_play_tracks, PLAY_KEY))
    times = _totals(_time, staged, _digest(_time, _MOMENT))
    distinct = select(func.count().label("number"), _digest(moments, _MOMENT)).subquery("distinct")
    repeated = _repeated(moments, staged).subquery("repeated")
    agreements = [
        _are_equal(plays, tracks),
        _are_equal(times, distinct),
        plays.c.given == plays.c.different,
        repeated.c.number == 0,
    ]
    totals = [plays, tracks, times, distinct, repeated]
    if staged.moments is not None:
        others = _others(moments).subquery("others")
        agreements += [
            plays.c.number == distinct.c.number + others.c.number,
            plays.c.of_moments == distinct.c.digest + others.c.digest,
        ]
        totals.append(others)
    everything = totals[0]
    for other in totals[1:]:
        everything = everything.join(other, _ALWAYS)
    offending = select(plays.c.number).select_from(everything).where(not_(and_(*agreements)))
    return Proof(Kind.KEY, AGREEMENT, offending)


_MOMENT = ("start_time",)
_ALWAYS: ColumnElement[bool] = literal_column("TRUE")


def _digest(rows: FromClause, key: tuple[str, ...], name: str = "digest") -> Any:
    digest: ColumnElement[Any] = func.sum(hash_of(*(rows.c[name] for name in key)))
    return digest.label(name)


def _others(moments: FromClause) -> Select[Any]:
    """Select how many plays there are besides one for each moment, and their digest."""
    others = moments.c.plays - 1
    # As a BIGINT the product could be too large.
    hashed = cast(hash_of(moments.c.start_time), Numeric(28, 0))
    number: ColumnElement[Any] = func.coalesce(func.sum(others), 0)
    digest: ColumnElement[Any] = func.coalesce(func.sum(others * hashed), 0)
    return select(number.label("number"), digest.label("digest")).where(moments.c.plays > 1)


def _moments(staged: Staged) -> FromClause:
    """Return start_time, each once, and plays: as staging has counted them, or as the fact has."""
    if staged.moments is not None:
        return staged.moments.all
    start_time = _songplays.c.start_time
    return (
        select(start_time, func.count().label("plays"))
        .where(staged.during_load(start_time))
        .group_by(start_time)
        .cte("moments")
    )


def _totals(table: FromClause, staged: Staged, *totals: Any) -> Any:
    """Select what there is in all, with the number of rows, of the load's range of time."""
    rows = select(func.count().label("number"), *totals)
    within = rows.where(staged.during_load(table.c.start_time))
    return within.subquery(f"of_{table.description}")


def _are_equal(one: Any, other: Any) -> ColumnElement[bool]:
    # Of no rows at all there is no sum.
    return and_(one.c.number == other.c.number, one.c.digest.is_not_distinct_from(other.c.digest))


def _numbers(staged: Staged) -> tuple[Any, Any]:
    """Return how many numbers the load has given, and how many different ones.

    Kept plays of its range have smaller numbers; those were proven when they were given.
    """
    number = _songplays.c.songplay_id
    edges = (staged.next_songplay_id, staged.last_songplay_id)
    first, last = (
        bindparam(name, edge, BigInteger())
        for name, edge in zip(("next_songplay_id", "last_songplay_id"), edges, strict=True)
    )
    seen = func.bitstring_agg(number, first, last).filter(number.between(first, last))
    return (
        func.count().filter(number >= first).label("given"),
        func.coalesce(func.bit_count(seen), 0).label("different"),
    )


def _repeated(moments: FromClause, staged: Staged) -> Select[Any]:
    """Select the number of keys that several plays have."""
    shared = (
        select(moments.c.start_time).where(moments.c.plays > 1).subquery("shared")
        if staged.moments is None
        else staged.moments.shared
    )
    # Of a join, DuckDB hashes the side that it takes for the smaller one, and it does not count
    # what the transaction has inserted. Inside an expression an IN stays what it is.
    is_shared = func.coalesce(_songplays.c.start_time.in_(select(shared.c.start_time)), false())
    keys = (
        select(*(_songplays.c[name] for name in PLAY_KEY))
        .where(staged.during_load(_songplays.c.start_time), is_shared)
        .group_by(*(_songplays.c[name] for name in PLAY_KEY))
        .having(func.count() > 1)
        .subquery("repeated_keys")
    )
    return select(func.count().label("number")).select_from(keys)
