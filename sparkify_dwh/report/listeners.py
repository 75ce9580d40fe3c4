"""Who listens: free and paid, who changes, and who comes back."""

import datetime as dt
from typing import Any

import altair as alt  # type: ignore[import-not-found,unused-ignore]

from sparkify_dwh.report import charts, places, wording
from sparkify_dwh.report.answers import Answers
from sparkify_dwh.report.figure import Figure, Section, Table
from sparkify_dwh.report.theme import TURNING_POINT

#: Periods up to which a cell of the cohorts is wide enough, on a phone too, for its number.
_CELLS = 10
#: Cohorts and ages that are drawn at most; the newest, and the first.
_COHORTS = 30


def section(answers: Answers) -> Section:
    """Return the section about the listeners."""
    return Section(
        "listeners",
        "Listeners",
        [
            _paid(answers),
            _changes(answers),
            _retention(answers),
            *places.figures(answers),
        ],
    )


def _paid(answers: Answers) -> Figure:
    weeks = _by_week(answers)
    free, paid = sum(week["free"] for week in weeks), sum(week["paid"] for week in weeks)
    share = paid / (free + paid) if free + paid else None
    finding = f"{wording.percent(share)} of the plays are paid for"
    if len(weeks) > 1:
        finding += f", in the last week {wording.percent(weeks[-1]['share'])}"
    points = [week for week in weeks if week["share"] is not None]
    base = charts.chart(points).encode(
        x=charts.period_axis(points, period="week"),
        y=charts.share_axis("share", title="paid plays, % of all"),
        tooltip=[
            charts.day_tip("period", "week from"),
            charts.count_tip("share", "paid", label_format=".1%"),
            charts.count_tip("paid", "paid plays"),
            charts.count_tip("free", "free plays"),
        ],
    )
    title = "Share of paid listening"
    return Figure(
        "paid",
        title,
        f"{finding}.",
        Table(
            ("week from", "free plays", "paid plays", "paid"),
            [
                (
                    wording.day(week["period"]),
                    wording.number(week["free"]),
                    wording.number(week["paid"]),
                    wording.percent(week["share"]),
                )
                for week in weeks
            ],
        ),
        charts.finished(
            alt.layer(base.mark_line(), base.mark_point(size=50)),
            description=f"{title} per week. {finding}.",
        )
        if points
        else None,
    )


def _by_week(answers: Answers) -> list[dict[str, Any]]:
    """Return free and paid plays by week; the rows may be by day, and add up."""
    weeks: dict[dt.date, dict[str, Any]] = {}
    for row in answers.levels:
        monday = row.period - dt.timedelta(days=row.period.weekday())
        week = weeks.setdefault(monday, {"period": monday, "free": 0, "paid": 0})
        week["free"] += row.free_plays
        week["paid"] += row.paid_plays
    for week in weeks.values():
        plays = week["free"] + week["paid"]
        week["share"] = week["paid"] / plays if plays else None
    return list(weeks.values())


def _changes(answers: Answers) -> Figure:
    period, rows = answers.range.coarse, list(answers.changes)
    up, down = sum(row.conversions for row in rows), sum(row.downgrades for row in rows)
    finding = (
        f"{wording.plural(up, 'change')} from free to paid, {wording.number(down)} back: "
        f"{wording.number(abs(up - down))} {'more' if up >= down else 'less'} who pay."
    )
    points: list[dict[str, Any]] = []
    for row in rows:
        points.append(
            {"period": row.period, "to": "to paid", "users": row.conversions, "n": row.conversions}
        )
        points.append(
            {"period": row.period, "to": "to free", "users": -row.downgrades, "n": row.downgrades}
        )
    bars = charts.period_bars(points, period=period).encode(
        y=alt.Y(
            "users:Q",
            axis=charts.value_axis(
                f"changes per {period}",
                label_format="~s",
                label_expr="format(abs(datum.value), '~s')",
                step=1,
            ),
        ),
        color=alt.Color(
            "to:N", legend=charts.legend(None), scale=alt.Scale(domain=["to paid", "to free"])
        ),
        tooltip=[
            charts.day_tip("period", f"{period} from"),
            charts.text_tip("to", "change"),
            charts.count_tip("n", "users"),
        ],
    )
    zero = charts.chart([{"users": 0}]).mark_rule(style="zero").encode(y="users:Q")
    title = "Changes of level"
    return Figure(
        "changes",
        title,
        finding if rows else "Nobody has changed between free and paid.",
        Table(
            (f"{period} from", "to paid", "to free", "net"),
            [
                (
                    wording.day(row.period),
                    wording.number(row.conversions),
                    wording.number(row.downgrades),
                    f"{row.net:+,}",
                )
                for row in rows
            ],
        ),
        charts.finished(
            alt.layer(bars, zero),
            description=f"{title} per {period}, to paid above zero, to free below. {finding}",
        )
        if rows
        else None,
        note="A change shows in the plays: it is dated by the first one at the new level.",
    )


