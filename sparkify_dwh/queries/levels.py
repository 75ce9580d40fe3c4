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
    and_,
    case,
    cast,
    func,
    select,
    union_all,
)

from sparkify_dwh.models import User, table_of
from sparkify_dwh.queries.plays import (
    Level,
    Moment,
    Period,
    Place,
    count_by_period,
    count_plays,
    during,
    period_start,
    play_date,
    ratio,
    share,
    songplays,
    within,
)
from sparkify_dwh.queries.registry import query

FREE, PAID = "free", "paid"

_users = table_of(User)


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
    """
    where = within(start=start, end=end, place=place)
    counts = count_by_period(period, songplays.c.level.label("level"), where=where)

    def of(level: str, name: str) -> ColumnElement[int]:
        value = case((counts.c.level == level, counts.c[name]), else_=0)
        return cast(func.sum(value), BigInteger).label(f"{level}_{name}")

    periods = (
        select(
            counts.c.period,
            of(FREE, "plays"),
            of(PAID, "plays"),
            of(FREE, "users"),
            of(PAID, "users"),
        )
        .group_by(counts.c.period)
        .subquery("periods")
    )
    paid = ratio(periods.c.paid_plays, periods.c.free_plays + periods.c.paid_plays)
    return select(periods, paid.label("paid_share")).order_by(periods.c.period.asc().nulls_last())


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
    changes = _changes(start=start, end=end)
    first_day = period_start(cast(changes.c.start_time, Date), period)
    dated = select(first_day.label("period"), changes.c.level).subquery("dated")

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
    steps = _steps(end=end)
    began = during(steps.c.start_time, start=start, end=None)
    changed = (steps.c.previous_level.is_(None)) | (steps.c.previous_level != steps.c.level)
    at_level = [] if level is None else [steps.c.level == level]
    return (
        select(
            steps.c.user_id,
            steps.c.level,
            steps.c.start_time.label("since"),
            steps.c.previous_level,
        )
        .where(changed, *began, *at_level)
        .order_by(
            steps.c.user_id.asc().nulls_last(),
            steps.c.start_time.asc().nulls_last(),
            steps.c.session_id.asc().nulls_last(),
        )
    )


def _steps(*, end: Moment | None) -> Subquery:
    """Select spans of plays at one level with what was before: the user's span before it.

    Not from a ``start`` on: the play before the first one of a range lies outside of it.
    Columns: user_id, session_id, start_time, level, previous_level, previous_time.
    """
    spans = _spans(end=end)
    order = (spans.c.start_time.asc(), spans.c.session_id.asc())

    def before(column: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.lag(column, type_=column.type).over(
            partition_by=spans.c.user_id, order_by=order
        )

    return select(
        spans.c.user_id,
        spans.c.session_id,
        spans.c.start_time,
        spans.c.level,
        before(spans.c.level).label("previous_level"),
        before(spans.c.last_time).label("previous_time"),
    ).subquery("step")


def _spans(*, end: Moment | None) -> Subquery:
    """Select what suffices to see each change: a user's day at one level as one row.

    Only the days on which a user played at both levels are looked at play by play. Putting
    all plays in order would cost many times as much, and sort them mostly in vain.
    Columns: user_id, session_id, start_time, last_time, level.
    """
    where = [
        songplays.c.level.is_not(None),
        *during(songplays.c.start_time, start=None, end=end),
    ]
    first, last = func.min(songplays.c.start_time), func.max(songplays.c.start_time)
    days = (
        select(
            songplays.c.user_id,
            play_date(),
            func.min(songplays.c.session_id).label("session_id"),
            first.label("start_time"),
            last.label("last_time"),
            func.min(songplays.c.level).label("level"),
            func.max(songplays.c.level).label("other_level"),
        )
        .where(*where)
        .group_by(songplays.c.user_id, play_date().element)
        .subquery("day_of_user")
    )
    names = ("user_id", "session_id", "start_time", "last_time", "level")
    plain = select(*(days.c[name] for name in names)).where(days.c.level == days.c.other_level)
    mixed = (
        select(
            songplays.c.user_id,
            songplays.c.session_id,
            songplays.c.start_time,
            songplays.c.start_time.label("last_time"),
            songplays.c.level,
        )
        .join_from(
            songplays,
            days,
            and_(songplays.c.user_id == days.c.user_id, play_date().element == days.c.day),
        )
        .where(days.c.level != days.c.other_level, *where)
    )
    return union_all(plain, mixed).subquery("span")


def _changes(*, start: Moment | None, end: Moment | None) -> Subquery:
    steps = _steps(end=end)
    return (
        select(steps)
        .where(
            steps.c.previous_level != steps.c.level,
            *during(steps.c.start_time, start=start, end=None),
        )
        .subquery("change")
    )


def _changes_to(level: str, *, start: Moment | None, end: Moment | None) -> Select[Any]:
    changes = _changes(start=start, end=end)
    return (
        select(
            changes.c.user_id,
            _users.c.first_name,
            _users.c.last_name,
            changes.c.start_time.label("changed_at"),
            changes.c.previous_time.label("last_before"),
        )
        .join_from(changes, _users, _users.c.user_id == changes.c.user_id)
        .where(changes.c.level == level)
        .order_by(
            changes.c.start_time.asc().nulls_last(),
            changes.c.user_id.asc().nulls_last(),
            changes.c.session_id.asc().nulls_last(),
        )
    )
