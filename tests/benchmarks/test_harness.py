"""The harness works at a tiny size, in this environment instead of one per peer."""

from __future__ import annotations

import ctypes
import json
import mmap
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import duckdb
import pytest

from benchmarks import __main__ as command
from benchmarks import contestants, experiments, loads, s3, touched_memory
from benchmarks.charts import bars, lines
from benchmarks.contestants import CONTESTANTS, chosen
from benchmarks.environments import Environment
from benchmarks.measure import CommandFailed, Cost, paired_ratio, run, summarise
from benchmarks.sizes import SIZES, Size, next_day, prepare

TINY = Size("XS", 300, 20, days=2)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache folder; every environment is the one that the tests run in."""
    monkeypatch.setattr(Environment, "python", lambda _self, _cache: Path(sys.executable))
    monkeypatch.setitem(SIZES, "XS", TINY)
    return tmp_path / "cache"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_library_makes_the_star_of_the_yardstick(here: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    arguments = ["--size", "XS", "--only", "sparkify", "--runs", "2"]
    assert command.main([*arguments, "--cache", str(here), "--results", str(results)]) == 0
    result = json.loads((results / "loads-XS.json").read_text())
    assert [entry["name"] for entry in result["contestants"]] == [
        "hand_tuned",
        "sparkify",
        "sparkify_keep",
    ]
    assert all(entry["runs"] == 2 for entry in result["contestants"])
    assert result["contestants"][0]["ratio"] == 1
    assert result["rows"]["songs"] == 20
    assert result["rows"]["songplays"] == result["data"]["plays"]
    assert "hand-tuned" in (results / "results.md").read_text()
    assert (results / "loads-XS.svg").read_text().startswith("<svg")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_another_star_is_found(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = contestants.digest

    def wrong(warehouse: Path, cache: Path) -> dict[str, Any]:
        found = real(warehouse, cache)
        if warehouse.name == "sparkify.duckdb":
            found["users"][1] = "another"
        return found

    monkeypatch.setattr(contestants, "digest", wrong)
    with pytest.raises(loads.DifferentStars, match="users"):
        loads.measure_loads(TINY, chosen("sparkify"), here, runs=1)


def test_a_contestant_that_is_too_slow_is_left_out(here: Path) -> None:
    hand_tuned = CONTESTANTS["hand_tuned"]
    slow = contestants.Contestant("slow", "slow", hand_tuned.environment, largest=299)
    result = loads.measure_loads(TINY, [hand_tuned, slow], here, runs=1)
    assert result["contestants"][1]["left_out"] == "too slow for this size"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_one_more_day_and_nothing_to_do(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiments, "KNOWN_FILES", (40,))
    bench = experiments.Bench(here, 1, (TINY,))
    grown = experiments.growth(bench)
    assert [row["plays"] > 0 for row in grown["rows"]] == [False, True]
    before = grown["rows"][1]["plays"]
    assert (grown["rows"][1]["times"], grown["compared_with"]) == (1.0, before)
    (of_the_day,) = here.glob("data/22000e-*-1d-*/summary.json")
    new = json.loads(of_the_day.read_text())["plays"]
    with duckdb.connect(bench.warehouse) as warehouse:
        assert warehouse.sql("SELECT count(*) FROM songplays").fetchone() == (before + new,)
    (day,) = experiments.one_day(bench)["rows"]
    assert day["of_full"] == pytest.approx(day["day"]["wall"] / day["full"]["wall"], abs=0.001)
    known = experiments.no_op(bench)
    assert known["rows"][0]["files"] == 40


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_objects_come_from_s3_as_it_is_and_delayed(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "OBJECTS", (20,))
    monkeypatch.setattr(s3, "DELAYS", (0.0, 1.5))
    monkeypatch.setattr(s3, "FEW_EVENTS", 300)
    result = s3.tiny_objects(experiments.Bench(here, 1, (TINY,)))
    as_it_is, delayed = result["rows"]
    assert (as_it_is["delay_ms"], delayed["delay_ms"]) == (0, 1500)
    # A listing and an object, at least, one after the other: so much it takes on every machine, and
    # a load of twenty songs without the delays takes a fraction of it.
    assert delayed["wall"] > 2 * 1.5


@pytest.mark.timeout(600)
def test_the_generator_is_measured_with_its_song_files_and_without(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []

    def counted(command: list[str | Path], **options: Any) -> Cost:
        cost = run(command, **options)
        written.append(len([*Path(command[3], "song_data").rglob("*.json")]))
        return cost

    monkeypatch.setattr(experiments, "run", counted)
    monkeypatch.setattr(touched_memory, "_SPARE_SHARE", 0.99)
    rows = experiments.generator(experiments.Bench(here, 2, (TINY,)))["rows"]
    assert written == [20, 1, 20, 1]
    assert [row["song_files"] for row in rows] == [20, 1]
    assert [row["events_per_second"] for row in rows] == [
        pytest.approx(TINY.events / row["wall"], rel=0.01) for row in rows
    ]
    assert not [*here.glob("data/*")]


def test_touched_memory_holds_pages_of_a_file_and_gives_them_back(tmp_path: Path) -> None:
    kind = subprocess.run(["stat", "-f", "-c", "%T", tmp_path], capture_output=True, check=False)
    if kind.stdout.strip() == b"tmpfs":
        pytest.skip("a file system in memory has no pages for a hole")
    pages = 4_096
    size = pages * mmap.PAGESIZE
    with touched_memory.touched_memory(tmp_path, size=size) as path:
        assert path.stat().st_blocks == 0  # nothing of it is on the disk
        with path.open("r+b") as file, mmap.mmap(file.fileno(), size) as memory:
            held = (ctypes.c_ubyte * pages)()
            place = ctypes.byref((ctypes.c_char * size).from_buffer(memory))
            assert ctypes.CDLL(None).mincore(place, ctypes.c_size_t(size), held) == 0
            del place
        assert sum(page & 1 for page in held) > pages / 2  # all, unless somebody needs memory
    assert [*tmp_path.iterdir()] == []


def test_the_next_day_follows_the_last(here: Path) -> None:
    size = Size("XS", 300, 20, days=3)
    assert str(next_day(size, prepare(size, here)).start) == "2018-11-04"


def test_a_sample_is_generated_once(here: Path) -> None:
    first = prepare(TINY, here)
    stamp = (first.folder.parent / "summary.json").stat().st_mtime_ns
    assert prepare(TINY, here) == first
    assert (first.folder.parent / "summary.json").stat().st_mtime_ns == stamp


def test_a_run_is_measured() -> None:
    busy = run([sys.executable, "-c", "x = bytearray(50_000_000); sum(range(3_000_000))"])
    assert busy.cpu > 0
    assert busy.wall > 0
    assert busy.peak_mb > 50
    with pytest.raises(CommandFailed, match="oh no"):
        run([sys.executable, "-c", "raise SystemExit('oh no')"])


def test_the_peak_is_that_of_the_command_whatever_this_process_holds() -> None:
    held = bytearray(b"x" * 300_000_000)
    assert run([sys.executable, "-c", "pass"]).peak_mb < len(held) / 1e6 / 3


def test_ratios_are_those_of_pairs() -> None:
    slow_machine = [Cost(2, 1, 1), Cost(20, 1, 1), Cost(4, 1, 1)]
    yardstick = [Cost(1, 1, 1), Cost(10, 1, 1), Cost(2, 1, 1)]
    assert paired_ratio(slow_machine, yardstick) == 2
    assert summarise(slow_machine).wall == 4


def test_charts_are_well_formed() -> None:
    ET.fromstring(bars("a < b", [("sparkify_dwh", 1.2), ("dlt & co", 80)]))  # noqa: S314
    ET.fromstring(lines("growth", [(0, 1), (2e6, 1.5)]))  # noqa: S314


def test_names_of_points_do_not_lie_on_each_other() -> None:
    chart = lines("growth", [(0, 1.51), (1e5, 1.57), (1e7, 1.74), (5e7, 1.71)])
    assert chart.count("<circle") == 4
    assert ["1.51 s" in chart, "1.57 s" in chart, "1.74 s" in chart, "1.71 s" in chart] == [
        *(True, False, True, True)
    ]


@pytest.mark.parametrize("arguments", [["--size", "Q"], ["nonsense"], ["--runs", "0"]])
def test_wrong_arguments_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        command.main(arguments)
    assert stop.value.code == 2
