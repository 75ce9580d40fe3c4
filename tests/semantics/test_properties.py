"""Promise 1, with what goes with it: the star is a function of the accepted records.

Each property draws records with another emphasis, and several schedules by which to offer them:
cut into files in any way, in any order, over several loads, some more than once. The star of each
schedule is that of a plain-Python model, and that of a single load of the same records.

SPARKIFY_PROPERTY_EXAMPLES is the number of schedules of all properties together, for each engine.
A schedule that fails is written to `regressions/`, where test_known_schedules.py finds it.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sparkify_dwh.engines import connect
from sparkify_dwh.settings import Settings
from tests.conftest import NewWarehouse
from tests.load.warehouse import Warehouse
from tests.semantics.running import hold
from tests.semantics.schedules import Schedule
from tests.semantics.strategies import WAYS, events, schedules, songs
from tests.semantics.test_known_schedules import KEPT

EXAMPLES = int(os.environ.get("SPARKIFY_PROPERTY_EXAMPLES", "300"))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(max(600, 4 * EXAMPLES))]


def part_of_examples(share: float) -> settings:
    return settings(
        max_examples=math.ceil(EXAMPLES * share / WAYS),
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=[*HealthCheck],
    )


@pytest.fixture(scope="module")
def warehouse(
    new_warehouse: NewWarehouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """One warehouse for all schedules, in memory where the system has that."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    if memory.is_dir():
        folder = memory / f"sparkify-properties-{os.getpid()}"
    else:
        folder = tmp_path_factory.mktemp("schedules")
    warehouse = new_warehouse(folder)
    yield warehouse
    warehouse.close()


@pytest.fixture(scope="module", autouse=True)
def _one_engine() -> Iterator[None]:
    """Let loads into one database share what SQLAlchemy learns of it and has compiled.

    That, and a DuckDB without threads, saves a third of the time of so small a load. Connections
    are as ever: none is kept.
    """
    open_once = functools.cache(lambda url: connect.open_engine(Settings.resolve(database_url=url)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connect._DUCKDB_CONFIG, "threads", "1")
        patch.setattr(
            "sparkify_dwh.load.run.open_engine",
            lambda settings: open_once(settings.database_url.get_secret_value()),
        )
        yield


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
    warehouse: Warehouse, ways: list[Schedule]
) -> None:
    hold_or_keep(warehouse, ways, "accepted_records_alone")


@given(
    ways=schedules(
        some_events=of_events(6, plays_only=True), some_songs=of_songs(10), rewrites=False
    )
)
@part_of_examples(0.25)
def test_songs_that_arrive_late_or_contradict_each_other_fill_in_the_same_plays(
    warehouse: Warehouse, ways: list[Schedule]
) -> None:
    hold_or_keep(warehouse, ways, "late_songs")


@given(
    ways=schedules(
        some_events=of_events(16), some_songs=of_songs(1), loads=(2, 1, 3, 2, 4), rewrites=False
    )
)
@part_of_examples(0.2)
def test_late_events_overwrite_no_newer_user_and_no_better_play(
    warehouse: Warehouse, ways: list[Schedule]
) -> None:
    hold_or_keep(warehouse, ways, "late_events")


@given(ways=schedules(some_events=of_events(8), some_songs=of_songs(4), loads=(2, 1, 2, 3)))
@part_of_examples(0.25)
def test_a_file_that_is_published_again_adds_its_new_records_alone(
    warehouse: Warehouse, ways: list[Schedule]
) -> None:
    hold_or_keep(warehouse, ways, "published_again")
