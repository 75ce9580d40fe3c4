"""The building blocks of the charts: Vega-Lite specifications, made with Altair.

No chart has a colour of its own. Marks have the name of a style, and the page's theme says
what it looks like, in the light and in the dark. Days are read and drawn in UTC, wherever the
reader is.
"""

import datetime as dt
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt  # type: ignore[import-not-found,unused-ignore]

from sparkify_dwh.queries.plays import Period

#: The name of the filter that the page sets: all, free or paid.
LEVEL = "level"
#: What a row has to have to pass the filter.
LEVEL_FILTER = f"datum.level === {LEVEL}"

Row = Mapping[str, Any]

#: Milliseconds of a day.
_DAY = 86_400_000
#: What stands at a tick: 500, 20k, 1.5M; a zero without the k or M of the others.
COUNT_LABEL = "datum.value === 0 ? '0' : datum.label"
#: Labels on an axis of days; where there is no room for all, every other one is shown.
_TICKS = 9


def chart(rows: Iterable[Row]) -> Any:
    """Return an empty chart over rows; days in them become epoch milliseconds.

    As text, Vega would take days for moments in the time zone of the reader.
    """
    values = [{name: _plain(value) for name, value in row.items()} for row in rows]
    return alt.Chart(alt.InlineData(values=values))


def finished(
    part: Any, *, description: str, height: int | None = 240, by_level: bool = False
) -> dict[str, Any]:
    """Return the specification of a chart that is as wide as its place in the page."""
    properties: dict[str, Any] = {"width": "container", "description": description}
    if height is not None:
        properties["height"] = height
    if by_level:
        part = part.add_params(alt.param(name=LEVEL, value="all"))
    found: dict[str, Any] = part.properties(**properties).to_dict()
    # The page holds all figures; what each would repeat is left out.
    found.pop("config", None)
    return found


