"""What another process has begun for a load changes how long it takes, and nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from sparkify_dwh import helper_process
from sparkify_dwh.sources.local_folder import list_folder
from sparkify_dwh.staging import head_start as module
from sparkify_dwh.staging.head_start import HeadStart
from sparkify_dwh.staging.lines import OddFiles, odd_files
from sparkify_dwh.staging.tiny import TINY_BYTES
from tests.conftest import ROOT
from tests.load.records import play, song
from tests.load.warehouse import DuckDBWarehouse, json_lines

#: A record that a scan cannot tell from a good one, and one that is no record.
BEFORE_BRACE, NO_RECORD = b'{"a":1,}\n', b"nothing\n"
LARGE = b'{"a":"b"}\n' * (TINY_BYTES // 10 + 1)
NOBODY_STOPS = threading.Event()


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Folders of log and song files, on a machine with two cores."""
    monkeypatch.setattr(module, "is_worthwhile", lambda: True)
    log, songs = tmp_path / "logs in [2018]", tmp_path / "songs"
    for name, content in {
        "usual.json": LARGE,
        "comma.json": LARGE + BEFORE_BRACE,
        "other.json": LARGE + NO_RECORD,
        "packed.json.gz": LARGE + NO_RECORD,
        "tiny.json": NO_RECORD,
        "notes.txt": NO_RECORD,
    }.items():
        path = log / "2018" / "11" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (songs / "ünï\udcff").mkdir(parents=True)
    (songs / "ünï\udcff" / "TR 1.json").write_text("{}")
    (songs / "link").symlink_to(log)
    return str(log), str(songs)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files whose lines this process has looked at."""
    names: list[str] = []

    def spy(paths: Iterable[str], stop: threading.Event) -> OddFiles:
        paths = list(paths)
        names.extend(Path(path).name for path in paths)
        return odd_files(paths, stop)

    monkeypatch.setattr(module, "odd_files", spy)
    return names


Begin = Callable[..., HeadStart]


@pytest.fixture
def begin(folders: tuple[str, str], tmp_path: Path) -> Iterator[Begin]:
    """Begins with the folders, or with what is given in their place."""
    with HeadStart() as head_start:

        def begin(
            log_data: str | None = folders[0],
            song_data: str | None = folders[1],
            database_url: str | None = f"duckdb:///{tmp_path / 'sparkify.duckdb'}?threads=2",
            *,
            rebuild: bool = False,
        ) -> HeadStart:
            head_start.begin(
                database_url=database_url, log_data=log_data, song_data=song_data, rebuild=rebuild
            )
            return head_start

        yield begin


def paths_of(folder: str) -> list[str]:
    return [str(file.path) for file in list_folder(folder).files]


def test_listings_are_those_that_this_process_would_make(
    begin: Begin, folders: tuple[str, str]
) -> None:
    head_start = begin()
    for folder in folders:
        listing = head_start.listing(folder)
        assert listing == list_folder(folder)
        assert listing.files
        assert head_start.listing(folder) is None, "a listing is of one moment, and given once"


def test_lines_are_looked_at_ahead(
    begin: Begin, folders: tuple[str, str], asked: list[str]
) -> None:
    head_start = begin()
    head_start.listing(folders[0])
    paths = paths_of(folders[0])
    odd = head_start.odd_files(paths, NOBODY_STOPS)
    assert odd == odd_files(paths, NOBODY_STOPS)
    assert {Path(path).name for path in odd.unseen} == {"comma.json"}
    assert {Path(path).name for path in odd.doubtful} >= {"other.json", "tiny.json"}
    assert sorted(asked) == ["packed.json.gz", "tiny.json"]


def test_only_files_that_are_asked_for_are_odd(begin: Begin, folders: tuple[str, str]) -> None:
    head_start = begin()
    head_start.listing(folders[0])
    usual = [path for path in paths_of(folders[0]) if path.endswith("usual.json")]
    assert head_start.odd_files(usual, NOBODY_STOPS) == OddFiles()


def test_nothing_is_believed_of_files_that_were_listed_later(
    begin: Begin, folders: tuple[str, str], asked: list[str]
) -> None:
    take_long(folders[0], 200)
    head_start = begin()
    head_start.listing(folders[1])
    assert head_start.listing(folders[0] + "/") is None
    usual = Path(folders[0], "2018/11/usual.json")
    usual.write_bytes(LARGE + NO_RECORD)
    assert head_start.odd_files([str(usual)], NOBODY_STOPS).doubtful == {str(usual)}
    assert asked == ["usual.json"]
    assert head_start._process is not None
    assert head_start._process.wait() == -signal.SIGKILL


@pytest.mark.parametrize("share", [0, 1 / 40, 1 / 20])
def test_lines_are_looked_at_where_most_files_are_likely_to_be_new(
    begin: Begin, folders: tuple[str, str], asked: list[str], tmp_path: Path, share: float
) -> None:
    size = sum(file.size for file in list_folder(folders[0]).files)
    (tmp_path / "sparkify.duckdb").write_bytes(bytes(int(share * size)))
    head_start = begin()
    head_start.listing(folders[0])
    head_start.odd_files(paths_of(folders[0]), NOBODY_STOPS)
    assert ("usual.json" in asked) is (share > module._SHARE_OF_LOADED)


def test_lines_are_looked_at_for_a_rebuild(
    begin: Begin, folders: tuple[str, str], asked: list[str], tmp_path: Path
) -> None:
    (tmp_path / "sparkify.duckdb").write_bytes(LARGE)
    head_start = begin(rebuild=True)
    head_start.listing(folders[0])
    head_start.odd_files(paths_of(folders[0]), NOBODY_STOPS)
    assert "usual.json" not in asked


@pytest.mark.parametrize(
    "arguments",
    [
        {"log_data": "s3://bucket/log_data/"},
        {"song_data": "s3://bucket/song_data/"},
        {"database_url": "redshift+psycopg2://user@host:5439/dev"},
        {"log_data": None},
        {"song_data": ""},
        {"database_url": None},
    ],
)
def test_nothing_is_begun_where_nothing_can_be_won(
    begin: Begin, folders: tuple[str, str], arguments: dict[str, str | None]
) -> None:
    head_start = begin(**arguments)
    assert head_start._process is None
    assert head_start.listing(folders[0]) is None
    first = begin()._process
    assert first is not None, "what is known by now"
    assert begin(log_data="elsewhere")._process is first


def test_nothing_is_begun_without_a_second_core(
    begin: Begin, folders: tuple[str, str], asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "is_worthwhile", lambda: False)
    head_start = begin()
    assert head_start._process is None
    assert head_start.listing(folders[0]) is None
    head_start.stop()
    assert len(head_start.odd_files(paths_of(folders[0]), NOBODY_STOPS).doubtful) > 1
    assert len(asked) == 5


#: What the process says where it has listed nothing.
NOTHING = "printf '\\0\\0\\0\\0\\0\\0\\0\\002{0'"


@pytest.mark.parametrize(
    "script",
    [
        "exit 1",
        "exit 0",
        "printf half",
        "printf '\\0\\0\\0\\0\\0\\0\\0\\144['",
        NOTHING + "; exit 1",
        None,
    ],
)
def test_process_that_fails_is_not_missed(
    begin: Begin,
    folders: tuple[str, str],
    asked: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str | None,
) -> None:
    python = tmp_path / "python"
    if script is not None:
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o700)
    monkeypatch.setattr(helper_process.sys, "executable", str(python))
    head_start = begin()
    assert head_start.listing(folders[0]) is None
    assert head_start.listing(folders[1]) is None
    paths = paths_of(folders[0])
    assert head_start.odd_files(paths, NOBODY_STOPS) == odd_files(paths, NOBODY_STOPS)
    assert len(asked) == len(paths)


def test_folder_that_cannot_be_listed_is_left_to_who_asks(begin: Begin, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    head_start = begin(log_data=gone)
    assert head_start.listing(gone) is None
    assert head_start.answer() is None


def take_long(folder: str, files: int) -> None:
    """Put files into the folder that come first, each with a million lines."""
    first = Path(folder, "2018/11/a000.json")
    first.write_bytes(b'{"a":"b"}\n' * 1_000_000)
    for number in range(1, files):
        first.with_name(f"a{number:03d}.json").hardlink_to(first)


def test_file_that_cannot_be_read_is_left_to_who_asks(
    begin: Begin, folders: tuple[str, str], asked: list[str]
) -> None:
    take_long(folders[0], 5)
    usual = Path(folders[0], "2018/11/usual.json")
    head_start = begin()
    assert head_start.listing(folders[0]) is not None
    usual.unlink()
    comma = str(usual.with_name("comma.json"))
    assert head_start.odd_files([comma], NOBODY_STOPS).unseen == {comma}
    assert asked == ["comma.json"]
    assert head_start._process is not None
    assert head_start._process.returncode == 1


def test_lines_are_looked_at_here_if_the_process_was_stopped(
    begin: Begin, folders: tuple[str, str], asked: list[str]
) -> None:
    take_long(folders[0], 200)
    head_start = begin()
    assert head_start.listing(folders[0]) is not None
    head_start.stop()
    comma = str(Path(folders[0], "2018/11/comma.json"))
    assert head_start.odd_files([comma], NOBODY_STOPS).unseen == {comma}
    assert asked == ["comma.json"]
    assert head_start._process is not None
    assert head_start._process.returncode == -signal.SIGKILL


def test_nobody_waits_for_lines_once_the_scan_has_failed(
    begin: Begin, folders: tuple[str, str], asked: list[str]
) -> None:
    take_long(folders[0], 200)
    head_start = begin()
    assert head_start.listing(folders[0]) is not None
    stop = threading.Event()
    timer = threading.Timer(0.2, stop.set)
    timer.start()
    comma = str(Path(folders[0], "2018/11/comma.json"))
    assert head_start.odd_files([comma], stop) == OddFiles(), "nobody asks any more"
    timer.join()
    assert head_start._process is not None
    assert head_start._process.returncode == -signal.SIGKILL


def is_alive(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc")
def test_process_ends_soon_when_the_load_was_killed(
    folders: tuple[str, str], tmp_path: Path
) -> None:
    take_long(folders[0], 200)
    code = (
        "import os, signal, sys; from sparkify_dwh.staging import head_start as module; "
        "module.is_worthwhile = lambda: True; head_start = module.HeadStart(); log, songs = "
        "sys.argv[1:]; head_start.begin(database_url='duckdb:///none', log_data=log, "
        "song_data=songs, rebuild=False); assert head_start.listing(log); "
        "print(head_start._process.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code, *folders],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    pid = int(killed.stdout)
    for _ in range(100):
        if not is_alive(pid):
            return
        time.sleep(0.1)
    pytest.fail("it goes on, though nobody waits for it")


def load(warehouse: DuckDBWarehouse, *flags: str) -> subprocess.CompletedProcess[str]:
    """Load as somebody does at a prompt."""
    places = [
        *("--database-url", warehouse.url),
        *("--log-data", warehouse.place("log")),
        *("--song-data", warehouse.place("song")),
    ]
    return subprocess.run(
        [sys.executable, "-m", "sparkify_dwh.load", *places, *flags, "--json"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["a.json", "b.json"])
def test_process_is_stopped_where_a_file_is_known(
    duckdb_warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    stopped: list[bool] = []
    monkeypatch.setattr(HeadStart, "stop", lambda self: stopped.append(self is not None))
    duckdb_warehouse.put("song", "a.json", [song()])
    duckdb_warehouse.put("log", "a.json", [play()])
    assert duckdb_warehouse.load().files == {"log": 1, "song": 1}
    assert stopped == []
    duckdb_warehouse.put("log", name, [play(ts=1541106106796)])
    duckdb_warehouse.put("song", "a.json", [song(year=0)])
    assert duckdb_warehouse.load().files == {"log": 1, "song": 1}
    assert len(stopped) == (name == "b.json")


@pytest.mark.parametrize("staging", ["--keep-staging", "--no-keep-staging"])
def test_command_judges_lines_as_a_notebook_does(
    duckdb_warehouse: DuckDBWarehouse, staging: str
) -> None:
    good = json_lines(play(ts=1541106106796 + number) for number in range(1_000))
    bad = json_lines([play(ts=1541106106795)]).replace(b"}\n", b",}\n")
    assert len(good) > TINY_BYTES
    duckdb_warehouse.put("song", "a.json", [song()])
    duckdb_warehouse.put("log", "a.json", good)
    duckdb_warehouse.put("log", "b.json", good + bad)
    done = load(duckdb_warehouse, staging)
    assert done.returncode == 1
    assert "b.json, line 1001" in done.stderr
    duckdb_warehouse.put("log", "b.json", good)
    done = load(duckdb_warehouse, staging)
    assert json.loads(done.stdout)["inserted"]["songplays"] == 1_000
    duckdb_warehouse.put("log", "c.json", good + bad)
    done = load(duckdb_warehouse, staging)
    assert done.returncode == 1
    assert "c.json, line 1001" in done.stderr
