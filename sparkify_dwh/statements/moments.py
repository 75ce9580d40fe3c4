"""The staged plays counted by their moment: what several statements need is found once.

Plays of a first load have almost as many moments as there are plays. The moments are needed for
keys that come twice, of which the plays share one; for ``time``, whose rows they are; and for the
proofs of both.

To group millions of plays by a number takes five times as long as to see that they follow each
other in time, as those of a log file do: then only neighbours share a moment.
"""

import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CreateTableAs,
    FromClause,
    Integer,
    bindparam,
    cast,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from sparkify_dwh.statements.constructs import epoch_ms_to_timestamp
from sparkify_dwh.statements.duckdb_types import NUMBERS
from sparkify_dwh.statements.events import is_play
from sparkify_dwh.statements.step import Step

#: Where more plays than these do not follow the one before, to look at each is not worth it.
MOST_TURNS = 100_000
#: The parameter of :func:`split_moments`.
SHARED = "shared_ts"

_COUNT = "plays: count them by moment"


class Moments(NamedTuple):
    """Two temporary tables."""

    all: FromClause  #: start_time, each once, and the number of staged ``plays``
    shared: FromClause  #: the start_time of several


def find_turns(events: FromClause) -> Step:
    """Return the question for the plays that do not simply come later than the one before them.

    Columns: ts; ``before``, the ts of the play before, NULL for the first of all; ``is_same_file``,
    whether that one is of the same file; and ``is_last``, whether it is the last of all, which is
    found however it follows. The rows come as the plays lie: windows without an order DuckDB
    computes while it scans, on one thread.
    """
    ts, file_id = events.c.ts, events.c.file_id
    play = (
        select(
            ts,
            func.lag(ts).over().label("before"),
            (file_id == func.lag(file_id).over()).label("is_same_file"),
            func.lead(ts).over().is_(None).label("is_last"),
        )
        .where(is_play(events))
        .subquery("play")
    )
    turns = or_(
        func.coalesce(play.c.ts <= play.c.before, true()),
        ~play.c.is_same_file,
        play.c.is_last,
    )
    # One more than what is worth a look tells that there are too many.
    question = select(*play.c).where(turns).limit(MOST_TURNS + 1)
    return Step("plays: find where they do not follow each other in time", question)


def shared_if_in_order(turns: Iterable[Sequence[Any]]) -> list[int] | None:
    """Return the moments that several plays share, None if the turns do not tell.

    They tell if the runs between them, each of one file and in order, do not overlap: then plays
    of the same moment are neighbours. Moments are in milliseconds since 1970.
    """
    first: list[int] = []
    last: list[int] = []
    shared: set[int] = set()
    beginnings = ends = 0
    for ts, before, is_same_file, is_last in turns:
        if before is None:
            beginnings += 1
            first.append(ts)
        elif ts < before or not is_same_file:
            last.append(before)
            first.append(ts)
        elif ts == before:
            shared.add(ts)
        if is_last:
            ends += 1
            last.append(ts)
    if (beginnings, ends) != (1, 1):
        return None  # there are more turns, or no plays
    runs = sorted(zip(first, last, strict=True))
    if any(end >= start for (_, end), (start, _) in itertools.pairwise(runs)):
        return None
    return sorted(shared)


def count_moments(events: FromClause) -> Iterator[Step]:
    """Yield the statements that count the staged plays by their moment.

    They belong before the publishing transaction: DuckDB scans what a running one has made on one
    thread only.
    """
    made = _tables(events)
    yield Step(f"{_COUNT}, all", made.all)
    yield Step(f"{_COUNT}, those of several", made.shared)


def split_moments(events: FromClause) -> Iterator[Step]:
    """Yield the statements that do the same where the shared moments are known (``shared_ts``)."""
    known = cast(bindparam(SHARED, [], NUMBERS), NUMBERS)
    shared = select(func.unnest(known, type_=BigInteger).label("ts")).subquery("shared")
    # Inside an expression an IN stays what it is: DuckDB hashes what is known, never the plays.
    is_shared: ColumnElement[bool] = func.coalesce(events.c.ts.in_(select(shared.c.ts)), false())
    alone: Any = cast(literal_column("1"), Integer)
    plays = select(_start_time(events.c.ts)).where(is_play(events))
    every = union_all(
        plays.where(~is_shared).add_columns(alone.label("plays")),
        plays.where(is_shared).add_columns(_number_of_plays()).group_by(events.c.ts),
    )
    made = _tables(events)
    yield Step(f"{_COUNT}, all but those of several at once", _made_like(made.all, every))
    of_several = select(_start_time(shared.c.ts))
    yield Step(f"{_COUNT}, those of several", _made_like(made.shared, of_several))


def _made_like(made: CreateTableAs, query: Any) -> CreateTableAs:
    return CreateTableAs(query, made.table.name, temporary=True)


def moments_of(events: FromClause) -> Moments:
    """Return the tables that :func:`count_moments` makes, or :func:`split_moments`."""
    return Moments(*(made.table for made in _tables(events)))


def _start_time(ts: ColumnElement[Any]) -> ColumnElement[Any]:
    return epoch_ms_to_timestamp(ts).label("start_time")


class _Tables(NamedTuple):
    all: CreateTableAs
    shared: CreateTableAs


@functools.cache
def _tables(events: FromClause) -> _Tables:
    counted = CreateTableAs(
        select(_start_time(events.c.ts), _number_of_plays())
        .where(is_play(events))
        .group_by(events.c.ts),
        "moments",
        temporary=True,
    )
    moments = counted.table
    shared = CreateTableAs(
        select(moments.c.start_time).where(moments.c.plays > 1), "shared_moments", temporary=True
    )
    return _Tables(counted, shared)


def _number_of_plays() -> Any:
    number: Any = cast(func.count(), Integer)
    return number.label("plays")
