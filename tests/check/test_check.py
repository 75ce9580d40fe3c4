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
from sparkify_dwh.check.shortcuts import MOMENTS, TRACKS
from sparkify_dwh.engines.connect import open_engine
from sparkify_dwh.errors import DatabaseError
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
    "songplay_tracks (start_time, user_id, session_id) is unique": (
        "INSERT INTO songplay_tracks SELECT * FROM songplay_tracks LIMIT 1"
    ),
    "songplays (artist_id) is in artists": "UPDATE songplays SET artist_id = 'nobody' "
    "WHERE songplay_id = (SELECT min(songplay_id) FROM songplays)",
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


#: Damage at which numbers of rows agree that do not otherwise.
SUBTLE = {
    "another track instead of the play's": "UPDATE songplay_tracks SET session_id = -1 "
    "WHERE start_time = (SELECT min(start_time) FROM songplay_tracks)",
    "a track twice, and one missing": (
        "CREATE TABLE one AS SELECT * FROM songplay_tracks ORDER BY start_time LIMIT 1;"
        "DELETE FROM songplay_tracks WHERE start_time = "
        "(SELECT max(start_time) FROM songplay_tracks);"
        "INSERT INTO songplay_tracks SELECT * FROM one; DROP TABLE one"
    ),
    "a play twice, and one missing": (
        "CREATE TABLE one AS SELECT songplay_id + 1000000 AS songplay_id, "
        "* EXCLUDE (songplay_id) FROM songplays ORDER BY start_time LIMIT 1;"
        "DELETE FROM songplays WHERE start_time = (SELECT max(start_time) FROM songplays);"
        "INSERT INTO songplays SELECT * FROM one; DROP TABLE one"
    ),
    "a moment twice, and one missing": (
        "CREATE TABLE one AS SELECT * FROM time ORDER BY start_time LIMIT 1;"
        "DELETE FROM time WHERE start_time = (SELECT max(start_time) FROM time);"
        "INSERT INTO time SELECT * FROM one; DROP TABLE one"
    ),
    "a moment that no play has instead of one": "UPDATE time SET start_time = "
    "TIMESTAMP '2001-01-01' WHERE start_time = (SELECT min(start_time) FROM time)",
    "the song of another track": "UPDATE songplays SET song_id = NULL WHERE songplay_id = "
    "(SELECT min(songplay_id) FROM songplays WHERE song_id IS NOT NULL)",
    "a song that is gone": "DELETE FROM songs WHERE song_id = (SELECT min(song_id) FROM songplays)",
    "no plays": "DELETE FROM songplays",
    "nothing": "DELETE FROM songplays; DELETE FROM songplay_tracks; DELETE FROM time",
}


@pytest.mark.parametrize("statement", [*DAMAGE.values(), *SUBTLE.values()])
def test_shortcuts_find_what_the_proofs_find(warehouse, statement, monkeypatch) -> None:
    with duckdb.connect(warehouse) as connection:
        connection.execute(statement)
    short = check(settings_of(warehouse), audit=False)
    monkeypatch.setattr("sparkify_dwh.check.run.shortcuts", lambda proofs: ())
    exact = check(settings_of(warehouse), audit=False)
    assert [(one.name, one.offending, one.sql) for one in short.findings] == [
        (one.name, one.offending, one.sql) for one in exact.findings
    ]


def test_shortcuts_are_taken_where_all_is_well(warehouse) -> None:
    report = check(settings_of(warehouse), audit=False)
    seconds = {finding.name: finding.seconds for finding in report.findings}
    for names in (MOMENTS, TRACKS):
        assert len({seconds[name] for name in names}) == 1


def test_rejects_are_told_by_reason_and_by_file(tmp_path) -> None:
    from sparkify_dwh.sample import sample_path

    log = tmp_path / "log_data"
    shutil.copytree(sample_path() / "log_data", log)
    bad, worse = sorted(log.rglob("*.json"))[:2]
    bad.write_text(bad.read_text() + "{}\n")
    worse.write_text('{"page": "Home", "ts": "soon"}\n{"page": 3, "ts": 1541376000000}\nno json\n')
    settings = Settings.resolve(database_url=f"duckdb:///{tmp_path}/own.duckdb", log_data=str(log))
    schema.upgrade(settings)
    load(settings, max_errors=9)
    report = check(settings)
    assert report.is_sound
    assert report.rejects.records == 4
    assert [(row["uri"], row["records"]) for row in report.rejects.by_file] == [
        (worse.as_uri(), 3),
        (bad.as_uri(), 1),
    ]
    reasons = {(row["reason"], row["json_key"]): row["records"] for row in report.rejects.by_reason}
    assert reasons[("bad_type", "ts")] == reasons[("bad_type", "page")] == 1
    assert json.loads(json.dumps(report.as_json()))["rejects"]["records"] == 4
    assert "Records that loads have left out" in report._repr_html_()
    done = run_command(
        "--database-url", settings.database_url.get_secret_value(), "--no-audit", cwd=tmp_path
    )
    assert done.returncode == 0
    assert "Loads have left out 4 records" in done.stdout
    assert "bad_type of ts" in done.stdout
    assert "3 of 3 in " in done.stdout


def test_a_warehouse_that_is_open_for_writing_is_checked_with_that_engine(warehouse) -> None:
    settings = settings_of(warehouse)
    writer = open_engine(settings)
    with writer.connect():
        with pytest.raises(DatabaseError, match="is open in this process already") as caught:
            check(settings, audit=False)
        assert "Close that connection" in caught.value.advice
        assert check(settings, audit=False, engine=writer).is_sound


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
    assert " of them read in " in done.stdout
    assert "No load has left out a record" in done.stdout
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
