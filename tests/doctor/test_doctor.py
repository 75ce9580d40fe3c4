"""The doctor finds what stands in the way of a load, and changes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkify_dwh import schema
from sparkify_dwh.doctor import Report, State, examine
from sparkify_dwh.doctor.command import main
from sparkify_dwh.load import load
from sparkify_dwh.settings import Settings
from tests.standin import Standin


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "LOG_DATA", "SONG_DATA", "SCHEMA"):
        monkeypatch.delenv(f"SPARKIFY_{name}", raising=False)


@pytest.fixture
def warehouse() -> str:
    """Return the URL of an empty warehouse at head."""
    url = "duckdb:///w.duckdb"
    schema.upgrade(Settings.resolve(database_url=url))
    return url


def states(report: Report) -> dict[str, State]:
    return {finding.name: finding.state for finding in report.findings}


def detail(report: Report, name: str) -> str:
    return next(finding.detail for finding in report.findings if finding.name == name)


def source(report: Report, name: str) -> tuple[str | None, str]:
    return next((s.value, s.source) for s in report.settings if s.name == f"SPARKIFY_{name}")


def test_a_warehouse_at_head_is_fine(warehouse: str) -> None:
    report = examine(database_url=warehouse)
    assert set(states(report).values()) == {State.OK}
    assert report.exit_code == 0
    assert detail(report, "log source").endswith("60 files, 60 new")
    assert detail(report, "lock") == "nobody else writes"


def test_files_that_were_loaded_are_not_new(warehouse: str) -> None:
    load(Settings.resolve(database_url=warehouse))
    assert detail(examine(database_url=warehouse), "song source").endswith("120 files, 0 new")


def test_a_missing_file_is_a_problem_and_is_not_made(tmp_path: Path) -> None:
    report = examine(database_url="duckdb:///none.duckdb")
    assert report.exit_code == 1
    assert states(report)["connection"] is State.PROBLEM
    assert states(report)["revision"] is State.SKIPPED
    assert list(tmp_path.iterdir()) == []


def test_an_old_schema_is_a_problem(warehouse: str) -> None:
    schema.downgrade(Settings.resolve(database_url=warehouse))
    report = examine(database_url=warehouse)
    assert states(report)["revision"] is State.PROBLEM
    assert report.exit_code == 1


def test_a_source_that_cannot_be_read_is_a_problem(warehouse: str, tmp_path: Path) -> None:
    report = examine(database_url=warehouse, log_data=str(tmp_path / "none"))
    assert states(report)["log source"] is State.PROBLEM
    assert states(report)["song source"] is State.OK
    assert report.exit_code == 1


def test_a_wrong_setting_is_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARKIFY_SCHEMA", "No Schema")
    report = examine()
    assert report.exit_code == 2
    assert states(report) == {"settings": State.CONFIGURATION}
    assert source(report, "SCHEMA") == ("No Schema", "environment")


def test_redshift_with_a_local_folder_is_configuration() -> None:
    report = examine(database_url="redshift+psycopg2://me@127.0.0.1:1/dev?sslmode=disable")
    assert report.exit_code == 2
    assert states(report)["connection"] is State.PROBLEM


def test_the_holder_of_the_lock_is_named(warehouse: str) -> None:
    code = "import duckdb; c = duckdb.connect('w.duckdb'); print('open'); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        report = examine(database_url=warehouse)
        other.communicate("\n")
    assert detail(report, "lock") == f"held by process {other.pid}"
    assert report.exit_code == 1


def test_each_setting_tells_where_it_came_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(
        "SPARKIFY_DATABASE_URL=duckdb:///env_file.duckdb\n"
        "SPARKIFY_AWS_REGION=us-west-2\nSPARKIFY_IAM_ROLE=\n"
    )
    monkeypatch.setenv("SPARKIFY_AWS_REGION", "eu-west-1")
    monkeypatch.setenv("sparkify_keep_staging", "false")
    report = examine(log_data="/flag")
    assert source(report, "LOG_DATA") == ("/flag", "flag")
    assert source(report, "AWS_REGION") == ("eu-west-1", "environment")
    assert source(report, "KEEP_STAGING") == ("false", "environment")
    assert source(report, "DATABASE_URL") == ("duckdb:///env_file.duckdb", ".env")
    assert source(report, "IAM_ROLE") == ("default", "default")


def test_sources_agree_with_what_the_settings_resolve_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("SPARKIFY_IAM_ROLE=from_file\nSPARKIFY_AWS_REGION=us-west-2\n")
    monkeypatch.setenv("SPARKIFY_AWS_REGION", "eu-west-1")
    settings = Settings.resolve()
    shown = {setting.name: setting.value for setting in examine().settings}
    assert shown["SPARKIFY_IAM_ROLE"] == settings.iam_role == "from_file"
    assert shown["SPARKIFY_AWS_REGION"] == settings.aws_region == "eu-west-1"


def test_no_secret_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    url = "redshift+psycopg2://me:hush@127.0.0.1:1/dev?sslmode=disable&password=hush"
    for arguments in ([], ["--json"]):
        main(["--database-url", url, *arguments])
    main(["--database-url", "redshift://me:hush@[broken"])
    shown = capsys.readouterr()
    assert "hush" not in shown.out + shown.err


def test_json_is_one_object_with_the_exit_code(
    warehouse: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--database-url", warehouse, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["fine"] is True
    assert report["exit_code"] == 0
    assert report["versions"]["duckdb"]
    assert {finding["state"] for finding in report["findings"]} == {"ok"}


def test_text_shows_problem_and_advice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--database-url", "duckdb:///none.duckdb"]) == 1
    shown = capsys.readouterr().out
    assert "PROBLEM connection: none.duckdb does not exist" in shown
    assert "Run: alembic upgrade head" in shown


def test_an_unknown_flag_is_usage() -> None:
    assert main(["--no-such-flag"]) == 2


@pytest.fixture(scope="module")
def standin() -> Iterator[Standin]:
    with Standin() as server:
        yield server


def test_redshift_tells_revision_and_lock(standin: Standin) -> None:
    import psycopg2

    database = standin.fresh_database()
    url = standin.url(database=database)
    schema.upgrade(Settings.resolve(database_url=url))
    assert detail(examine(database_url=url), "lock") == "nobody else writes"
    holder = psycopg2.connect(standin.dsn(database=database))
    try:
        holder.cursor().execute("LOCK TABLE load_runs")
        report = examine(database_url=url)
    finally:
        holder.close()
    assert detail(report, "lock").startswith("held by the load of process ")
    assert states(report)["revision"] is State.OK
