"""Numbers, days and spans of time as people read them."""

import datetime as dt
from typing import Any

MISSING = "-"

WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def number(value: float | None) -> str:
    """Return a whole number with separators; a fraction is rounded."""
    return MISSING if value is None else f"{round(value):,}"


def decimal(value: float | None) -> str:
    """Return a number with one digit after the point where it is small."""
    if value is None:
        return MISSING
    return f"{value:,.1f}" if abs(value) < 100 else number(value)


def percent(share: float | None) -> str:
    """Return a fraction of 1 in percent; neither nothing nor all is claimed by rounding."""
    if share is None:
        return MISSING
    text = f"{share:.1%}" if abs(share) < 0.1 and share != 0 else f"{share:.0%}"
    if text in ("0.0%", "-0.0%"):
        return "under 0.1%"
    return "over 99%" if text == "100%" and share < 1 else text


def day(value: dt.date | None) -> str:
    """Return a day such as 5 Nov 2018."""
    return MISSING if value is None else f"{value.day} {value:%b %Y}"


def weekday_and_day(value: dt.date) -> str:
    """Return a day such as Monday, 5 Nov 2018."""
    return f"{value:%A}, {day(value)}"


def minute(value: dt.datetime | None) -> str:
    """Return a moment such as 5 Nov 2018, 18:30 UTC."""
    return MISSING if value is None else f"{day(value)}, {value:%H:%M} UTC"


def hour(value: int) -> str:
    """Return an hour of the day such as 18:00."""
    return f"{value:02d}:00"


def minutes(seconds: float | None) -> str:
    """Return a span of time in minutes."""
    return MISSING if seconds is None else f"{decimal(seconds / 60)} min"


def text(value: Any) -> str:
    """Return a name of the data, or a dash where there is none."""
    return MISSING if value in (None, "") else str(value)


def plural(count: int, noun: str) -> str:
    """Return a count with its noun: 1 play, 2 plays."""
    return f"{number(count)} {noun}" if count == 1 else f"{number(count)} {noun}s"
