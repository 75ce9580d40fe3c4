"""How people listen: sessions, their length, their plays and the gaps between them."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Double,
    Integer,
    Select,
    Subquery,
    cast,
    func,
    select,
)

from sparkify_dwh.queries.constructs import milliseconds_between
from sparkify_dwh.queries.plays import (
    Level,
    Moment,
    Period,
    Place,
    divided,
    most,
    period_start,
    ratio,
    share,
    songplays,
    total,
    within,
)
from sparkify_dwh.queries.registry import query


@query
def totals(
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """How much is played in all, by how many users, in how many sessions?

    Always one row.

    Columns:
        plays (integer): All plays.
        users (integer): Users who played.
        sessions (integer): Sessions with a play.
        first_play (timestamp): When the first play began, UTC; NULL without plays.
        last_play (timestamp): When the last one began, UTC; NULL without plays.
    """
    found = _sessions(where=within(start=start, end=end, level=level, place=place))
    users = (
        select(
            total(found.c.plays).label("plays"),
            func.count().label("sessions"),
            func.min(found.c.started_at).label("first_play"),
            func.max(found.c.ended_at).label("last_play"),
        )
        .group_by(found.c.user_id)
        .subquery("of_user")
    )
    columns: list[ColumnElement[Any]] = [
        func.coalesce(total(users.c.plays), 0).label("plays"),
        func.count().label("users"),
        func.coalesce(total(users.c.sessions), 0).label("sessions"),
        func.min(users.c.first_play).label("first_play"),
        func.max(users.c.last_play).label("last_play"),
    ]
    return select(*columns)


@query
def sessions(
    *,
    n: int | None = 100,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """Which sessions are the longest, and how much is played in them?

    A session reaches from the start of its first play to that of its last; with a range of
    time, of those within. Longest first, then by user_id and session_id.

    Columns:
        user_id (integer): The app's number of the user.
        session_id (integer): Number of the session.
        started_at (timestamp): When its first play began, UTC.
        ended_at (timestamp): When its last play began, UTC.
        plays (integer): Songs played.
        seconds (float): From the first to the last.
        mean_gap (float): Mean seconds from play to play, NULL with a single play.
    """
    found = _sessions(where=within(start=start, end=end, level=level, place=place))
    return (
        select(
            found.c.user_id,
            found.c.session_id,
            found.c.started_at,
            found.c.ended_at,
            found.c.plays,
            _seconds(found.c.milliseconds).label("seconds"),
            divided(
                _seconds(found.c.milliseconds), cast(func.nullif(found.c.plays - 1, 0), Double)
            ).label("mean_gap"),
        )
        .order_by(
            found.c.milliseconds.desc().nulls_last(),
            found.c.user_id.asc().nulls_last(),
            found.c.session_id.asc().nulls_last(),
        )
        .limit(most(n))
    )


@query
def session_trend(
    *,
    period: Period = "week",
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """How do number and length of the sessions develop?

    A session counts where it began. A period without any has no row. Ordered by period.

    Columns:
        period (date): First day of the period; a week's is its Monday.
        sessions (integer): Sessions that began in it.
        users (integer): Users who had one.
        mean_plays (float): Mean number of plays in a session.
        mean_seconds (float): Mean length.
        median_seconds (float): Median length.
        longest_seconds (float): The longest one.
    """
    found = _sessions(where=within(start=start, end=end, level=level, place=place))
    dated = select(
        period_start(cast(found.c.started_at, Date), period).label("period"),
        found.c.user_id,
        found.c.plays,
        found.c.milliseconds,
    ).subquery("dated")
    length = dated.c.milliseconds
    return (
        select(
            dated.c.period,
            func.count().label("sessions"),
            func.count(dated.c.user_id.distinct()).label("users"),
            ratio(func.sum(dated.c.plays), func.count()).label("mean_plays"),
            divided(ratio(func.sum(length), func.count()), 1000.0).label("mean_seconds"),
            _seconds(func.median(cast(length, Double), type_=Double())).label("median_seconds"),
            _seconds(func.max(length)).label("longest_seconds"),
        )
        .group_by(dated.c.period)
        .order_by(dated.c.period.asc().nulls_last())
    )


@query
def session_gaps(
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """How much time passes from one play of a session to the next?

    One row for each whole minute that occurs, so that 3 stands for three to below four
    minutes; ordered by it.

    Columns:
        minutes (integer): Whole minutes from the start of a play to that of the next.
        gaps (integer): How often that much time passed.
        share (float): Share of all gaps, 0 to 1.
    """
    before = func.lag(songplays.c.start_time, type_=songplays.c.start_time.type).over(
        # Mostly the first of these tells two plays apart, and the sort need not look further.
        partition_by=(songplays.c.session_id, songplays.c.user_id),
        order_by=songplays.c.start_time.asc(),
    )
    gaps = (
        select(milliseconds_between(before, songplays.c.start_time).label("milliseconds"))
        .where(*within(start=start, end=end, level=level, place=place))
        .subquery("gap")
    )
    # Floored before it is cast: a cast to whole numbers rounds on one engine.
    minutes = cast(func.floor(divided(cast(gaps.c.milliseconds, Double), 60_000.0)), Integer)
    told = select(minutes.label("minutes")).where(gaps.c.milliseconds.is_not(None)).subquery("told")
    counts = (
        select(told.c.minutes, func.count().label("gaps"))
        .group_by(told.c.minutes)
        .subquery("counted")
    )
    return select(counts, share(counts.c.gaps).label("share")).order_by(
        counts.c.minutes.asc().nulls_last()
    )


def _sessions(*, where: list[ColumnElement[bool]]) -> Subquery:
    """Select one row per session, with its length in milliseconds."""
    first, last = func.min(songplays.c.start_time), func.max(songplays.c.start_time)
    grouped = (
        select(
            songplays.c.user_id,
            songplays.c.session_id,
            first.label("started_at"),
            last.label("ended_at"),
            func.count().label("plays"),
        )
        .where(*where)
        .group_by(songplays.c.user_id, songplays.c.session_id)
        .subquery("session_plays")
    )
    length = milliseconds_between(grouped.c.started_at, grouped.c.ended_at)
    return select(grouped, cast(length, BigInteger).label("milliseconds")).subquery("session")


def _seconds(milliseconds: ColumnElement[Any]) -> ColumnElement[float]:
    return divided(cast(milliseconds, Double), 1000.0)
