"""The command, told to stop: one line, exit code 1, nothing changed, nothing left behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .children import Child, command_in, limited_command_in
from .scene import MAX_ERRORS, Scene

pytestmark = pytest.mark.slow


def arguments(warehouse) -> list[str]:
    return [
        *("--database-url", warehouse.url),
        *("--log-data", warehouse.place("log")),
        *("--song-data", warehouse.place("song")),
        *("--max-errors", str(MAX_ERRORS)),
    ]


def test_sigterm_at_random_instants_also_in_the_middle_of_a_query(
    scene: Scene, judge, converge, tmp_path: Path
) -> None:
    chance = random.Random(4)
    warehouse = scene.copy()
    for number in range(12):
        child = Child(tmp_path / str(number), limited_command_in, arguments(warehouse))
        while not child.spools and child._process.is_alive():
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.4))
        child.kill(signal.SIGTERM)
        end = child.end()
        assert child.spools == []
        if end.code == 0:
            assert judge(warehouse) == "after"
            warehouse = scene.copy()
        else:
            assert (end.code, end.err) == (1, "stopped by SIGTERM; nothing was changed\n")
            assert judge(warehouse) == "before"
    converge(warehouse)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_after_the_end_changes_no_exit_code(number: int) -> None:
    program = (
        "import os, sys\n"
        "from sparkify_dwh.load.command import main\n"
        "code = main()\n"
        f"os.kill(os.getpid(), {int(number)})\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "--help"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "--dry-run" in done.stdout


def test_ctrl_c_is_the_same(scene: Scene, judge, tmp_path: Path) -> None:
    warehouse = scene.copy()
    options = {"by": signal.SIGINT, "max_errors": MAX_ERRORS}
    child = Child(tmp_path / "child", command_in, warehouse.options(), die_at=5, **options)
    assert child.end().err == "stopped by SIGINT; nothing was changed\n"
    assert child.end().code == 1
    assert judge(warehouse) == "before"
    assert child.spools == []


def test_the_command_itself_stops(scene: Scene, judge, tmp_path: Path) -> None:
    """As it is started from a shell or a scheduler, and not forked."""
    warehouse = scene.copy()
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "sparkify_dwh.load", *arguments(warehouse)],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not [*temporary.iterdir()] and process.poll() is None:
        time.sleep(0.005)
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (1, "", "stopped by SIGTERM; nothing was changed\n")
    assert judge(warehouse) == "before"
    assert [*temporary.iterdir()] == []
