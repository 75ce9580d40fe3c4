"""A disk that is full, or fails: one clear line, nothing changed; or a warning, all changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .children import Child, limited_command_in
from .scene import Scene
from .test_signals import arguments

KB = 1024


def assert_all_or_nothing(end, state: str, *, why: str = "") -> None:
    """Hold what the command says against what it did."""
    assert "Traceback" not in end.err
    assert end.code == (0 if state == "after" else 1), end.err
    if end.code:
        cause, *advice = end.err.splitlines()
        assert cause.startswith("error: ")
        assert why in cause
        assert len(advice) <= 1
        assert end.out == ""
    elif end.err:
        (warning,) = end.err.splitlines()
        assert warning.startswith(
            "warning: the load is committed, but stays in the write-ahead log: "
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    "step",
    [None, "scan log files", "songplays: find keys that were offered more than once", "commit"],
)
def test_no_file_may_grow_beyond_a_limit(
    step: str | None, scene: Scene, judge, converge, tmp_path: Path
) -> None:
    """From the beginning, while staging, while publishing, and at COMMIT itself.

    What the command says goes into a file too, for which 1 KB has to be enough.
    """
    size = scene.loaded.stat().st_size

    def load_within(limit: int) -> str:
        warehouse = scene.copy()
        child = Child(
            tmp_path / str(limit),
            limited_command_in,
            arguments(warehouse),
            file_bytes=limit,
            after_step=step,
        )
        end = child.end()
        state = judge(warehouse)
        assert_all_or_nothing(end, state)
        assert child.spools == []
        if limit == 40 * KB:
            converge(warehouse)
        return state

    limits = (1 * KB, 4 * KB, 40 * KB, size, size + 256 * KB, 99 * size)
    with ThreadPoolExecutor(2) as pool:
        assert {*pool.map(load_within, limits)} == {"before", "after"}


def test_a_checkpoint_that_fails_is_a_warning_and_loses_nothing(
    scene: Scene, judge, tmp_path: Path
) -> None:
    warehouse = scene.copy()
    size = warehouse.file.stat().st_size
    child = Child(
        tmp_path / "child",
        limited_command_in,
        arguments(warehouse),
        file_bytes=size,
        after_step="commit",
    )
    end = child.end()
    assert (end.code, end.err.count("\n")) == (0, 1)
    assert end.err.startswith("warning: the load is committed, but stays in the write-ahead log: ")
    assert "File too large" in end.err
    assert Path(f"{warehouse.file}.wal").stat().st_size
    assert judge(warehouse) == "after"
    assert warehouse.load(max_errors=1).status == "nothing_to_do"


def in_a_small_file_system(script: str, *, size: str, folder: Path) -> subprocess.CompletedProcess:
    """Run a shell script that finds a file system of its own at ./small, as long as it runs."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("there is no unshare(1) to mount a small file system with")
    (folder / "small").mkdir()
    mount = f"mount -t tmpfs -o size={size} tmpfs small"
    flags = ["--mount"] if os.geteuid() == 0 else ["--mount", "--map-root-user"]
    if subprocess.run([unshare, *flags, "sh", "-c", mount], cwd=folder, check=False).returncode:
        pytest.skip("this user may not mount a small file system")
    return subprocess.run(
        [unshare, *flags, "sh", "-c", f"{mount} && {script}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_disk_of_the_spool_is_full(scene: Scene, judge, converge, tmp_path: Path) -> None:
    warehouse = scene.copy()
    command = " ".join([sys.executable, "-m sparkify_dwh.load", *arguments(warehouse)])
    done = in_a_small_file_system(f"TMPDIR=$PWD/small {command}", size="4k", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    cause, advice = done.stderr.splitlines()
    assert cause.startswith(f"error: {tmp_path}/small")
    assert cause.endswith("No space left on device")
    assert advice == "Make room there, or name another folder in TMPDIR."
    assert judge(warehouse) == "before"
    converge(warehouse)


@pytest.mark.slow
def test_the_disk_of_the_warehouse_is_full(scene: Scene, judge, converge, tmp_path: Path) -> None:
    """From no room at all to a little, which is enough for the log but not for the checkpoint."""
    size = scene.loaded.stat().st_size
    states = []
    for room in (4 * KB, 64 * KB, 400 * KB, 16_000 * KB):
        warehouse = scene.copy()
        folder = tmp_path / str(room)
        folder.mkdir()
        options = arguments(warehouse)
        options[1] = f"duckdb:///{folder}/small/w.duckdb"
        command = " ".join([sys.executable, "-m sparkify_dwh.load", *options])
        done = in_a_small_file_system(
            f"cp {warehouse.file} small/w.duckdb; {command}; code=$?; "
            f"cp small/w.duckdb {warehouse.file}; "
            f"test -e small/w.duckdb.wal && cp small/w.duckdb.wal {warehouse.file}.wal; exit $code",
            size=str(size + room),
            folder=folder,
        )
        state = judge(warehouse)
        states.append(state)
        end = type("End", (), {"code": done.returncode, "out": done.stdout, "err": done.stderr})
        assert_all_or_nothing(end, state, why="No space left on device")
        if state == "before":
            converge(warehouse)
    assert states[0] == "before"
    assert states[-1] == "after"


@pytest.mark.slow
@pytest.mark.parametrize("when", ["1", "2", "3", "4", "2+"])
def test_fsync_fails(when: str, scene: Scene, judge, converge, tmp_path: Path) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("there is no strace(1) to make fsync fail with")
    probe = [strace, "-qq", "-o", "/dev/null", "-e", "inject=fsync:error=EIO:when=1", "true"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        pytest.skip("this user may not trace processes")
    warehouse = scene.copy()
    done = subprocess.run(
        [
            *(strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"),
            *("-e", f"inject=fsync,fdatasync:error=EIO:when={when}"),
            *(sys.executable, "-m", "sparkify_dwh.load", *arguments(warehouse)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    state = judge(warehouse)
    end = type("End", (), {"code": done.returncode, "out": done.stdout, "err": done.stderr})
    assert_all_or_nothing(end, state, why="fsync")
    converge(warehouse)
