"""How much is played and when: per day, per hour of the week, in sessions."""

from typing import Any

import altair as alt  # type: ignore[import-not-found,unused-ignore]

from sparkify_dwh.report import charts, wording
from sparkify_dwh.report.answers import Answers
from sparkify_dwh.report.figure import Figure, Section, Table

#: Rows that a table holds at most; the newest are kept.
_ROWS = 400


def section(answers: Answers) -> Section:
    """Return the section about how much is played, and when."""
    return Section(
        "listening",
        "Listening",
        [_plays(answers), _users(answers), _hours(answers), _sessions(answers)],
    )


def _plays(answers: Answers) -> Figure:
    period, rows = answers.range.fine, list(answers.levels)
    points: list[dict[str, Any]] = []
    for row in rows:
        unknown = row.plays - row.free_plays - row.paid_plays
        counts = {"paid": row.paid_plays, "free": row.free_plays, "unknown": unknown}
        points += [
            {"period": row.period, "level": level, "order": order, "plays": plays}
            for order, (level, plays) in enumerate(counts.items())
            if plays
        ]
    top = max(rows, key=lambda row: row.plays)
    finding = (
        f"{wording.number(answers.plays)} plays in {wording.plural(answers.range.days, 'day')}, "
        f"{wording.number(answers.plays / answers.range.days)} a day. Most: "
        f"{wording.number(top.plays)} {_on(period, top.period)}."
    )
    known = sorted({point["level"] for point in points}, key=["paid", "free", "unknown"].index)
    bars = (
        charts.period_bars(points, period=period)
        .encode(
            y=charts.count_axis("plays", title=f"plays per {period}"),
            color=alt.Color("level:N", legend=charts.legend(None), scale=alt.Scale(domain=known)),
            order=alt.Order("order:Q"),
            tooltip=[
                charts.day_tip("period", period),
                charts.text_tip("level", "level"),
                charts.count_tip("plays", "plays"),
            ],
        )
        .transform_filter(f"{charts.LEVEL} === 'all' || {charts.LEVEL_FILTER}")
    )
    table = Table(
        (f"{period} (UTC)", "free plays", "paid plays", "all plays"),
        [
            (
                wording.day(row.period),
                wording.number(row.free_plays),
                wording.number(row.paid_plays),
                wording.number(row.plays),
            )
            for row in rows[-_ROWS:]
        ],
    )
    title = f"Plays per {period}"
    return Figure(
        "plays",
        title,
        finding,
        table,
        charts.finished(bars, description=f"{title}, by level. {finding}", by_level=True),
        by_level=True,
    )


def _users(answers: Answers) -> Figure:
    period, rows = answers.range.fine, list(answers.levels)
    points = [{"period": row.period, "level": "all", "users": row.users} for row in rows]
    for level in ("free", "paid"):
        points += [
            {
                "period": row.period,
                "level": level,
                "users": getattr(row, f"{level}_users"),
            }
            for row in rows
        ]
    mean = sum(row.users for row in rows) / len(rows)
    top = max(rows, key=lambda row: row.users)
    finding = (
        f"{wording.decimal(mean)} users play per {period} on average. Most: "
        f"{wording.number(top.users)} {_on(period, top.period)}."
    )
    base = (
        charts.chart(points)
        .transform_filter(charts.LEVEL_FILTER)
        .encode(
            x=charts.period_axis(points, period=period),
            y=charts.count_axis("users", title=f"active users per {period}"),
            tooltip=[charts.day_tip("period", period), charts.count_tip("users", "active users")],
        )
    )
    # The points are what a finger or a pointer finds; the line is what one sees.
    drawn = alt.layer(base.mark_line(), base.mark_point(style="target", size=160))
    title = f"Active users per {period}"
    return Figure(
        "users",
        title,
        finding,
        Table(
            (f"{period} (UTC)", "free", "paid", "all"),
            [
                (
                    wording.day(row.period),
                    wording.number(row.free_users),
                    wording.number(row.paid_users),
                    wording.number(row.users),
                )
                for row in rows[-_ROWS:]
            ],
        ),
        charts.finished(drawn, description=f"{title}. {finding}", by_level=True),
        note="Active is who plays a song. Who changed the level counts in both.",
        by_level=True,
    )


