"""Promise 1, with what goes with it: the star is a function of the accepted records.

Each property draws records with another emphasis, and several schedules by which to offer them:
cut into files in any way, in any order, over several loads, some more than once. The star of each
schedule is that of a plain-Python model, and that of a single load of the same records.

SPARKIFY_PROPERTY_EXAMPLES is the number of schedules of all properties together, for each engine.
A schedule that fails is written to `regressions/`, where test_known_schedules.py finds it.
"""

from __future__ import annotations

import math
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.load.warehouse import Warehouse
from tests.semantics.running import hold
from tests.semantics.schedules import Schedule
from tests.semantics.strategies import WAYS, events, schedules, songs
from tests.semantics.test_known_schedules import KEPT

EXAMPLES = int(os.environ.get("SPARKIFY_PROPERTY_EXAMPLES", "300"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(max(600, 4 * EXAMPLES)),
    pytest.mark.usefixtures("one_engine"),
]


def part_of_examples(share: float) -> settings:
    return settings(
        max_examples=math.ceil(EXAMPLES * share / WAYS),
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=[*HealthCheck],
    )


def hold_or_keep(warehouse: Warehouse, ways: list[Schedule], name: str) -> None:
    """Hold the schedules, and keep one that fails."""
    running = None
    try:
        for running in hold(warehouse, ways):  # noqa: B007 - kept
            pass
    except Exception:
        # Hypothesis makes the schedules smaller as long as one fails; the last failure stays.
        if running is not None:
            running.write(KEPT / f"{name}.json", "Found by test_properties.py.")
        raise


def of_events(most: int, *, plays_only: bool = False) -> st.SearchStrategy[list]:
    return st.lists(events(plays_only=plays_only), max_size=most)


def of_songs(most: int) -> st.SearchStrategy[list]:
    return st.lists(songs(), max_size=most)


@given(ways=schedules(some_events=of_events(12), some_songs=of_songs(6)))
@part_of_examples(0.3)
def test_star_depends_on_the_accepted_records_alone(
    emptied: Warehouse, ways: list[Schedule]
) -> None:
    hold_or_keep(emptied, ways, "accepted_records_alone")


@given(
    ways=schedules(
        some_events=of_events(6, plays_only=True), some_songs=of_songs(10), rewrites=False
    )
)
@part_of_examples(0.25)
def test_songs_that_arrive_late_or_contradict_each_other_fill_in_the_same_plays(
    emptied: Warehouse, ways: list[Schedule]
) -> None:
    hold_or_keep(emptied, ways, "late_songs")


@given(
    ways=schedules(
        some_events=of_events(16), some_songs=of_songs(1), loads=(2, 1, 3, 2, 4), rewrites=False
    )
)
@part_of_examples(0.2)
def test_late_events_overwrite_no_newer_user_and_no_better_play(
    emptied: Warehouse, ways: list[Schedule]
) -> None:
    hold_or_keep(emptied, ways, "late_events")


@given(ways=schedules(some_events=of_events(8), some_songs=of_songs(4), loads=(2, 1, 2, 3)))
@part_of_examples(0.25)
def test_a_file_that_is_published_again_adds_its_new_records_alone(
    emptied: Warehouse, ways: list[Schedule]
) -> None:
    hold_or_keep(emptied, ways, "published_again")
