"""Numbers and days in words."""

import datetime as dt

import pytest

from sparkify_dwh.report import wording


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "-"),
        (0, "0%"),
        (0.0001, "under 0.1%"),
        (0.021, "2.1%"),
        (0.566, "57%"),
        (0.999, "over 99%"),
        (1, "100%"),
    ],
)
def test_percent(share: float | None, text: str) -> None:
    assert wording.percent(share) == text


def test_numbers_have_separators_and_few_digits() -> None:
    assert wording.number(1234567) == "1,234,567"
    assert wording.decimal(7.58) == "7.6"
    assert wording.decimal(1234.5) == "1,234"
    assert wording.plural(1, "play") == "1 play"
    assert wording.plural(1200, "play") == "1,200 plays"


def test_days_and_moments_say_their_zone() -> None:
    moment = dt.datetime(2018, 11, 5, 18, 3)
    assert wording.day(moment.date()) == "5 Nov 2018"
    assert wording.weekday_and_day(moment.date()) == "Monday, 5 Nov 2018"
    assert wording.minute(moment) == "5 Nov 2018, 18:03 UTC"
    assert wording.text("") == wording.text(None) == wording.MISSING