def _hours(answers: Answers) -> Figure:
    points = [
        {
            "weekday": wording.WEEKDAYS[row.weekday][:3],
            "day": wording.WEEKDAYS[row.weekday],
            "hour": row.hour,
            "span": f"{wording.hour(row.hour)} to {wording.hour((row.hour + 1) % 24)} UTC",
            "level": level,
            "plays": row.plays,
        }
        for level, rows in answers.hours.items()
        for row in rows
    ]
    rows = list(answers.hours["all"])
    top = max(rows, key=lambda row: row.plays)
    by_hour = [sum(row.plays for row in rows if row.hour == hour) for hour in range(24)]
    busiest = max(range(24), key=by_hour.__getitem__)
    finding = (
        f"The busiest hour of the week begins on {wording.WEEKDAYS[top.weekday]} at "
        f"{wording.hour(top.hour)} UTC: {wording.percent(top.plays / answers.plays)} of all plays. "
        f"Of the day it is {wording.hour(busiest)} UTC."
    )
    order = [name[:3] for name in (*wording.WEEKDAYS[1:], wording.WEEKDAYS[0])]
    cells = (
        charts.chart(points)
        .mark_rect()
        .encode(
            x=alt.X(
                "hour:O",
                scale=alt.Scale(domain=list(range(24)), padding=0.06),
                axis=alt.Axis(
                    title="hour of the day (UTC)",
                    values=[0, 3, 6, 9, 12, 15, 18, 21],
                    labelAngle=0,
                    ticks=False,
                    domain=False,
                ),
            ),
            y=alt.Y(
                "weekday:O",
                sort=order,
                scale=alt.Scale(domain=order, padding=0.06),
                axis=alt.Axis(title=None, ticks=False, domain=False),
            ),
            color=alt.Color(
                "plays:Q",
                scale=alt.Scale(domainMin=0),
                legend=charts.legend("plays", label_format="~s", above_axis=False),
            ),
            tooltip=[
                charts.text_tip("day", "weekday"),
                charts.text_tip("span", "hour"),
                charts.count_tip("plays", "plays"),
            ],
        )
        .transform_filter(charts.LEVEL_FILTER)
    )
    counts = {(row.weekday, row.hour): row.plays for row in rows}
    title = "Hours of the week"
    return Figure(
        "hours",
        title,
        finding,
        Table(
            ("hour (UTC)", *order),
            [
                (
                    wording.hour(hour),
                    *(wording.number(counts.get((day % 7, hour), 0)) for day in range(1, 8)),
                )
                for hour in range(24)
            ],
        ),
        charts.finished(
            cells, description=f"Plays by weekday and hour. {finding}", height=210, by_level=True
        ),
        by_level=True,
    )


def _sessions(answers: Answers) -> Figure:
    period, rows = answers.range.coarse, list(answers.sessions_trend)
    points = [
        {
            "period": row.period,
            "kind": kind,
            "minutes": seconds / 60,
            "sessions": row.sessions,
            "plays": row.mean_plays,
        }
        for row in rows
        for kind, seconds in (("mean", row.mean_seconds), ("median", row.median_seconds))
        if seconds is not None
    ]
    plays = answers.plays / answers.sessions
    last = rows[-1]
    finding = (
        f"{wording.number(answers.sessions)} sessions of {wording.decimal(plays)} plays on "
        f"average. In the last {period} half of them were longer than "
        f"{wording.minutes(last.median_seconds)}."
    )
    base = charts.chart(points).encode(
        x=charts.period_axis(points, period=period),
        y=charts.count_axis("minutes", title="minutes from first play to last"),
        color=alt.Color(
            "kind:N", legend=charts.legend(None), scale=alt.Scale(domain=["mean", "median"])
        ),
        tooltip=[
            charts.day_tip("period", f"{period} from"),
            charts.text_tip("kind", "length"),
            charts.count_tip("minutes", "minutes", label_format=",.1f"),
            charts.count_tip("sessions", "sessions"),
            charts.count_tip("plays", "plays a session", label_format=",.1f"),
        ],
    )
    title = "Length of sessions"
    return Figure(
        "sessions",
        title,
        finding,
        Table(
            (f"{period} from", "sessions", "plays each", "mean", "median"),
            [
                (
                    wording.day(row.period),
                    wording.number(row.sessions),
                    wording.decimal(row.mean_plays),
                    wording.minutes(row.mean_seconds),
                    wording.minutes(row.median_seconds),
                )
                for row in rows[-_ROWS:]
            ],
        ),
        charts.finished(
            alt.layer(base.mark_line(), base.mark_point(size=50)),
            description=f"{title} per {period}: mean and median. {finding}",
        ),
        note=f"The first and the last {period} may be incomplete.",
    )


def _on(period: str, first_day: Any) -> str:
    """Return on which day or in which period something was."""
    if period == "day":
        return f"on {wording.weekday_and_day(first_day)}"
    return f"in the {period} from {wording.day(first_day)} on"
