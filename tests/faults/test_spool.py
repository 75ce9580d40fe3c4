"""The spool of a dead load is swept; the spool of a living one, or of somebody else, is not."""

from __future__ import annotations

import errno
import gc
import itertools
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType

import pytest

from sparkify_dwh.errors import SpoolError
from sparkify_dwh.staging import spool, spool_folder
from sparkify_dwh.staging.spool_folder import PREFIX, SpoolFolder, sweep

from .children import Child, load_in
from .scene import MAX_ERRORS, Scene


def test_a_later_load_sweeps_the_spool_of_a_killed_one(scene: Scene, tmp_path: Path) -> None:
    warehouse = scene.copy()
    options = {"max_errors": MAX_ERRORS}
    killed = Child(tmp_path / "child", load_in, warehouse.options(), die_at=6, **options)
    assert killed.end().is_by_kill
    assert len(killed.spools) == 1
    again = Child(tmp_path / "child", load_in, warehouse.options(), **options)
    assert again.end().code == 0
    assert again.spools == []


def test_the_spool_of_a_load_that_runs_is_left_alone(scene: Scene, tmp_path: Path) -> None:
    options = {"max_errors": MAX_ERRORS}
    running = Child(
        tmp_path / "running",
        load_in,
        scene.copy().options(),
        # The last batch: while another one is scanned, this one may be made ready.
        pause_at="scan song files",
        **options,
    )
    running.wait_for("paused")
    (spool,) = running.spools
    content = sorted(spool.rglob("*"))
    assert content
    other = Child(
        tmp_path / "other",
        load_in,
        scene.copy().options(),
        environ={"TMPDIR": str(running.temporary)},
        **options,
    )
    assert other.end().code == 0
    assert sorted(spool.rglob("*")) == content
    running.tell("go on")
    assert running.end().code == 0
    assert running.spools == []


def test_a_sweep_takes_nothing_else(tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "coin").touch()
    root = tmp_path / "tmp"
    root.mkdir()
    (root / f"{PREFIX}link").symlink_to(treasure)
    (root / f"{PREFIX}file").touch()
    (root / "unrelated").mkdir()
    (root / f"{PREFIX}dead").mkdir()
    alive = SpoolFolder(root)
    sweep(root)
    assert {path.name for path in root.iterdir()} == {
        f"{PREFIX}link",
        f"{PREFIX}file",
        "unrelated",
        alive.path.name,
    }
    assert (treasure / "coin").exists()
    alive.remove()


def test_nobody_else_can_read_a_spool(tmp_path: Path) -> None:
    folder = SpoolFolder(tmp_path)
    assert folder.path.stat().st_mode & 0o777 == 0o700
    folder.remove()
    assert not folder.path.exists()


def test_a_spool_that_is_forgotten_goes_with_its_owner(tmp_path: Path) -> None:
    folder = SpoolFolder(tmp_path)
    del folder
    assert [*tmp_path.iterdir()] == []


def test_no_place_for_a_spool(tmp_path: Path) -> None:
    with pytest.raises(SpoolError, match="No such file or directory\nMake room there, or name"):
        SpoolFolder(tmp_path / "absent")


def test_an_error_of_the_disk_is_not_one_of_the_source(tmp_path: Path) -> None:
    no_space = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    expected = pytest.raises(SpoolError, match="cannot be written to: No space left")
    with spool.Spool(tmp_path) as room, expected, room.writing():
        raise no_space


def test_a_compressed_file_has_a_limit_that_does_not_grow_with_it(
    duckdb_warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is made small: nobody wants to wait for 16 GiB."""
    monkeypatch.setattr(spool, "MAX_PLAIN_BYTES", 1_000_000)
    monkeypatch.setattr(spool, "TINY_BYTES", 1000)
    from sparkify_dwh.errors import DataRejectedError
    from tests.load.records import play, song

    records = [play(ts=1_541_105_830_796 + number, itemInSession=number) for number in range(5000)]
    duckdb_warehouse.put_gzip("log", "bomb.json.gz", records)
    duckdb_warehouse.put("song", "one.json", [song()])
    with pytest.raises(DataRejectedError, match="gzip stream grows beyond 1000000 bytes"):
        duckdb_warehouse.load()


class Stopped(BaseException):
    """Comes from outside, between any two lines."""


def stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def folder_stopped_at_line(number: int) -> bool:
    """Make a spool's folder, told to stop before a line of what makes it; tell whether it was."""
    left = number

    def trace(frame: FrameType, event: str, _argument: object) -> object:
        nonlocal left
        if frame.f_code.co_filename not in {spool_folder.__file__, tempfile.__file__}:
            return None
        if event == "line":
            left -= 1
            if not left:
                signal.raise_signal(signal.SIGTERM)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        folder = SpoolFolder()
    except Stopped:
        return True
    finally:
        sys.settrace(before)
    folder.remove()
    return False


def test_whenever_it_is_stopped_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = signal.signal(signal.SIGTERM, stop)
    try:
        for number in itertools.count(1):
            monkeypatch.setattr(tempfile, "tempdir", None)  # to be found anew
            # One that was stopped while it held the lock must not keep the next one waiting.
            monkeypatch.setattr(tempfile, "_once_lock", threading.Lock())
            if not folder_stopped_at_line(number):
                break
            gc.collect()
            assert [*tmp_path.iterdir()] == [], number
    finally:
        signal.signal(signal.SIGTERM, before)
    assert number > 40
