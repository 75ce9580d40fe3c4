"""The command line ``python -m sparkify_dwh.sample``, run as a process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import sparkify_dwh.sample
from sparkify_dwh.sample import generate, main

ROOT = Path(sparkify_dwh.sample.__file__).parents[2]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command with arguments, its stderr not a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "sparkify_dwh.sample", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
    )


def test_the_summary_goes_to_stdout_and_nothing_to_stderr(tmp_path: Path) -> None:
    done = run(tmp_path / "out", "--events", "300", "--songs", "12", "--seed", "3")
    assert (done.returncode, done.stderr) == (0, "")
    assert "300 events" in done.stdout
    assert "12 songs" in done.stdout


def test_json_gives_the_summary_as_one_object(tmp_path: Path) -> None:
    done = run(tmp_path / "a", "--events", "300", "--songs", "12", "--json")
    summary = generate(tmp_path / "b", events=300, songs=12)
    expected = {**vars(summary), "first_day": summary.first_day.isoformat()}
    assert json.loads(done.stdout) == expected


def test_every_option_reaches_the_generator(tmp_path: Path) -> None:
    done = run(
        *(tmp_path, "--events", "200", "--songs", "9", "--seed", "4", "--start", "2020-02-28"),
        *("--days", "2", "--songs-per-file", "4", "--users", "6", "--unknown-share", "0.5"),
        *("--gzip", "--json"),
    )
    summary = json.loads(done.stdout)
    assert summary["events"] == 200
    assert (summary["songs"], summary["song_files"]) == (9, 3)
    assert (summary["first_day"], summary["days"]) == ("2020-02-28", 2)
    assert summary["users"] <= 6
    days = sorted(path.name for path in (tmp_path / "log_data" / "2020" / "02").iterdir())
    assert days == ["2020-02-28-events.json.gz", "2020-02-29-events.json.gz"]


def test_a_folder_that_is_not_empty_is_a_usage_error_without_force(tmp_path: Path) -> None:
    arguments = (tmp_path, "--events", "20", "--songs", "2")
    assert run(*arguments).returncode == 0
    refused = run(*arguments)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "not empty" in refused.stderr
    assert "--force" in refused.stderr
    assert run(*arguments, "--force").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--events", "many"], "invalid int value"),
        (["--events", "0"], "at least 1"),
        (["--songs", "-3"], "at least 1"),
        (["--seed", "-1"], "at least 0"),
        (["--start", "tomorrow"], "no date like 2018-11-01"),
        (["--unknown-share", "2"], "from 0 to 1"),
        (["--users", "1"], "too few"),
        (["--colour", "blue"], "unrecognized arguments"),
    ],
)
def test_a_senseless_argument_is_a_usage_error_of_one_line(
    tmp_path: Path, arguments: list[str], reason: str
) -> None:
    done = run(tmp_path / "out", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_progress_goes_to_stderr_when_that_is_a_terminal(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "sparkify_dwh.sample", str(tmp_path / "out"), "--events", "3000"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as process:
        assert process.stdout is not None
        assert b"3,000 events" in process.stdout.read()
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert " of 3,000 events" in shown
    assert shown.endswith("\r\x1b[K")


def test_a_song_file_that_has_no_room_is_an_error_not_half_a_file(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from sparkify_dwh.sample import main;"
        " resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000));"
        " sys.exit(main(sys.argv[1:]))"
    )
    options = ["--events", "1", "--songs", "200", "--songs-per-file", "200"]
    command = [sys.executable, "-c", code, str(tmp_path), *options]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "only 20,000 of" in done.stderr


def test_no_folder_is_a_usage_error() -> None:
    assert run().returncode == 2


def test_help_tells_every_option() -> None:
    done = run("--help")
    assert done.returncode == 0
    for option in ("--events", "--songs", "--seed", "--gzip", "--force", "--json"):
        assert option in done.stdout


def test_main_returns_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "out"), "--events", "20", "--songs", "2"]) == 0
    assert main([str(tmp_path / "out")]) == 2
    assert main(["--nonsense"]) == 2
    assert "20 events" in capsys.readouterr().out
