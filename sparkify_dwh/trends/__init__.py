"""Trends: a forecast of daily plays and active users, with intervals and with its error.

>>> import sparkify_dwh as sdw
>>> from sparkify_dwh import trends
>>> wh = sdw.connect()
>>> plays = trends.daily_series(wh, "plays")  # doctest: +SKIP
>>> trends.forecast(plays, days=14).days[0].expected  # doctest: +SKIP
98.4
>>> trends.backtest(plays).skill  # doctest: +SKIP
0.11

The forecast is an exponential smoothing with a weekly season, fitted by ``statsmodels``, which
is an extra: ``pip install 'sparkify-dwh[trends]'``. A backtest tells what such forecasts would
have been worth in the past, beside the simplest one there is: the same as a week before.
"""

from sparkify_dwh.trends.backtest import Backtest, backtest
from sparkify_dwh.trends.forecast import Forecast, ForecastDay, forecast
from sparkify_dwh.trends.series import MEASURES, MIN_DAYS, DailySeries, Measure, daily_series

__all__ = [
    "MEASURES",
    "MIN_DAYS",
    "Backtest",
    "DailySeries",
    "Forecast",
    "ForecastDay",
    "Measure",
    "backtest",
    "daily_series",
    "forecast",
]
