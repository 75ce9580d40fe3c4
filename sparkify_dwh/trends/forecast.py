"""A forecast, as a value."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sparkify_dwh.display import html_table, text_table
from sparkify_dwh.trends.series import MAX_DAYS, DailySeries, Measure
from sparkify_dwh.trends.smoothing import smoothed

#: Days that are forecast unless one asks for more: two seasons.
DAYS = 14


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """What is expected of a day: as likely exceeded as not, with two intervals around it."""

    day: dt.date
    expected: float
    low80: float  #: four of five outcomes should lie between low80 …
    high80: float  #: … and high80
    low95: float
    high95: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """The days to come, and the past that they were forecast from."""

    measure: Measure
    history: DailySeries
    days: tuple[ForecastDay, ...]

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the days as dictionaries."""
        names = ForecastDay.__slots__
        return [{name: getattr(day, name) for name in names} for day in self.days]

    def _rows(self) -> list[tuple[Any, ...]]:
        return [tuple(day.values()) for day in self.to_dicts()]

    def __str__(self) -> str:
        return text_table(ForecastDay.__slots__, self._rows())

    def _repr_html_(self) -> str:
        return html_table(ForecastDay.__slots__, self._rows(), caption=f"{self.measure} per day")


def forecast(series: DailySeries, *, days: int = DAYS) -> Forecast:
    """Forecast the days after a series.

    Args:
        series: At least three weeks; of a long one the last 16 weeks are looked at.
        days: How many days to forecast.

    Raises:
        ConfigurationError: ``statsmodels`` is not installed.
        SparkifyError: There is too little history.
        ValueError: ``days`` is less than one.
    """
    if days < 1:
        raise ValueError(f"days={days!r} is less than one")
    series.require_history()
    history = series.tail(MAX_DAYS)
    predicted = smoothed(history.values, days=days)
    return Forecast(
        series.measure,
        history,
        tuple(
            ForecastDay(
                history.day(len(history.values) + index),
                prediction.expected,
                *prediction.bounds[0],
                *prediction.bounds[1],
            )
            for index, prediction in enumerate(predicted)
        ),
    )