def day_axis(name: str, *, title: str, ticks: Sequence[dt.date]) -> Any:
    """Return a time axis in UTC with labels at some of the days, evenly spread."""
    years = len({day.year for day in ticks}) > 1 and (ticks[-1] - ticks[0]).days > 300
    shown = _months(ticks[0], ticks[-1]) if years else list(ticks)
    kept = shown[:: max(1, -(-len(shown) // _TICKS))]
    return alt.X(
        f"{name}:T",
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(
            title=title,
            values=[_midnight(day) for day in kept],
            format="%b %Y" if years else "%-d %b",
            labelOverlap=True,
            labelSeparation=8,
            labelFlush=False,
            grid=False,
        ),
    )


def _months(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the days from the first to the last on which a month begins."""
    count = (last.year - first.year) * 12 + last.month - first.month
    months = (divmod(first.month - 1 + n, 12) for n in range(count + 1))
    days = [dt.date(first.year + years, month + 1, 1) for years, month in months]
    return [day for day in days if day >= first]


def period_axis(rows: Iterable[Row], *, period: Period) -> Any:
    """Return a time axis for rows with a ``period``; days are labelled on Mondays."""
    periods = sorted({row["period"] for row in rows})
    mondays = [day for day in periods if day.weekday() == 0]
    ticks = mondays if period == "day" and len(mondays) > 1 else periods
    return day_axis("period", title=f"{period} (UTC)", ticks=ticks)


def period_bars(rows: Iterable[Row], *, period: Period) -> Any:
    """Return bars over rows with a ``period``, each as wide as its period but for a gap."""
    spans = [{**row, "until": _gap_before_next(row["period"], period)} for row in rows]
    bars = chart(spans).mark_bar(orient="vertical")
    return bars.encode(x=period_axis(spans, period=period), x2="until:T")


def count_axis(name: str, *, title: str, stack: Any = alt.Undefined, zero: bool = True) -> Any:
    """Return an axis of counts from zero, its title above it where there is room for it."""
    return alt.Y(
        f"{name}:Q",
        stack=stack,
        scale=alt.Scale(zero=zero, nice=True),
        axis=value_axis(title, label_format="~s", label_expr=COUNT_LABEL, step=1),
    )


def share_axis(name: str, *, title: str) -> Any:
    """Return an axis of shares from 0 % to 100 %."""
    return alt.Y(
        f"{name}:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=value_axis(title, label_format=".0%"),
    )


def value_axis(
    title: str,
    *,
    label_format: str,
    label_expr: Any = alt.Undefined,
    step: Any = alt.Undefined,
) -> Any:
    """Return an axis of values whose title stands above it, where it takes no width."""
    return alt.Axis(
        title=title,
        format=label_format,
        labelExpr=label_expr,
        tickCount=5,
        tickMinStep=step,
        titleAngle=0,
        titleAlign="left",
        titleAnchor="end",
        titleBaseline="bottom",
        titleX=0,
        titleY=-8,
        domain=False,
        ticks=False,
    )


def day_tip(name: str, title: str) -> Any:
    """Return a tooltip line with a day."""
    return alt.Tooltip(f"{name}:T", title=title, timeUnit="utcyearmonthdate", format="%a %-d %b %Y")


def legend(title: str | None, *, label_format: str | None = None, above_axis: bool = True) -> Any:
    """Return a legend above the chart, clear of the title of a value axis."""
    given: dict[str, Any] = {} if label_format is None else {"format": label_format, "tickCount": 3}
    if label_format == "~s":
        given["labelExpr"] = COUNT_LABEL
    return alt.Legend(title=title, offset=28 if above_axis else 12, **given)


def count_tip(name: str, title: str, *, label_format: str = ",") -> Any:
    """Return a tooltip line with a number."""
    return alt.Tooltip(f"{name}:Q", title=title, format=label_format)


def text_tip(name: str, title: str) -> Any:
    """Return a tooltip line with a text."""
    return alt.Tooltip(f"{name}:N", title=title)


def ranking(rows: Iterable[Row], *, unit: str, description: str) -> dict[str, Any]:
    """Return bars below each other, each with its name above it, which fits a phone.

    Rows have ``rank``, ``name``, ``plays`` and ``users``.
    """
    listed = list(rows)
    most = max((row["plays"] for row in listed), default=1)
    base = chart(listed).encode(
        y=alt.Y("rank:O", axis=None, scale=alt.Scale(paddingInner=0.65, paddingOuter=0.35)),
        tooltip=[text_tip("name", "name"), count_tip("plays", unit), count_tip("users", "users")],
    )
    place = alt.X(
        "plays:Q",
        scale=alt.Scale(domain=[0, most], nice=True),
        axis=alt.Axis(
            title=unit, format="~s", labelExpr=COUNT_LABEL, tickCount=4, tickMinStep=1, grid=True
        ),
    )
    bars = base.mark_bar(style="ranked").encode(x=place)
    above: dict[str, Any] = {"baseline": "bottom", "dy": -8}
    names = base.mark_text(
        align="left", limit=alt.ExprRef("width - 64"), style="name", **above
    ).encode(x=alt.value(0), text="name:N")
    counts = base.mark_text(align="right", style="count", **above).encode(
        x=alt.value(alt.ExprRef("width")), text=alt.Text("plays:Q", format=",")
    )
    return finished(
        alt.layer(bars, names, counts), description=description, height=38 * len(listed) + 10
    )


def _gap_before_next(first_day: dt.date, period: Period) -> float:
    """Return the moment at which a period's bar ends, in epoch milliseconds."""
    length = {"day": 1, "week": 7, "month": monthrange(first_day.year, first_day.month)[1]}[period]
    return _midnight(first_day) + 0.85 * length * _DAY


def _plain(value: Any) -> Any:
    return _midnight(value) if isinstance(value, dt.date) else value


def _midnight(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days * _DAY
