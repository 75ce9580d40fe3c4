"""Free against paid: shares, their trend, and who changed the level when.

A play carries the level at its time, so the plays of a user, in order, tell every change of
level with the moment at which it was first seen.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    Subquery,
    case,
    cast,
    func,
    select,
)

from sparkify_dwh import tables
from sparkify_dwh.queries.level_steps import changes, steps
from sparkify_dwh.queries.plays import (
    Level,
    Moment,
    Period,
    Place,
    count_plays,
    during,
    per_user,
    period_start,
    play_date,
    ratio,
    share,
    songplays,
    total,
    within,
)
from sparkify_dwh.queries.registry import query

FREE, PAID = "free", "paid"

_users = tables.users


@query
def plays_by_level(
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """How much is played for free, and how much is paid for?

    A user who changed the level counts in both. Ordered by level.

    Columns:
        level (text): free or paid, NULL where the logs give none.
        plays (integer): Plays at that level.
        users (integer): Users who played at that level.
        share (float): Share of all plays, 0 to 1.
    """
    where = within(start=start, end=end, place=place)
    levels = count_plays(songplays.c.level.label("level"), where=where)
    return select(levels, share(levels.c.plays).label("share")).order_by(
        levels.c.level.asc().nulls_last()
    )


@query
def level_trend(
    *,
    period: Period = "week",
    start: Moment | None = None,
    end: Moment | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """How does the share of paid listening develop?

    A period without any play has no row. Ordered by period.

    Columns:
        period (date): First day of the period; a week's is its Monday.
        free_plays (integer): Plays for free.
        paid_plays (integer): Plays that were paid for.
        free_users (integer): Users who played for free.
        paid_users (integer): Users who paid.
        paid_share (float): Share of the paid plays in both, 0 to 1; NULL without either.
        plays (integer): All plays, those of unknown level included.
        users (integer): All users who played; who changed the level counts once here.
    """
    where = within(start=start, end=end, place=place)
    users = _plays_of_users(period, where=where)

    def number(level: str) -> ColumnElement[int]:
        played = case((users.c[f"{level}_plays"] > 0, 1), else_=0)
        return total(played).label(f"{level}_users")

    periods = (
        select(
            users.c.period,
            total(users.c.free_plays).label("free_plays"),
            total(users.c.paid_plays).label("paid_plays"),
            number(FREE),
            number(PAID),
            total(users.c.plays).label("plays"),
            func.count().label("users"),
        )
        .group_by(users.c.period)
        .subquery("periods")
    )
    paid = ratio(periods.c.paid_plays, periods.c.free_plays + periods.c.paid_plays)
    names = ("period", "free_plays", "paid_plays", "free_users", "paid_users")
    return select(
        *(periods.c[name] for name in names),
        paid.label("paid_share"),
        periods.c.plays,
        periods.c.users,
    ).order_by(periods.c.period.asc().nulls_last())


def _plays_of_users(period: Period, *, where: list[ColumnElement[bool]]) -> Subquery:
    """Count the plays of each user and period, all of them and those at either level.

    Columns: period, user_id, plays, free_plays, paid_plays.
    """
    level = songplays.c.level.label("level")
    days = per_user(play_date(), level, where=where)
    first_day = period_start(days.c.day, period)

    def at(level: str) -> ColumnElement[int]:
        plays = case((days.c.level == level, days.c.plays), else_=0)
        return total(plays).label(f"{level}_plays")

    return (
        select(
            first_day.label("period"),
            days.c.user_id,
            total(days.c.plays).label("plays"),
            at(FREE),
            at(PAID),
        )
        .group_by(first_day, days.c.user_id)
        .subquery("plays_of_user_and_period")
    )


@query
def conversions(*, start: Moment | None = None, end: Moment | None = None) -> Select[Any]:
    """Who went from free to paid, and when?

    One row for each change, dated by the first paid play. A play before ``start`` counts as
    what the user changed from. Ordered by time, then by user_id.

    Columns:
        user_id (integer): The app's number of the user.
        first_name (text): First name.
        last_name (text): Last name.
        changed_at (timestamp): When the first play at the new level began, UTC.
        last_before (timestamp): When the last play at the old level began, UTC.
    """
    return _changes_to(PAID, start=start, end=end)


@query
def downgrades(*, start: Moment | None = None, end: Moment | None = None) -> Select[Any]:
    """Who went from paid to free, and when?

    One row for each change, dated by the first free play. A play before ``start`` counts as
    what the user changed from. Ordered by time, then by user_id.

    Columns:
        user_id (integer): The app's number of the user.
        first_name (text): First name.
        last_name (text): Last name.
        changed_at (timestamp): When the first play at the new level began, UTC.
        last_before (timestamp): When the last play at the old level began, UTC.
    """
    return _changes_to(FREE, start=start, end=end)


@query
def level_changes(
    *,
    period: Period = "week",
    start: Moment | None = None,
    end: Moment | None = None,
) -> Select[Any]:
    """How many users went from free to paid, and back, per day, week or month?

    A period without any change has no row. Ordered by period.

    Columns:
        period (date): First day of the period; a week's is its Monday.
        conversions (integer): Changes from free to paid.
        downgrades (integer): Changes from paid to free.
        net (integer): Conversions less downgrades.
    """
    found = changes(start=start, end=end)
    first_day = period_start(cast(found.c.start_time, Date), period)
    dated = select(first_day.label("period"), found.c.level).subquery("dated")

    def number(level: str) -> ColumnElement[int]:
        return cast(func.sum(case((dated.c.level == level, 1), else_=0)), BigInteger)

    return (
        select(
            dated.c.period,
            number(PAID).label("conversions"),
            number(FREE).label("downgrades"),
            (number(PAID) - number(FREE)).label("net"),
        )
        .group_by(dated.c.period)
        .order_by(dated.c.period.asc().nulls_last())
    )


@query
def level_history(
    *, level: Level | None = None, start: Moment | None = None, end: Moment | None = None
) -> Select[Any]:
    """At which level was each user, and from when on?

    One row for each stretch of plays at one level, of those that began in the range of time.
    Ordered by user_id, then by time.

    Columns:
        user_id (integer): The app's number of the user.
        level (text): free or paid.
        since (timestamp): When the first play of the stretch began, UTC.
        previous_level (text): The level before, NULL for the user's first stretch.
    """
    found = steps(end=end)
    began = during(found.c.start_time, start=start, end=None)
    changed = (found.c.previous_level.is_(None)) | (found.c.previous_level != found.c.level)
    at_level = [] if level is None else [found.c.level == level]
    return (
        select(
            found.c.user_id,
            found.c.level,
            found.c.start_time.label("since"),
            found.c.previous_level,
        )
        .where(changed, *began, *at_level)
        .order_by(
            found.c.user_id.asc().nulls_last(),
            found.c.start_time.asc().nulls_last(),
            found.c.session_id.asc().nulls_last(),
        )
    )


def _changes_to(level: str, *, start: Moment | None, end: Moment | None) -> Select[Any]:
    found = changes(start=start, end=end)
    return (
        select(
            found.c.user_id,
            _users.c.first_name,
            _users.c.last_name,
            found.c.start_time.label("changed_at"),
            found.c.previous_time.label("last_before"),
        )
        .join_from(found, _users, _users.c.user_id == found.c.user_id)
        .where(found.c.level == level)
        .order_by(
            found.c.start_time.asc().nulls_last(),
            found.c.user_id.asc().nulls_last(),
            found.c.session_id.asc().nulls_last(),
        )
    )