def _retention(answers: Answers) -> Figure:
    period, rows = answers.range.coarse, list(answers.retention)
    first = sum(row.cohort_size for row in rows if row.age == 0)
    next_period = [row for row in rows if row.age == 1]
    # Only cohorts that have had a next period; the last one may not be over.
    cohorts = sorted({row.cohort for row in rows})
    had_next = sum(row.cohort_size for row in rows if row.age == 0 and row.cohort != cohorts[-1])
    back = sum(row.users for row in next_period)
    finding = f"{wording.plural(first, 'user')} began in {wording.plural(len(cohorts), period)}."
    if had_next:
        finding += f" {wording.percent(back / had_next)} of them were back in the {period} after."
    shown = [row for row in rows if row.cohort in cohorts[-_COHORTS:] and row.age < _COHORTS]
    labels = {cohort: _cohort_label(cohort, period) for cohort in cohorts}
    points = [
        {
            "cohort": labels[row.cohort],
            "age": row.age,
            "share": row.share,
            "percent": 100 * row.share,
            "users": row.users,
            "size": row.cohort_size,
        }
        for row in shown
    ]
    order = [labels[cohort] for cohort in cohorts[-_COHORTS:]]
    base = charts.chart(points).encode(
        x=alt.X(
            "age:O",
            scale=alt.Scale(padding=0.04),
            axis=alt.Axis(
                title=f"{period}s since the first play",
                labelAngle=0,
                labelOverlap=True,
                ticks=False,
                domain=False,
            ),
        ),
        y=alt.Y(
            "cohort:O",
            sort=order,
            scale=alt.Scale(padding=0.04),
            axis=alt.Axis(title=None, ticks=False, domain=False),
        ),
    )
    cells = base.mark_rect().encode(
        color=alt.Color(
            "share:Q",
            scale=alt.Scale(domain=[0, 1]),
            legend=charts.legend("active, % of the cohort", label_format=".0%", above_axis=False),
        ),
        tooltip=[
            charts.text_tip("cohort", f"first {period}"),
            charts.count_tip("age", f"{period}s later"),
            charts.count_tip("share", "active", label_format=".0%"),
            charts.count_tip("users", "users"),
            charts.count_tip("size", "of"),
        ],
    )
    drawn = cells
    if len({row.age for row in shown}) <= _CELLS:
        inside = alt.Text("percent:Q", format=".0f")
        weak = base.mark_text(style="on-weak").encode(text=inside)
        strong = base.mark_text(style="on-strong").encode(text=inside)
        drawn = alt.layer(
            cells,
            weak.transform_filter(f"datum.share <= {TURNING_POINT}"),
            strong.transform_filter(f"datum.share > {TURNING_POINT}"),
        )
    return Figure(
        "retention",
        "Who comes back",
        finding,
        Table(
            (f"first {period}", f"{period}s later", "active", "of", "share"),
            [
                (
                    labels[row.cohort],
                    wording.number(row.age),
                    wording.number(row.users),
                    wording.number(row.cohort_size),
                    wording.percent(row.share),
                )
                for row in shown
            ],
        ),
        charts.finished(
            drawn,
            description=f"Users by {period} of the first play, and who was active later. {finding}",
            height=26 * len(order) if len(order) <= _CELLS else 14 * len(order),
        ),
        note=f"Users by the {period} of their first play of all. The last {period} may be "
        "incomplete.",
    )


def _cohort_label(cohort: Any, period: str) -> str:
    return f"{cohort:%b %Y}" if period == "month" else f"{cohort.day} {cohort:%b}"
