"""The steps from one level to the next, found in the plays of each user."""

from typing import Any

from sqlalchemy import CTE, ColumnElement, Subquery, and_, func, or_, select, union_all

from sparkify_dwh.queries.plays import Moment, during, play_date, songplays


def steps(*, end: Moment | None) -> Subquery:
    """Select spans of plays at one level with what was before: the user's span before it.

    Not from a ``start`` on: the play before the first one of a range lies outside of it.
    Columns: user_id, session_id, start_time, level, previous_level, previous_time.
    """
    days = _days(end=end)
    mixed = _mixed(days)
    spans = _spans(days, mixed, end=end)
    order = (spans.c.start_time.asc(), spans.c.session_id.asc())

    def before(column: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.lag(column, type_=column.type).over(
            partition_by=spans.c.user_id, order_by=order
        )

    return (
        select(
            spans.c.user_id,
            spans.c.session_id,
            spans.c.start_time,
            spans.c.level,
            before(spans.c.level).label("previous_level"),
            before(spans.c.last_time).label("previous_time"),
        )
        # Here, and not in front of the whole statement, where two queries would share the names.
        .add_cte(days, mixed, nest_here=True)
        .subquery("step")
    )


def changes(*, start: Moment | None, end: Moment | None) -> Subquery:
    """Select those steps within the range at which the level is another one than before."""
    found = steps(end=end)
    return (
        select(found)
        .where(
            found.c.previous_level != found.c.level,
            *during(found.c.start_time, start=start, end=None),
        )
        .subquery("change")
    )


def _days(*, end: Moment | None) -> CTE:
    """Select a user's day at one level as one row; it is read several times, and made once.

    Columns: user_id, day, level, session_id, start_time, last_time.
    """
    return (
        select(
            songplays.c.user_id,
            play_date(),
            songplays.c.level,
            func.min(songplays.c.session_id).label("session_id"),
            func.min(songplays.c.start_time).label("start_time"),
            func.max(songplays.c.start_time).label("last_time"),
        )
        .where(*_told(end))
        .group_by(songplays.c.user_id, play_date().element, songplays.c.level)
        .cte("day_at_level")
    )


def _mixed(days: CTE) -> CTE:
    """Select the days of users on which plays at one level stand among those at another.

    Columns: user_id, day.
    """
    levels = func.count()
    apart = func.max(days.c.start_time) > func.min(days.c.last_time)
    return (
        select(days.c.user_id, days.c.day)
        .group_by(days.c.user_id, days.c.day)
        # Of two levels all plays of one may come before all of the other; more are rare.
        .having(or_(levels > 2, and_(levels == 2, ~apart)))
        .cte("mixed_day")
    )


def _spans(days: CTE, mixed: CTE, *, end: Moment | None) -> Subquery:
    """Select what suffices to see each change, in the order of the plays.

    Only the mixed days, which are very few, are looked at play by play. Putting all plays in
    order would cost many times as much, and sort them mostly in vain.
    Columns: user_id, session_id, start_time, last_time, level.
    """
    names = ("user_id", "session_id", "start_time", "last_time", "level")
    plain = (
        select(*(days.c[name] for name in names))
        .join_from(
            days,
            mixed,
            and_(days.c.user_id == mixed.c.user_id, days.c.day == mixed.c.day),
            isouter=True,
        )
        .where(mixed.c.user_id.is_(None))
    )
    one_by_one = (
        select(
            songplays.c.user_id,
            songplays.c.session_id,
            songplays.c.start_time,
            songplays.c.start_time.label("last_time"),
            songplays.c.level,
        )
        .join_from(
            songplays,
            mixed,
            and_(songplays.c.user_id == mixed.c.user_id, play_date().element == mixed.c.day),
        )
        .where(*_told(end))
    )
    return union_all(plain, one_by_one).subquery("span")


def _told(end: Moment | None) -> list[ColumnElement[bool]]:
    """Return the conditions for plays whose level the logs tell."""
    before_end = during(songplays.c.start_time, start=None, end=end)
    return [songplays.c.level.is_not(None), *before_end]
