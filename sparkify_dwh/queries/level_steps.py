"""The steps from one level to the next, found in the plays of each user."""

from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, func, select, union_all

from sparkify_dwh.queries.plays import Moment, during, play_date, songplays


def steps(*, end: Moment | None) -> Subquery:
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
