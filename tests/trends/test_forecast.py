"""Forecasts: what they have to be for any past, and how good they are for the sample's."""

import datetime as dt
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparkify_dwh.errors import SparkifyError
from sparkify_dwh.trends import DailySeries, backtest, forecast
from sparkify_dwh.trends.smoothing import naive
from sparkify_dwh.warehouse import Warehouse

pytest.importorskip("statsmodels", reason="needs statsmodels: pip install '.[trends]'")

FIRST = dt.date(2018, 11, 1)
WEEK = (10, 20, 30, 40, 50, 5, 1)


def series(*values: int) -> DailySeries:
    return DailySeries("plays", FIRST, values)


def test_a_weekly_pattern_is_carried_on() -> None:
    noisy = [value + (index * 5) % 3 for index, value in enumerate(WEEK * 6)]
    days = forecast(series(*noisy), days=14).days
    assert [day.day for day in days] == [FIRST + dt.timedelta(days=42 + n) for n in range(14)]
    for day, usual in zip(days, WEEK * 2, strict=True):
        assert day.expected == pytest.approx(usual + 1, rel=0.25, abs=1.5)


def test_what_never_changes_stays_as_it_is() -> None:
    [day] = forecast(series(*[7] * 21), days=1).days
    assert (day.expected, day.low80, day.high95) == (7, 7, 7)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=21, max_size=70), st.integers(1, 20))
def test_forecast_of_any_past_is_finite_and_in_order(values: list[int], days: int) -> None:
    future = forecast(series(*values), days=days)
    assert len(future.days) == days
    for day in future.days:
        inside = (day.low95, day.low80, day.expected, day.high80, day.high95)
        assert all(math.isfinite(value) and value >= 0 for value in inside)
        assert list(inside) == sorted(inside)


def test_three_weeks_are_needed() -> None:
    with pytest.raises(SparkifyError, match="needs 21 days of plays, and there are 20"):
        forecast(series(*range(20)))
    assert backtest(series(*range(27))) is None
    assert backtest(series(*range(28))).forecasts == 1  # type: ignore[union-attr]


def test_naive_repeats_the_last_week() -> None:
    assert naive([0, 0, 0, *WEEK], days=9) == [*WEEK, *WEEK[:2]]


def test_backtest_looks_at_no_day_before_it_has_come() -> None:
    """A jump on the last days is news to the last forecast, whatever the model."""
    tested = backtest(series(*WEEK * 4, *[1000] * 7), forecasts=1)
    assert tested is not None
    assert tested.error == pytest.approx(1000 - sum(WEEK) / 7, rel=0.1)
    assert tested.held95 == 0


def test_backtest_of_the_naive_has_its_error() -> None:
    values = [value + 10 * (index >= 28) for index, value in enumerate(WEEK * 5)]
    tested = backtest(series(*values), forecasts=1)
    assert tested is not None
    assert tested.naive_error == 10


@pytest.mark.parametrize("measure", ["plays", "users"])
def test_model_beats_the_naive_one_on_the_sample(sample_warehouse: Warehouse, measure: str) -> None:
    from sparkify_dwh import trends

    past = trends.daily_series(sample_warehouse, measure)  # type: ignore[arg-type]
    tested = trends.backtest(past)
    assert tested is not None
    assert tested.forecasts == 12
    assert tested.error < tested.naive_error
    assert 0.65 <= tested.held80 <= 0.95
    assert tested.held80 <= tested.held95
