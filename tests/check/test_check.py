"""The check: sound after a load, and able to find each kind of damage."""

import json
import shutil
import subprocess
import sys

import duckdb
import pytest

from sparkify_dwh import schema
from sparkify_dwh.check import check
from sparkify_dwh.check.run import all_proofs
from sparkify_dwh.load import load
from sparkify_dwh.settings import Settings
from sparkify_dwh.statements.proofs import Kind, Severity


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    path = tmp_path_factory.mktemp("check") / "warehouse.duckdb"
    settings = Settings.resolve(database_url=f"duckdb:///{path}")
    schema.upgrade(settings)
    load(settings)
    return path


@pytest.fixture
def warehouse(sound, tmp_path):
    return shutil.copy(sound, tmp_path / "warehouse.duckdb")


def settings_of(path) -> Settings:
    return Settings.resolve(database_url=f"duckdb:///{path}")


def test_a_loaded_warehouse_is_sound(warehouse) -> None:
    report = check(settings_of(warehouse))
    assert report.is_sound
    assert len(report.findings) == len(all_proofs()) > 40
    assert {table.table: table.rows for table in report.tables}["songplays"] > 1000
    assert all(table.seconds > 0 for table in report.tables)
    assert [(audit.feed, audit.new, audit.lost) for audit in report.audits] == [
        ("log", (), ()),
        ("song", (), ()),
    ]


DAMAGE = {
    "songplays (songplay_id) is unique": "INSERT INTO songplays SELECT * FROM songplays LIMIT 1",
    "songplays (user_id, session_id, start_time) is unique": (
        "INSERT INTO songplays SELECT songplay_id + 1000000, "
        "* EXCLUDE (songplay_id) FROM songplays LIMIT 1"
    ),
    "users (user_id) is unique": "INSERT INTO users SELECT * FROM users LIMIT 1",
    "time (start_time) is unique": "INSERT INTO time SELECT * FROM time LIMIT 1",
    "songplays (user_id) is in users": "DELETE FROM users WHERE user_id IN "
    "(SELECT user_id FROM songplays LIMIT 1)",
    "songplays (start_time) is in time": "DELETE FROM time WHERE start_time IN "
    "(SELECT start_time FROM songplays LIMIT 1)",
    "songplays (song_id) is in songs": "DELETE FROM songs WHERE song_id IN "
    "(SELECT song_id FROM songplays WHERE song_id IS NOT NULL LIMIT 1)",
    "songs (artist_id) is in artists": "DELETE FROM artists WHERE artist_id IN "
    "(SELECT artist_id FROM songs LIMIT 1)",
    "the files account for every play": "DELETE FROM songplays WHERE songplay_id IN "
    "(SELECT songplay_id FROM songplays LIMIT 1)",
    "each file's records are staged or rejected": "UPDATE load_files SET records_read = 7 "
    "WHERE file_id = 1",
    "each log file's staged records are told": "UPDATE load_files SET not_plays = not_plays + 1 "
    "WHERE file_id = 1",
    "each run's numbers are the sums of its files": "UPDATE load_runs SET plays_inserted = 1",
    "each run's rejects are kept": "UPDATE load_runs SET records_rejected = 1",
    "each play has its track": "DELETE FROM songplay_tracks WHERE user_id IN "
    "(SELECT user_id FROM songplays LIMIT 1)",
    "each play has the song of its track": "UPDATE songplays SET song_id = NULL "
    "WHERE song_id IS NOT NULL",
    "each moment has a play": "INSERT INTO time VALUES "
    "(TIMESTAMP '2001-01-01', 0, 1, 1, 1, 2001, 1)",
    "each user has a record": "DELETE FROM user_versions",
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found(warehouse, name) -> None:
    with duckdb.connect(warehouse) as connection:
        connection.execute(DAMAGE[name])
    report = check(settings_of(warehouse), audit=False)
    assert not report.is_sound
    finding = {finding.name: finding for finding in report.violations}[name]
    assert finding.offending > 0
    assert finding.sample
    with duckdb.connect(warehouse) as connection:
        assert len(connection.execute(finding.sql).fetchall()) == finding.offending


def test_every_proof_of_the_catalogue_can_be_broken() -> None:
    broken = set(DAMAGE)
    untested = {
        proof.name
        for proof in all_proofs()
        if proof.kind is Kind.RECONCILIATION and proof.name not in broken
    }
    assert untested == set()


def test_an_unexpected_word_is_a_warning_only(warehouse) -> None:
    with duckdb.connect(warehouse) as connection:
        connection.execute(
            "UPDATE users SET gender = 'X' WHERE user_id = (SELECT min(user_id) FROM users)"
        )
    report = check(settings_of(warehouse), audit=False)
    assert report.is_sound
    warned = [finding for finding in report.findings if not finding.holds]
    assert [(finding.severity, finding.offending) for finding in warned] == [(Severity.WARNING, 1)]


def test_audit_tells_new_changed_and_lost_files(warehouse, tmp_path) -> None:
    from sparkify_dwh.sample import sample_path

    log = tmp_path / "log_data"
    shutil.copytree(sample_path() / "log_data", log)
    settings = Settings.resolve(database_url=f"duckdb:///{tmp_path}/own.duckdb", log_data=str(log))
    schema.upgrade(settings)
    load(settings)
    files = sorted(log.rglob("*.json"))
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes() + b"\n")
    (log / "late.json").write_bytes(files[2].read_bytes())
    audit = check(settings).audits[0]
    assert audit.lost == (files[0].as_uri(),)
    assert audit.changed == (files[1].as_uri(),)
    assert audit.new == ((log / "late.json").as_uri(),)
    assert audit.known == len(files) - 2


def run_command(*arguments: str, cwd) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sparkify_dwh.check", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )


def test_command_exits_0_when_sound_and_1_when_not(warehouse, tmp_path) -> None:
    url = f"duckdb:///{warehouse}"
    done = run_command("--database-url", url, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "sound" in done.stdout
    assert "songplays: " in done.stdout
    with duckdb.connect(warehouse) as connection:
        connection.execute("INSERT INTO users SELECT * FROM users LIMIT 1")
    done = run_command("--database-url", url, cwd=tmp_path)
    assert done.returncode == 1
    assert "users (user_id) is unique" in done.stdout


def test_command_prints_one_json_object(warehouse, tmp_path) -> None:
    done = run_command("--database-url", f"duckdb:///{warehouse}", "--json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert report["sound"] is True
    assert {table["table"] for table in report["tables"]} >= {"songplays", "users", "load_runs"}


def test_command_explains_a_missing_warehouse(tmp_path) -> None:
    done = run_command("--database-url", "duckdb:///absent.duckdb", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "absent.duckdb").exists()


def test_a_warehouse_in_a_schema_of_its_own_is_checked_too(tmp_path) -> None:
    settings = Settings.resolve(
        database_url=f"duckdb:///{tmp_path}/warehouse.duckdb", schema_name="sparkify"
    )
    schema.upgrade(settings)
    load(settings)
    assert check(settings).is_sound


def test_report_is_short_in_a_notebook(warehouse) -> None:
    report = check(settings_of(warehouse), audit=False)
    assert (
        repr(report)
        == f"<CheckReport sound: {len(all_proofs())} of {len(all_proofs())} promises hold>"
    )
    assert "songplays" in report._repr_html_()
