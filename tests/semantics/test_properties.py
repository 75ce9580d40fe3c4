"""Promise 1, with what goes with it: the star is a function of the accepted records.

Each property draws its schedules with another emphasis. SPARKIFY_PROPERTY_EXAMPLES is the number
of schedules of all properties together.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import NewWarehouse
from tests.load.warehouse import State, Warehouse
from tests.semantics import reference_model
from tests.semantics.strategies import Schedule, events, schedules, songs

EXAMPLES = int(os.environ.get("SPARKIFY_PROPERTY_EXAMPLES", "120"))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(max(600, 2 * EXAMPLES))]

_numbers = itertools.count()


def part_of_examples(share: float) -> settings:
    return settings(
        max_examples=round(EXAMPLES * share),
        deadline=None,
        print_blob=True,
        suppress_health_check=[*HealthCheck],
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for the warehouses, in memory where the system has that."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    if not memory.is_dir():
        yield tmp_path_factory.mktemp("schedules")
        return
    folder = memory / f"sparkify-properties-{os.getpid()}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def run(warehouse: Warehouse, schedule: Schedule) -> None:
    """Load a schedule, and hold what comes of it against the model and the promises."""
    for feed in ("log", "song"):
        warehouse.put(feed, "no records.json", " \n")
    runs = 0
    for load, keep_staging in enumerate(schedule.keep_staging):
        for file, complete in schedule.before(load):
            warehouse.put(file.feed, file.name, file.content(complete=complete))
        result = warehouse.load(max_errors=schedule.bad_lines, keep_staging=keep_staging)
        runs += result.status == "loaded"
    expected = reference_model.star(schedule.records("log"), schedule.records("song"))
    assert warehouse.load().status == "nothing_to_do"
    state = warehouse.state()
    assert state.star == expected
    assert len(state.runs) == runs
    require_sums(state)
    if schedule.rebuild:
        warehouse.load(max_errors=schedule.bad_lines, rebuild=True, keep_staging=False)
        state = warehouse.state()
        assert state.star == expected
        assert [run["mode"] for run in state.runs] == ["rebuild"]
        require_sums(state)


def require_sums(state: State) -> None:
    """The accounts come out: by file, by run, and with the fact table."""
    for file in state.files:
        assert file["records_read"] == file["records_staged"] + file["records_rejected"]
        if file["feed"] == "log":
            assert file["records_staged"] == (
                file["plays_inserted"] + file["plays_duplicate"] + file["not_plays"]
            )
        else:
            assert (file["plays_inserted"], file["plays_duplicate"], file["not_plays"]) == (0, 0, 0)
    assert sum(file["plays_inserted"] for file in state.files) == len(state.star["songplays"])
    for run in state.runs:
        of_run = [file for file in state.files if file["run_id"] == run["run_id"]]
        for column in (
            "records_read",
            "records_staged",
            "records_rejected",
            "plays_inserted",
            "plays_duplicate",
        ):
            assert run[column] == sum(file[column] for file in of_run), column
    assert len(state.rejects) == sum(file["records_rejected"] for file in state.files)


def of_events(most: int, *, plays_only: bool = False) -> st.SearchStrategy[list]:
    return st.lists(events(plays_only=plays_only), max_size=most)


def of_songs(most: int) -> st.SearchStrategy[list]:
    return st.lists(songs(), max_size=most)


@given(schedule=schedules(some_events=of_events(12), some_songs=of_songs(6)))
@part_of_examples(0.3)
def test_star_depends_on_the_accepted_records_alone(
    new_warehouse: NewWarehouse, folder: Path, schedule: Schedule
) -> None:
    run(new_warehouse(folder / str(next(_numbers))), schedule)


@given(
    schedule=schedules(
        some_events=of_events(6, plays_only=True), some_songs=of_songs(10), rewrites=False
    )
)
@part_of_examples(0.25)
def test_songs_that_arrive_late_or_contradict_each_other_fill_in_the_same_plays(
    new_warehouse: NewWarehouse, folder: Path, schedule: Schedule
) -> None:
    run(new_warehouse(folder / str(next(_numbers))), schedule)


@given(
    schedule=schedules(
        some_events=of_events(16), some_songs=of_songs(1), most_loads=4, rewrites=False
    )
)
@part_of_examples(0.2)
def test_late_events_overwrite_no_newer_user_and_no_better_play(
    new_warehouse: NewWarehouse, folder: Path, schedule: Schedule
) -> None:
    run(new_warehouse(folder / str(next(_numbers))), schedule)


@given(schedule=schedules(some_events=of_events(8), some_songs=of_songs(4), most_loads=4))
@part_of_examples(0.25)
def test_a_file_that_is_published_again_adds_its_new_records_alone(
    new_warehouse: NewWarehouse, folder: Path, schedule: Schedule
) -> None:
    run(new_warehouse(folder / str(next(_numbers))), schedule)
