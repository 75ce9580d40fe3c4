"""The building blocks of the charts: Vega-Lite specifications, made with Altair.

No chart has a colour of its own. Marks have the name of a style, and the page's theme says
what it looks like, in the light and in the dark. Days are read and drawn in UTC, wherever the
reader is.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import altair as alt  # type: ignore[import-not-found,unused-ignore]

#: The name of the filter that the page sets: all, free or paid.
LEVEL = "level"
#: What a row has to have to pass the filter.
LEVEL_FILTER = f"datum.level === {LEVEL}"

Row = Mapping[str, Any]


def data(rows: Iterable[Row], *, days: Iterable[str] = ()) -> Any:
    """Return inline data; the columns of days are read as UTC."""
    values = [{name: _plain(value) for name, value in row.items()} for row in rows]
    parse = {name: "utc:'%Y-%m-%d'" for name in days}
    return alt.InlineData(values=values, format=alt.DataFormat(parse=parse) if parse else {})


def chart(rows: Iterable[Row], *, days: Iterable[str] = ()) -> Any:
    """Return an empty chart over rows."""
    return alt.Chart(data(rows, days=days))


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


def day_axis(name: str, *, title: str, days: int) -> Any:
    """Return a time axis in UTC; its labels suit the days that it spans."""
    labels = "%-d %b" if days <= 300 else "%b %Y"
    return alt.X(
        f"{name}:T",
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(title=title, format=labels, labelOverlap=True, grid=False, tickCount=6),
    )


def period_bars(name: str, *, title: str, days: int, period: str) -> Any:
    """Return a time axis for bars that are as wide as their period."""
    unit = {"day": "utcyearmonthdate", "week": "utcyearmonthdate", "month": "utcyearmonth"}[period]
    step = 7 if period == "week" else 1
    return day_axis(name, title=title, days=days).timeUnit(
        alt.TimeUnitParams(unit=unit, step=step) if step > 1 else unit
    )


def count_axis(name: str, *, title: str, stack: Any = alt.Undefined, zero: bool = True) -> Any:
    """Return an axis of counts from zero, its title above it where there is room for it."""
    return alt.Y(
        f"{name}:Q",
        stack=stack,
        scale=alt.Scale(zero=zero, nice=True),
        axis=_value_axis(title, label_format="~s"),
    )


def share_axis(name: str, *, title: str) -> Any:
    """Return an axis of shares from 0 % to 100 %."""
    return alt.Y(
        f"{name}:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=_value_axis(title, label_format=".0%"),
    )


def day_tip(name: str, title: str) -> Any:
    """Return a tooltip line with a day."""
    return alt.Tooltip(f"{name}:T", title=title, timeUnit="utcyearmonthdate", format="%a %-d %b %Y")


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
        axis=alt.Axis(title=unit, format="~s", tickCount=4, grid=True),
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


def _value_axis(title: str, *, label_format: str) -> Any:
    return alt.Axis(
        title=title,
        format=label_format,
        tickCount=5,
        titleAngle=0,
        titleAlign="left",
        titleAnchor="end",
        titleBaseline="bottom",
        titleX=0,
        titleY=-8,
        domain=False,
        ticks=False,
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
