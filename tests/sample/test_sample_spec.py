"""The number of days and of listeners follows from the number of events."""

import pytest

from sparkify_dwh.sample import SampleSpec


@pytest.mark.parametrize(
    ("events", "days"),
    [
        (100, 30),
        (100_000, 30),
        (750_000, 30),
        (1_000_000, 42),
        (2_000_000, 90),
        (10_000_000, 365),
        (50_000_000, 730),
    ],
)
def test_a_large_sample_is_spread_over_more_days(events: int, days: int) -> None:
    assert SampleSpec(events=events).day_count == days


def test_a_day_holds_some_thirty_thousand_events_at_most_until_two_years_are_full() -> None:
    for events in range(250_000, 20_000_001, 250_000):
        assert events / SampleSpec(events=events).day_count < 28_000


def test_there_are_more_listeners_where_there_are_more_events_a_day() -> None:
    assert SampleSpec(events=6_000).user_count == 89
    assert SampleSpec(events=50_000_000).user_count == 25_000
    assert SampleSpec(events=10_000, days=1).user_count > SampleSpec(events=10_000).user_count


def test_the_usual_listeners_are_never_too_few() -> None:
    for events in (1, 59, 61, 1_000, 250_000, 3_000_000):
        for days in (1, 2, 30):
            assert SampleSpec(events=events, days=days).user_count >= 1
