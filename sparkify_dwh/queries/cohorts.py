"""Who comes back: retention by cohort."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    Integer,
    Select,
    case,
    cast,
    extract,
    func,
    select,
)

from sparkify_dwh.queries.constructs import days_between
from sparkify_dwh.queries.plays import (
    Level,
    Moment,
    Period,
    divided,
    moment,
    per_user,
    period_start,
    play_date,
    ratio,
    within,
)
from sparkify_dwh.queries.registry import query


@query
def retention(
    *,
    period: Period = "week",
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
) -> Select[Any]:
    """How many of the users who began together are still active later?

    A user's cohort is the period of the first play of all; ``start`` leaves out the cohorts
    before it, and ``end`` the plays from it on. A period in which nobody of a cohort was
    active has no row. Ordered by cohort, then by age.

    Columns:
        cohort (date): First day of the period of the first play.
        age (integer): Periods since then; 0 is the cohort's own.
        users (integer): Users of the cohort who played in that period.
        cohort_size (integer): Users of the cohort.
        share (float): users / cohort_size.
    """
    days = per_user(play_date(), where=within(end=end, level=level))
    active = (
        select(days.c.user_id, period_start(days.c.day, period).label("period"))
        .distinct()
        .subquery("active")
    )
    first = func.min(active.c.period, type_=active.c.period.type).over(
        partition_by=active.c.user_id
    )
    users = select(active.c.period, first.label("cohort")).subquery("users_of_period")
    counts = (
        select(users.c.cohort, users.c.period, func.count().label("users"))
        .group_by(users.c.cohort, users.c.period)
        .subquery("counted")
    )
    own = case((counts.c.period == counts.c.cohort, counts.c.users), else_=0)
    sized = select(
        counts.c.cohort,
        _periods_between(counts.c.cohort, counts.c.period, period).label("age"),
        counts.c.users,
        func.max(own, type_=counts.c.users.type)
        .over(partition_by=counts.c.cohort)
        .label("cohort_size"),
    ).subquery("sized")
    shown = select(sized, ratio(sized.c.users, sized.c.cohort_size).label("share")).order_by(
        sized.c.cohort.asc().nulls_last(), sized.c.age.asc().nulls_last()
    )
    if start is not None:
        shown = shown.where(sized.c.cohort >= moment(start, name="start").date())
    return shown


def _periods_between(
    first: ColumnElement[Any], later: ColumnElement[Any], period: Period
) -> ColumnElement[int]:
    """Count the periods from one first day to another.

    Not by DATEDIFF(week, …), which counts from Sunday to Sunday on Redshift.
    """
    if period == "month":
        years = cast(extract("year", later) - extract("year", first), Integer)
        months = cast(extract("month", later) - extract("month", first), Integer)
        return years * 12 + months
    days = days_between(first, later)
    if period == "day":
        return days
    return cast(func.floor(divided(cast(days, Double), 7.0)), Integer)
