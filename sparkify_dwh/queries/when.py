"""When people listen: by hour, weekday, day and week, in UTC.

The parts are taken from ``start_time`` itself. They stand in the dimension ``time`` too, but
that has nearly as many rows as the fact, and a join of the two costs more than the question.
"""

from typing import Any

from sqlalchemy import Integer, Label, Select, cast, extract, func, select

from sparkify_dwh.queries.plays import (
    Level,
    Moment,
    Period,
    Place,
    count_by_period,
    count_plays,
    merge,
    per_user,
    play_date,
    songplays,
    total,
    within,
)
from sparkify_dwh.queries.registry import query


@query
def plays_by_hour(
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """At which hours of the day (UTC) is most played?

    An hour without any play has no row. Ordered by hour.

    Columns:
        hour (integer): Hour of the day, 0 to 23.
        plays (integer): Plays that began in it.
        users (integer): Users who played then.
    """
    where = within(start=start, end=end, level=level, place=place)
    hours = count_plays(_hour(), where=where)
    return select(hours).order_by(hours.c.hour.asc().nulls_last())


@query
def plays_by_weekday(
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """On which days of the week (UTC) is most played?

    A weekday without any play has no row. Ordered by weekday.

    Columns:
        weekday (integer): 0 = Sunday to 6 = Saturday.
        plays (integer): Plays that began on it.
        users (integer): Users who played then.
    """
    days = per_user(play_date(), where=within(start=start, end=end, level=level, place=place))
    weekday = cast(extract("dow", days.c.day), Integer)
    users = (
        select(weekday.label("weekday"), days.c.user_id, total(days.c.plays).label("plays"))
        .group_by(weekday, days.c.user_id)
        .subquery("plays_of_weekday")
    )
    weekdays = merge(users.c.weekday.label("weekday"), counts=users, name="weekdays")
    return select(weekdays).order_by(weekdays.c.weekday.asc().nulls_last())


@query
def plays_by_weekday_and_hour(
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """How does listening spread over the hours (UTC) of a week?

    An hour without any play has no row. Ordered by weekday, then by hour.

    Columns:
        weekday (integer): 0 = Sunday to 6 = Saturday.
        hour (integer): Hour of the day, 0 to 23.
        plays (integer): Plays that began in it.
    """
    hours = (
        select(play_date(), _hour(), func.count().label("plays"))
        .where(*within(start=start, end=end, level=level, place=place))
        .group_by(play_date().element, _hour().element)
        .subquery("plays_of_hour")
    )
    weekday = cast(extract("dow", hours.c.day), Integer)
    return (
        select(weekday.label("weekday"), hours.c.hour, total(hours.c.plays).label("plays"))
        .group_by(weekday, hours.c.hour)
        .order_by(weekday.asc().nulls_last(), hours.c.hour.asc().nulls_last())
    )


@query
def plays_by_day(
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """How much is played on each day (UTC)?

    A day without any play has no row. Ordered by day.

    Columns:
        day (date): The day.
        plays (integer): Plays that began on it.
        users (integer): Users who played.
    """
    return _by_period("day", "day", start=start, end=end, level=level, place=place)


@query
def plays_by_week(
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """How much is played in each week (ISO, UTC)?

    A week without any play has no row. Ordered by week.

    Columns:
        week (date): The week's Monday.
        plays (integer): Plays that began in it.
        users (integer): Users who played.
    """
    return _by_period("week", "week", start=start, end=end, level=level, place=place)


@query
def active_users(
    *,
    period: Period = "day",
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """How many users are active per day, week or month?

    Active is who plays a song. A period without any has no row. Ordered by period.

    Columns:
        period (date): First day of the period; a week's is its Monday.
        plays (integer): Plays that began in it.
        users (integer): Users who played.
    """
    return _by_period("period", period, start=start, end=end, level=level, place=place)


def _hour() -> Label[int]:
    return cast(extract("hour", songplays.c.start_time), Integer).label("hour")


def _by_period(
    name: str,
    period: Period,
    *,
    start: Moment | None,
    end: Moment | None,
    level: Level | None,
    place: Place | None,
) -> Select[Any]:
    where = within(start=start, end=end, level=level, place=place)
    periods = count_by_period(period, where=where)
    return select(periods.c.period.label(name), periods.c.plays, periods.c.users).order_by(
        periods.c.period.asc().nulls_last()
    )
