"""The past, day by day: without gaps, and without the day that was not over."""

import datetime as dt
from types import SimpleNamespace

import pytest

from sparkify_dwh.errors import SparkifyError
from sparkify_dwh.trends.series import DailySeries, complete_until, series_of

ROWS = [
    SimpleNamespace(day=dt.date(2018, 11, 1), plays=5, users=2),
    SimpleNamespace(day=dt.date(2018, 11, 4), plays=7, users=3),
]


def test_days_without_plays_count_nothing() -> None:
    series = series_of(ROWS, "plays")
    assert series == DailySeries("plays", dt.date(2018, 11, 1), (5, 0, 0, 7))
    assert series.last_day == dt.date(2018, 11, 4)


def test_day_that_may_be_incomplete_is_left_out() -> None:
    series = series_of(ROWS, "users", complete_until=dt.date(2018, 11, 4))
    assert series.values == (2,)


def test_no_rows_make_an_empty_series() -> None:
    series = series_of([], "plays")
    assert series.values == ()
    assert not series.is_long_enough
    with pytest.raises(SparkifyError, match="needs 21 days of plays, and there are 0"):
        series.require_history()


def test_tail_and_past_keep_their_days() -> None:
    series = DailySeries("plays", dt.date(2018, 11, 1), (1, 2, 3, 4))
    assert series.tail(2) == DailySeries("plays", dt.date(2018, 11, 3), (3, 4))
    assert series.tail(9) == series
    assert series.until(1).last_day == dt.date(2018, 11, 1)


def test_days_before_the_last_load_are_complete() -> None:
    began = dt.datetime(2018, 12, 1, 0, 5)
    loaded = SimpleNamespace(last_load={"started_at": began})
    assert complete_until(loaded) == dt.date(2018, 12, 1)  # type: ignore[arg-type]
    assert complete_until(SimpleNamespace(last_load=None)) is None  # type: ignore[arg-type]
