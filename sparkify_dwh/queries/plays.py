"""The plays that a question is about, and how they are counted.

All queries count the same way: first per user and whatever else is asked for, in one pass
over the plays that reads few and narrow columns, then over these much fewer rows; the names
from the dimensions come last. That keeps a question over ten million plays well under two
seconds, and ``COUNT(DISTINCT …)``, which is slow on either engine, out of it.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Double,
    Label,
    Subquery,
    cast,
    func,
    literal_column,
    select,
)

from sparkify_dwh import tables

#: A moment in UTC: a datetime, a date (its midnight), or either as ISO 8601 text.
Moment = dt.datetime | dt.date | str
#: The levels of the app; any text is taken, for levels to come.
Level = Literal["free", "paid"] | str
#: A metropolitan area as the logs write it, or several of them.
Place = str | Collection[str]
Period = Literal["day", "week", "month"]

PERIODS = ("day", "week", "month")

songplays = tables.songplays


def moment(value: Moment, *, name: str) -> dt.datetime:
    """Return the moment as the warehouse holds it: in UTC, without zone.

    Raises:
        ValueError: The text is no date or time.
    """
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(
                f"{name}={value!r} is no date or time such as 2018-11-05 or 2018-11-05T18:30"
            ) from None
    if not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - UTC, without zone
    return value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)


def within(
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> list[ColumnElement[bool]]:
    """Return the conditions on ``songplays`` that the common parameters stand for."""
    conditions = during(songplays.c.start_time, start=start, end=end)
    if level is not None:
        conditions.append(songplays.c.level == level)
    if isinstance(place, str):
        conditions.append(songplays.c.location == place)
    elif place is not None:
        conditions.append(songplays.c.location.in_(sorted(place)))
    return conditions


def during(
    column: ColumnElement[Any], *, start: Moment | None, end: Moment | None
) -> list[ColumnElement[bool]]:
    """Return the conditions that a timestamp lies in the range: from start, and before end.

    The time is compared as it is stored, with nothing computed from it, so that both engines
    skip the blocks outside of the range.
    """
    conditions: list[ColumnElement[bool]] = []
    if start is not None:
        conditions.append(column >= moment(start, name="start"))
    if end is not None:
        conditions.append(column < moment(end, name="end"))
    return conditions


def count_plays(
    *keys: Label[Any], where: Sequence[ColumnElement[bool]], name: str = "counted"
) -> Subquery:
    """Count plays and users by the keys, which are labelled expressions on ``songplays``.

    Columns: the keys, plays, users.
    """
    return merge(*keys, counts=per_user(*keys, where=where), name=name)


def per_user(*keys: Label[Any], where: Sequence[ColumnElement[bool]]) -> Subquery:
    """Count plays by user and the keys: the one pass over the plays.

    Columns: the keys, user_id, plays.
    """
    return (
        select(*keys, songplays.c.user_id, func.count().label("plays"))
        .where(*where)
        .group_by(*(key.element for key in keys), songplays.c.user_id)
        .subquery("plays_of_user")
    )


def plays_of_tracks(*, where: Sequence[ColumnElement[bool]]) -> Subquery:
    """Count plays by track, for conditions on ``songplay_tracks``: a pass over two short columns.

    Each play has exactly one track, and the song and the artist of it. Columns: track_id, plays.
    """
    track_id = tables.songplay_tracks.c.track_id
    return (
        select(track_id, func.count().label("plays"))
        .where(*where)
        .group_by(track_id)
        .subquery("plays_of_track")
    )


def merge(*keys: Label[Any], counts: Subquery, name: str) -> Subquery:
    """Merge counts by user and keys into counts by the keys.

    Columns: the keys, plays, users.
    """
    names = [counts.c[key.name] for key in keys]
    return (
        select(
            *names,
            total(counts.c.plays).label("plays"),
            func.count().label("users"),
        )
        .group_by(*names)
        .subquery(name)
    )


def play_date() -> Label[dt.date]:
    """Return the day of a play, in UTC."""
    return cast(songplays.c.start_time, Date).label("day")


def count_by_period(
    period: Period, *more: Label[Any], where: Sequence[ColumnElement[bool]]
) -> Subquery:
    """Count plays and users by calendar period and further keys.

    The pass over the plays counts by day; weeks and months are made of days.
    Columns: period, the keys, plays, users.
    """
    days = per_user(play_date(), *more, where=where)
    names = [days.c[key.name] for key in more]
    start = period_start(days.c.day, period)
    periods = (
        select(start.label("period"), *names, days.c.user_id, total(days.c.plays).label("plays"))
        .group_by(start, *names, days.c.user_id)
        .subquery("plays_of_period")
    )
    columns = [periods.c.period, *(periods.c[key.name] for key in more)]
    return (
        select(*columns, total(periods.c.plays).label("plays"), func.count().label("users"))
        .group_by(*columns)
        .subquery("counted")
    )


def period_start(day: ColumnElement[Any], period: Period) -> ColumnElement[dt.date]:
    """Return the first day of the day's period; a week begins on Monday, as in ISO 8601.

    Raises:
        ValueError: There is no such period.
    """
    if period not in PERIODS:
        raise ValueError(f"period={period!r} is none of {', '.join(PERIODS)}")
    if period == "day":
        return cast(day, Date)
    # A literal, no bound value: the same expression has to stand in SELECT and GROUP BY.
    return cast(func.date_trunc(literal_column(f"'{period}'"), day), Date)


def total(column: ColumnElement[Any]) -> ColumnElement[int]:
    """Return the sum of whole numbers as one; the engines would return wider types."""
    return cast(func.sum(column), BigInteger)


def ratio(part: ColumnElement[Any], whole: ColumnElement[Any]) -> ColumnElement[float]:
    """Return part / whole as a float, NULL where whole is 0.

    Cast before dividing: what whole numbers are divided into differs between the engines.
    """
    return divided(cast(part, Double), cast(func.nullif(whole, 0), Double))


def divided(part: ColumnElement[Any], by: ColumnElement[Any] | float) -> ColumnElement[float]:
    """Return the quotient of two floats, without the casts that ``/`` would add."""
    return part.op("/", precedence=8, return_type=Double())(by)


def share(column: ColumnElement[Any]) -> ColumnElement[float]:
    """Return the value's share of the sum over all rows."""
    return ratio(column, func.sum(column).over())


def most(n: int | None) -> int | None:
    """Return how many rows to return, None for all.

    Raises:
        ValueError: It is less than one.
    """
    if n is not None and n < 1:
        raise ValueError(f"n={n!r} is less than one; leave all rows in with n=None")
    return n
