"""``python -m sparkify_dwh.load``: flags and variables, what it prints, how it exits."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sparkify_dwh.console import few_collections
from sparkify_dwh.load.command import main
from tests.conftest import ROOT
from tests.load.records import play, song
from tests.load.warehouse import DuckDBWarehouse, json_lines


@pytest.fixture
def warehouse(
    duckdb_warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> DuckDBWarehouse:
    """A warehouse that the environment points to."""
    duckdb_warehouse.put("song", "a.json", [song()])
    duckdb_warehouse.put("log", "a.json", [play()])
    monkeypatch.setenv("SPARKIFY_DATABASE_URL", duckdb_warehouse.url)
    monkeypatch.setenv("SPARKIFY_LOG_DATA", duckdb_warehouse.place("log"))
    monkeypatch.setenv("SPARKIFY_SONG_DATA", duckdb_warehouse.place("song"))
    return duckdb_warehouse


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sparkify_dwh.load", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_command_loads_what_the_environment_names(warehouse: DuckDBWarehouse) -> None:
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert "songplays" in done.stdout
    assert len(warehouse.star()["songplays"]) == 1


def test_json_is_one_object_with_the_counts(warehouse: DuckDBWarehouse) -> None:
    done = run("--json")
    result = json.loads(done.stdout)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert result["status"] == "loaded"
    assert result["files"] == {"log": 1, "song": 1}
    assert result["rows"]["songplays"] == result["inserted"]["songplays"] == 1
    assert (result["duplicates"], result["rejected"]) == (0, 0)
    assert result["run_id"] == warehouse.runs()[0]["run_id"]
    assert all(seconds >= 0 for seconds in result["seconds"].values())
    assert json.loads(run("--json").stdout)["status"] == "nothing_to_do"


def test_bad_record_exits_with_1_and_names_its_place_on_stderr(
    warehouse: DuckDBWarehouse,
) -> None:
    warehouse.put("log", "b.json", json_lines([play(), play(ts="now")]))
    done = run("--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "b.json, line 2, ts: bad_type" in done.stderr
    assert "--max-errors" in done.stderr
    assert "Traceback" not in done.stderr
    assert warehouse.runs() == []


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]):
    """The command in this process: exit code, stdout, stderr."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        return (code, *capsys.readouterr())

    return call


def test_max_errors_leaves_so_many_records_out(warehouse: DuckDBWarehouse, call) -> None:
    warehouse.put("log", "b.json", b"{}\n[]\n")
    assert call("--max-errors", "1")[0] == 1
    code, out, _ = call("--max-errors", "2", "--json")
    assert (code, json.loads(out)["rejected"]) == (0, 2)
    assert len(warehouse.rejects()) == 2


def test_flags_beat_the_environment(
    warehouse: DuckDBWarehouse, call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "LOG_DATA", "SONG_DATA"):
        monkeypatch.setenv(f"SPARKIFY_{name}", str(tmp_path / "nowhere"))
    code, out, err = call(
        "--database-url",
        warehouse.url,
        "--log-data",
        warehouse.place("log"),
        "--song-data",
        warehouse.place("song"),
        "--json",
    )
    assert (code, err) == (0, "")
    assert json.loads(out)["files"] == {"log": 1, "song": 1}


@pytest.mark.parametrize("value", ["true", "false"])
@pytest.mark.parametrize("flag", ["--keep-staging", "--no-keep-staging"])
def test_flag_of_keep_staging_beats_its_variable(
    warehouse: DuckDBWarehouse, call, flag: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARKIFY_KEEP_STAGING", value)
    assert call(flag)[0] == 0
    kept = warehouse.rows("SELECT count(*) FROM staging_events")
    assert kept == [(1 if flag == "--keep-staging" else 0,)]


def test_rebuild_loads_all_files_again(warehouse: DuckDBWarehouse, call) -> None:
    call()
    code, out, _ = call("--rebuild", "--json")
    assert (code, json.loads(out)["files"]) == (0, {"log": 1, "song": 1})
    assert [run["mode"] for run in warehouse.runs()] == ["rebuild"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--max-errors", "-1"],
        ["--max-errors", "many"],
        ["--no-such-flag"],
        ["argument"],
        ["--database-url", "nonsense"],
        ["--database-url", "mysql://u:s3cret@h/d"],
        ["--log-data", "ftp://host/"],
    ],
)
def test_usage_or_configuration_that_is_wrong_exits_with_2(
    warehouse: DuckDBWarehouse, call, arguments: list[str]
) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert err
    assert "s3cret" not in err
    assert warehouse.runs() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPARKIFY_SCHEMA", 'x"; DROP TABLE users; --'),
        ("SPARKIFY_SCHEMA", "Upper"),
        ("SPARKIFY_AWS_REGION", "us-west-2'"),
        ("SPARKIFY_KEEP_STAGING", "perhaps"),
    ],
)
def test_setting_that_is_wrong_exits_with_2_and_is_named(
    warehouse: DuckDBWarehouse, call, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    code, out, err = call()
    assert (code, out) == (2, "")
    assert name in err
    assert warehouse.runs() == []


def test_missing_folder_exits_with_1(warehouse: DuckDBWarehouse, call) -> None:
    code, out, err = call("--log-data", "no such folder")
    assert (code, out) == (1, "")
    assert "no such folder" in err


def test_settings_are_read_from_a_dotenv_file(
    warehouse: DuckDBWarehouse, call, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABASE_URL", "LOG_DATA", "SONG_DATA"):
        value = os.environ[f"SPARKIFY_{name}"]
        monkeypatch.delenv(f"SPARKIFY_{name}")
        with Path(".env").open("a") as file:
            file.write(f"SPARKIFY_{name}='{value}'\n")
    assert call()[0] == 0
    assert len(warehouse.star()["songplays"]) == 1


def test_help_tells_every_flag(call) -> None:
    code, out, _ = call("--help")
    assert code == 0
    for flag in (
        "--database-url",
        "--log-data",
        "--song-data",
        "--dry-run",
        "--max-errors",
        "--rebuild",
        "--no-keep-staging",
        "--json",
    ):
        assert flag in out


def test_collector_is_let_alone_only_where_the_process_ends() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    try:
        with few_collections(ends_process=False):
            assert gc.get_threshold() == before
        assert gc.get_freeze_count() == frozen
        with few_collections(ends_process=True):
            assert gc.get_threshold() > before
        assert gc.get_freeze_count() > frozen
    finally:
        gc.set_threshold(*before)
