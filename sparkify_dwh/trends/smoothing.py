"""The models: exponential smoothing with a weekly season, and the naive one to beat.

The model works on log(1 + count): counts swing in proportion to their size, and a count is
never negative. On it runs ETS(A,Ad,A): a level, a trend and seven weekdays that follow what
comes in (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, chapter 8). The trend
is damped, since one that is seen in a few weeks, and goes on for ever, carries a forecast far off.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from sparkify_dwh.queries.frames import require
from sparkify_dwh.trends.series import WEEK

#: The part of statsmodels that fits the model; importing it takes over a second.
LIBRARY = "statsmodels.tsa.exponential_smoothing.ets"
#: The intervals that are given, as shares of the outcomes that should fall into them.
INTERVALS = (0.80, 0.95)
#: What is estimated from the data: four weights, level, trend, and six free weekdays.
_PARAMETERS = 12


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is expected of one day: the median, and a low and a high for each interval."""

    expected: float
    bounds: tuple[tuple[float, float], ...]


def smoothed(values: Sequence[int], *, days: int) -> list[Prediction]:
    """Forecast the days after the values by exponential smoothing.

    Raises:
        ConfigurationError: ``statsmodels`` is not installed.
    """
    if len(set(values)) == 1:
        # There is nothing to estimate, and the likelihood of a perfect fit has no bound.
        only = float(values[0])
        return [Prediction(only, tuple((only, only) for _ in INTERVALS))] * days
    means, deviations = _fitted(values, days=days)
    # The deviation is itself an estimate, of few days: Student's distribution, not the normal.
    student = import_module("scipy.stats").t
    factors = [
        float(student.ppf((1 + share) / 2, df=len(values) - _PARAMETERS)) for share in INTERVALS
    ]
    return [
        Prediction(
            _count(mean),
            tuple(
                (_count(mean - factor * deviation), _count(mean + factor * deviation))
                for factor in factors
            ),
        )
        for mean, deviation in zip(means, deviations, strict=True)
    ]


def naive(values: Sequence[int], *, days: int) -> list[float]:
    """Forecast each day as what its weekday was last: the baseline."""
    return [float(values[len(values) - WEEK + day % WEEK]) for day in range(days)]


def _fitted(values: Sequence[int], *, days: int) -> tuple[list[float], list[float]]:
    """Return mean and standard deviation of log(1 + count) for each day to come."""
    require("statsmodels", package="statsmodels", extra="trends")
    ets = import_module(LIBRARY)
    pandas = import_module("pandas")
    logs = pandas.Series([math.log1p(value) for value in values])
    model: Any = ets.ETSModel(
        logs,
        error="add",
        trend="add",
        damped_trend=True,
        seasonal="add",
        seasonal_periods=WEEK,
        initialization_method="heuristic",
    )
    with warnings.catch_warnings():
        # An optimum that is flat, or lies at the edge, is good enough here: a backtest judges.
        warnings.simplefilter("ignore")
        fit = model.fit(disp=False, maxiter=200)
        found = fit.get_prediction(start=len(values), end=len(values) + days - 1)
        # The library divides the squares by the number of days; that is too sure of itself.
        widened = len(values) / (len(values) - _PARAMETERS)
        deviations = [math.sqrt(max(0.0, float(v)) * widened) for v in found.forecast_variance]
        return [float(mean) for mean in found.predicted_mean], deviations


def _count(log: float) -> float:
    # Past this a count has more digits than any warehouse has plays.
    return max(0.0, math.expm1(min(log, 50.0)))
