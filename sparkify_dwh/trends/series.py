"""The past of a measure, day by day and without a gap."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sparkify_dwh.errors import SparkifyError

if TYPE_CHECKING:
    from sparkify_dwh.queries.plays import Level, Moment
    from sparkify_dwh.status import Status
    from sparkify_dwh.warehouse import Warehouse

Measure = Literal["plays", "users"]
MEASURES: tuple[Measure, ...] = ("plays", "users")

#: Days in the season.
WEEK = 7
#: Days that a forecast needs: three weeks, so that each weekday was seen more than twice.
MIN_DAYS = 3 * WEEK
#: Days that a forecast looks back at most: what is longer ago tells little, and costs.
MAX_DAYS = 16 * WEEK

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DailySeries:
    """A count for each day from a first day on; days without any play count 0."""

    measure: Measure
    first_day: dt.date
    values: tuple[int, ...]

    @property
    def last_day(self) -> dt.date:
        """The last day that is counted."""
        return self.day(len(self.values) - 1)

    @property
    def is_long_enough(self) -> bool:
        """Whether a forecast can be made of it."""
        return len(self.values) >= MIN_DAYS

    def day(self, index: int) -> dt.date:
        """Return the day of a value; an index past the last value is a day of the future."""
        return self.first_day + index * _DAY

    def until(self, length: int) -> "DailySeries":
        """Return the series as it was when it had this many days."""
        return DailySeries(self.measure, self.first_day, self.values[:length])

    def tail(self, length: int) -> "DailySeries":
        """Return the last days of the series."""
        cut = max(0, len(self.values) - length)
        return DailySeries(self.measure, self.day(cut), self.values[cut:])

    def require_history(self) -> None:
        """Check that a forecast can be made.

        Raises:
            SparkifyError: There are less than three weeks.
        """
        if not self.is_long_enough:
            raise SparkifyError(
                f"a forecast needs {MIN_DAYS} days of plays, and there are {len(self.values)}",
                advice="Load more days, or ask for a longer range of time.",
            )


def series_of(
    rows: Iterable[Any], measure: Measure, *, complete_until: dt.date | None = None
) -> DailySeries:
    """Return the series of the rows of ``queries.plays_by_day``.

    Args:
        rows: Rows with ``day`` and the measure, ordered by day.
        measure: ``plays`` or ``users``.
        complete_until: The first day that may not be complete; it and later ones are left out.
    """
    counts = {
        row.day: int(getattr(row, measure))
        for row in rows
        if complete_until is None or row.day < complete_until
    }
    if not counts:
        return DailySeries(measure, complete_until or dt.date.min, ())
    first, last = min(counts), max(counts)
    days: Sequence[dt.date] = [first + n * _DAY for n in range((last - first).days + 1)]
    return DailySeries(measure, first, tuple(counts.get(day, 0) for day in days))


def complete_until(status: "Status") -> dt.date | None:
    """Return the first day (UTC) that the last load may have seen only a part of: its own."""
    if status.last_load is None:
        return None
    began: dt.datetime = status.last_load["started_at"]
    return began.date()


def daily_series(
    warehouse: "Warehouse",
    measure: Measure = "plays",
    *,
    start: "Moment | None" = None,
    end: "Moment | None" = None,
    level: "Level | None" = None,
) -> DailySeries:
    """Return plays or active users of each day of the warehouse (UTC).

    The day of the last load is left out, since it was not over then.

    Raises:
        DatabaseError: The database is out of reach or has no schema yet.
        ValueError: There is no such measure, or a moment is none.
    """
    if measure not in MEASURES:
        raise ValueError(f"measure={measure!r} is none of {', '.join(MEASURES)}")
    rows = warehouse.queries.plays_by_day(start=start, end=end, level=level)
    return series_of(rows, measure, complete_until=complete_until(warehouse.status()))
