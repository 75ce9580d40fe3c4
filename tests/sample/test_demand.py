"""Demand has seasons and a trend that a report can show and a forecast can find."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from statistics import mean
from typing import Any

from sparkify_dwh.sample.demand import Clock, demand_by_day
from sparkify_dwh.sample.spec import SampleSpec

Record = dict[str, Any]


def start_of(event: Record) -> datetime:
    """Return the time of an event, in UTC."""
    return datetime.fromtimestamp(event["ts"] / 1000, UTC)


def plays_by_day(plays: list[Record]) -> dict[date, int]:
    """Return the number of plays of each day."""
    return Counter(start_of(play).date() for play in plays)


def test_weekdays_have_more_plays_than_weekends(plays: list[Record]) -> None:
    by_weekday = defaultdict(list)
    for day, count in plays_by_day(plays).items():
        by_weekday[day.weekday()].append(count)
    weekend = mean(by_weekday[5] + by_weekday[6])
    assert all(mean(by_weekday[weekday]) > 1.3 * weekend for weekday in range(5))


def test_plays_grow_over_the_weeks(plays: list[Record]) -> None:
    counts = [count for _, count in sorted(plays_by_day(plays).items())]
    weeks = [sum(counts[first : first + 7]) for first in range(0, 35, 7)]
    assert weeks[-1] > 1.3 * weeks[0]


def test_afternoons_in_utc_are_busier_than_the_small_hours(plays: list[Record]) -> None:
    hours = Counter(start_of(play).hour for play in plays)
    assert sum(hours[hour] for hour in range(14, 20)) > 2 * sum(hours[hour] for hour in range(6))


def test_many_listeners_come_back_week_after_week_and_new_ones_join(
    plays: list[Record],
) -> None:
    weeks = defaultdict(set)
    for play in plays:
        weeks[(play["ts"] - plays[0]["ts"]) // (7 * 86_400_000)].add(play["userId"])
    assert len(weeks[0] & weeks[4]) > 0.3 * len(weeks[0])
    assert len(weeks[4] - weeks[0]) > 20
    assert weeks[0] - set().union(*(weeks[week] for week in range(1, 6)))


def test_few_listeners_make_many_plays(plays: list[Record]) -> None:
    counts = [count for _, count in Counter(play["userId"] for play in plays).most_common()]
    assert sum(counts[: len(counts) // 5]) > 0.4 * sum(counts)


def test_the_days_add_up_to_all_events() -> None:
    due = demand_by_day(SampleSpec(events=1_234, days=11))
    assert len(due) == 11
    assert due == sorted(due)
    assert due[-1] == 1_234


def test_the_clock_runs_forwards_from_the_first_day_to_the_last() -> None:
    clock = Clock(SampleSpec(events=1_000, days=3))
    times = [clock.read(position) for position in (0, 0.5, 100, 100, 400, 999.99, 1_000)]
    assert times == sorted(times)
    assert times[0] == (0, 0)
    assert times[-1][0] == 2
    assert times[-1][1] < 86_400_000


def test_the_clock_does_not_run_backwards() -> None:
    clock = Clock(SampleSpec(events=1_000, days=3))
    latest = clock.read(900)
    assert clock.read(10) == clock.read(899) == latest
