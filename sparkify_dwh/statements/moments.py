"""The staged plays counted by their moment: what several statements need is found once.

Plays of a first load have almost as many moments as there are plays. To group them by one number
costs half of what their whole key costs, and it is done once: for keys that come twice, of which
the plays share a moment; for ``time``, whose rows the moments are; and for the proofs of both.
"""

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import CreateTableAs, FromClause, Integer, cast, func, select

from sparkify_dwh.statements.constructs import epoch_ms_to_timestamp
from sparkify_dwh.statements.events import is_play
from sparkify_dwh.statements.step import Step


class Moments(NamedTuple):
    """Two temporary tables."""

    all: FromClause  #: start_time, each once, and the number of staged ``plays``
    shared: FromClause  #: the start_time of several


def count_moments(events: FromClause) -> Iterator[Step]:
    """Yield the statements that count the staged plays by their moment.

    They belong before the publishing transaction: DuckDB scans what a running one has made on one
    thread only.
    """
    for what, made in zip(("all", "those of several"), _tables(events), strict=True):
        yield Step(f"plays: count them by moment, {what}", made)


def moments_of(events: FromClause) -> Moments:
    """Return the tables that :func:`count_moments` makes."""
    return Moments(*(made.table for made in _tables(events)))


@functools.cache
def _tables(events: FromClause) -> tuple[CreateTableAs, CreateTableAs]:
    plays: Any = cast(func.count(), Integer)
    counted = CreateTableAs(
        select(epoch_ms_to_timestamp(events.c.ts).label("start_time"), plays.label("plays"))
        .where(is_play(events))
        .group_by(events.c.ts),
        "moments",
        temporary=True,
    )
    moments = counted.table
    shared = CreateTableAs(
        select(moments.c.start_time).where(moments.c.plays > 1), "shared_moments", temporary=True
    )
    return counted, shared
