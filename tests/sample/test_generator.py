"""The generator writes exactly what it is asked for, the same each time, in constant memory."""

import gzip
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import sparkify_dwh.sample
from sparkify_dwh.sample import generate

ROOT = Path(sparkify_dwh.sample.__file__).parents[2]


def run_python(code: str, *arguments: str, hash_seed: str = "0") -> str:
    """Run Python code in a process of its own, and return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def count_lines(folder: Path) -> int:
    """Return the number of lines in all files below a folder."""
    return sum(data.count(b"\n") for data in contents(folder).values())


@pytest.mark.parametrize("compress", [False, True])
def test_the_bytes_do_not_depend_on_the_hash_seed(tmp_path: Path, compress: bool) -> None:
    code = (
        "import sys; from sparkify_dwh.sample import generate;"
        "generate(sys.argv[1], events=5_000, songs=60, seed=11, compress=bool(int(sys.argv[2])))"
    )
    for hash_seed in ("0", "1", "4242"):
        flag = str(int(compress))
        run_python(code, str(tmp_path / hash_seed), flag, hash_seed=hash_seed)
    first = contents(tmp_path / "0")
    assert first == contents(tmp_path / "1") == contents(tmp_path / "4242")
    assert len(first) == 30 + 60 + 1


def test_another_seed_gives_another_sample(tmp_path: Path) -> None:
    for seed in (1, 2):
        generate(tmp_path / str(seed), events=500, songs=20, seed=seed)
    one, other = contents(tmp_path / "1"), contents(tmp_path / "2")
    same = {name for name in one if one[name] == other.get(name)}
    assert same == {"log_json_path.json"}


@pytest.mark.parametrize(
    ("events", "songs", "days", "users"),
    [
        (1, 1, None, None),
        (7, 3, None, None),
        (999, 1, 1, None),
        (1_000, 10, 1, 17),
        (5_000, 101, 3, 40),
        (3_000, 2, 365, 5),
        (20_000, 50, 2, None),
    ],
)
def test_events_and_songs_are_as_many_as_asked(
    tmp_path: Path, events: int, songs: int, days: int | None, users: int | None
) -> None:
    summary = generate(tmp_path, events=events, songs=songs, days=days, users=users)
    assert summary.events == count_lines(tmp_path / "log_data") == events
    assert summary.songs == count_lines(tmp_path / "song_data") == songs
    assert users is None or summary.users <= users


@pytest.mark.parametrize("seed", range(8))
def test_no_event_lies_outside_of_the_period(tmp_path: Path, seed: int) -> None:
    start = date(2024, 2, 28)
    generate(tmp_path, events=900, songs=5, seed=seed, start=start, days=3)
    names = [path.name[:10] for path in sorted((tmp_path / "log_data").rglob("*.json"))]
    assert names == ["2024-02-28", "2024-02-29", "2024-03-01"]
    assert count_lines(tmp_path / "log_data") == 900


def test_the_summary_counts_what_is_there(read_back: Any) -> None:
    summary, events, songs = read_back.summary, read_back.events, read_back.songs
    assert summary.events == len(events) == 24_000
    assert summary.plays == sum(event["page"] == "NextSong" for event in events)
    assert summary.sessions == len({event["sessionId"] for event in events})
    assert summary.users == len({event["userId"] for event in events} - {""})
    assert summary.songs == len(songs) == 400
    assert summary.artists == len({song["artist_id"] for song in songs})
    assert summary.log_files == len(read_back.log_lines)
    assert summary.song_files == len(read_back.song_lines)
    assert summary.files == summary.log_files + summary.song_files
    data = contents(read_back.folder)
    assert summary.bytes == sum(map(len, data.values())) - len(data["log_json_path.json"])


@pytest.mark.parametrize("seed", range(6))
def test_the_summary_counts_right_where_the_last_sessions_are_cut(
    tmp_path: Path, seed: int
) -> None:
    summary = generate(tmp_path, events=150, songs=5, seed=seed, days=1)
    (path,) = (tmp_path / "log_data").rglob("*.json")
    events = [json.loads(line) for line in path.read_text().splitlines()]
    assert summary.plays == sum(event["page"] == "NextSong" for event in events)
    assert summary.sessions == len({event["sessionId"] for event in events})
    assert summary.users == len({event["userId"] for event in events} - {""})


def test_compressed_files_hold_the_same_records(tmp_path: Path) -> None:
    plain = generate(tmp_path / "plain", events=800, songs=30, songs_per_file=8)
    packed = generate(tmp_path / "gz", events=800, songs=30, songs_per_file=8, compress=True)
    expected, unpacked = contents(tmp_path / "plain"), {}
    for name, data in contents(tmp_path / "gz").items():
        is_data = name.endswith(".json.gz")
        unpacked[name.removesuffix(".gz")] = gzip.decompress(data) if is_data else data
    assert unpacked == expected
    assert packed.files == plain.files
    assert packed.bytes < plain.bytes / 3


def test_a_compressed_file_names_no_time_and_no_machine(tmp_path: Path) -> None:
    generate(tmp_path, events=50, songs=2, compress=True)
    for path in tmp_path.rglob("*.gz"):
        assert path.read_bytes()[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def test_a_folder_that_holds_something_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="not empty"):
        generate(tmp_path, events=10, songs=1)
    assert contents(tmp_path) == {"mine.txt": b"mine"}


def test_force_replaces_the_feeds_and_nothing_else(tmp_path: Path) -> None:
    generate(tmp_path / "new", events=40, songs=4, seed=2)
    generate(tmp_path / "old", events=500, songs=40, seed=1)
    (tmp_path / "old" / "mine.txt").write_text("mine")
    generate(tmp_path / "old", events=40, songs=4, seed=2, force=True)
    assert contents(tmp_path / "old") == {**contents(tmp_path / "new"), "mine.txt": b"mine"}


def test_force_does_not_follow_a_link(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "data.json").write_text("{}")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "log_data").symlink_to(tmp_path / "precious")
    with pytest.raises(NotADirectoryError):
        generate(tmp_path / "out", events=10, songs=1, force=True)
    assert (tmp_path / "precious" / "data.json").read_text() == "{}"


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        generate(tmp_path / "file", events=10, songs=1, force=True)


@pytest.mark.parametrize(
    "arguments",
    [
        {"events": 0},
        {"songs": 0},
        {"songs_per_file": 0},
        {"days": 0},
        {"users": 0},
        {"seed": -1},
        {"unknown_share": 1.01},
        {"unknown_share": float("nan")},
        {"start": date(1969, 12, 31)},
        {"start": date(2099, 12, 25)},
        {"events": 10_000, "users": 1},
    ],
)
def test_arguments_that_make_no_sample_are_refused(
    tmp_path: Path, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"has to be|have to lie|too few"):
        generate(tmp_path / "out", **arguments)
    assert not (tmp_path / "out").exists()


def test_progress_is_told_after_each_day(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    generate(
        tmp_path,
        events=900,
        songs=5,
        days=9,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert steps == sorted(steps)
    assert steps[-1] == (900, 900)
    assert len(steps) == 9


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_days(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    code = (
        "import resource, sys; from sparkify_dwh.sample import generate;"
        "days = int(sys.argv[2]);"
        "generate(sys.argv[1], events=8_000 * days, songs=100, days=days, users=1_000);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    short = int(run_python(code, str(tmp_path / "short"), "12"))
    long = int(run_python(code, str(tmp_path / "long"), "72"))
    assert long < 1.1 * short
