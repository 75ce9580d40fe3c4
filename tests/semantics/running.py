"""Runs schedules in a warehouse, and holds what comes of them against the promises."""

from __future__ import annotations

from collections.abc import Iterator

from tests.load.warehouse import Star, State, Warehouse
from tests.semantics import reference_model
from tests.semantics.schedules import Schedule


def hold(warehouse: Warehouse, schedules: list[Schedule]) -> Iterator[Schedule]:
    """Hold schedules of the same records against the model, and against a single load of them.

    Yields each schedule before it is run, the single load first.
    """
    records = {feed: schedules[0].records(feed) for feed in ("log", "song")}
    expected = reference_model.star(records["log"], records["song"])
    of_single_load: Star | None = None
    for schedule in (Schedule.of_single_load(records), *schedules):
        yield schedule
        warehouse.empty()
        star = run(warehouse, schedule)
        assert star == expected
        of_single_load = of_single_load or star
        assert star == of_single_load


def run(warehouse: Warehouse, schedule: Schedule) -> Star:
    """Load a schedule, and return its star."""
    for feed in ("log", "song"):
        warehouse.put(feed, "no records.json", " \n")
    loaded = 0
    offered: dict[tuple[str, str], bytes] = {}
    for load, keep_staging in enumerate(schedule.keep_staging):
        for file, complete in schedule.before(load):
            content, name = file.content(complete=complete), (file.feed, file.name)
            if offered.get(name) == content:
                warehouse.touch(*name)
            else:
                warehouse.put(*name, content)
            offered[name] = content
        result = warehouse.load(max_errors=schedule.bad_lines, keep_staging=keep_staging)
        loaded += result.status == "loaded"
    if schedule.repeat:
        assert warehouse.load().status == "nothing_to_do"
    state = warehouse.state()
    assert len(state.runs) == loaded
    require_sums(state)
    if schedule.rebuild:
        warehouse.load(max_errors=schedule.bad_lines, rebuild=True, keep_staging=False)
        star, state = state.star, warehouse.state()
        assert state.star == star
        assert [run["mode"] for run in state.runs] == ["rebuild"]
        require_sums(state)
    return state.star


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
