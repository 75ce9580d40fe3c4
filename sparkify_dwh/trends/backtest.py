"""What forecasts would have been worth: each past week forecast from what was known before."""

from dataclasses import dataclass
from typing import Any

from sparkify_dwh.trends.series import MAX_DAYS, MIN_DAYS, WEEK, DailySeries, Measure
from sparkify_dwh.trends.smoothing import naive, smoothed

#: Forecasts that are tested at most; each costs some 40 ms.
FORECASTS = 12


@dataclass(frozen=True, slots=True)
class Backtest:
    """The mean error of past forecasts, and that of the naive ones for the same days."""

    measure: Measure
    days: int  #: that each forecast reaches ahead
    forecasts: int  #: that were tested
    mean: float  #: of what was forecast, per day
    error: float  #: mean absolute error of the model, per day
    naive_error: float  #: that of "as a week before"
    held80: float  #: share of the outcomes that lay in the 80 % interval
    held95: float

    @property
    def skill(self) -> float | None:
        """The share of the naive error that the model saves; below 0 it is worse, None is 0/0."""
        return None if self.naive_error == 0 else 1 - self.error / self.naive_error

    def as_json(self) -> dict[str, Any]:
        """Return the backtest as an object for JSON."""
        return {name: getattr(self, name) for name in (*self.__slots__, "skill")}


def backtest(
    series: DailySeries, *, days: int = WEEK, forecasts: int = FORECASTS
) -> Backtest | None:
    """Forecast days that have passed, each time from the days before alone.

    The forecasts begin at moments spread evenly over the past, the first after three weeks.

    Args:
        series: At least four weeks, with ``days`` of 7.
        days: How far each forecast reaches.
        forecasts: How many are tested at most.

    Returns:
        None when there is too little history to test even one.

    Raises:
        ConfigurationError: ``statsmodels`` is not installed.
    """
    history = series.tail(MAX_DAYS)
    last = len(history.values) - days
    if last < MIN_DAYS:
        return None
    count = min(forecasts, last - MIN_DAYS + 1)
    begins = sorted({last - (last - MIN_DAYS) * n // max(1, count - 1) for n in range(count)})
    errors, naive_errors, actuals = [], [], []
    held = [0, 0]
    for begin in begins:
        known = history.values[:begin]
        predicted, simple = smoothed(known, days=days), naive(known, days=days)
        for index, actual in enumerate(history.values[begin : begin + days]):
            actuals.append(actual)
            errors.append(abs(predicted[index].expected - actual))
            naive_errors.append(abs(simple[index] - actual))
            for which, (low, high) in enumerate(predicted[index].bounds):
                held[which] += low <= actual <= high
    total = len(actuals)
    return Backtest(
        series.measure,
        days,
        len(begins),
        sum(actuals) / total,
        sum(errors) / total,
        sum(naive_errors) / total,
        held[0] / total,
        held[1] / total,
    )
