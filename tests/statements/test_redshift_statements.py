"""Every statement that a load, a check or a migration sends to Redshift is Redshift SQL."""

import datetime as dt
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from sparkify_dwh.check.run import TABLES, all_proofs
from sparkify_dwh.feeds.contract import LOG_FEED, SONG_FEED
from sparkify_dwh.load.dry_run import script
from sparkify_dwh.load.proving import load_proofs
from sparkify_dwh.settings import Settings
from sparkify_dwh.statements.accounting import (
    contested_by_file,
    credited_by_file,
    known_files,
    last_file_id,
    staged_by_file,
)
from sparkify_dwh.statements.catalogue import conflicting_songs
from sparkify_dwh.statements.fact import contested_table
from sparkify_dwh.statements.publish import empty_warehouse, publish
from sparkify_dwh.statements.staged import Staged, Window, play_window
from sparkify_dwh.statements.step import Step
from tests.redshift_sql import assert_redshift_sql, redshift_sql
from tests.snapshot_files import assert_matches_snapshot

URL = "redshift+psycopg2://u:secret@host:5439/dev"
STAGED = Staged(
    events=LOG_FEED.table,
    songs=SONG_FEED.table,
    window=Window(dt.datetime(2018, 11, 1, 21, 1, 46, 796000), dt.datetime(2018, 11, 30)),
)


def load_steps() -> Iterator[Step]:
    yield Step("ledger: known files", known_files())
    yield Step("ledger: last file", last_file_id())
    yield Step("ledger: range of time", play_window(LOG_FEED.table))
    yield from publish(STAGED)
    contested = contested_table(STAGED)
    yield Step("accounts: contested", contested_by_file(contested))
    yield Step("accounts: credited", credited_by_file(contested))
    yield Step("accounts: log records", staged_by_file(LOG_FEED.table))
    yield Step("accounts: song records", staged_by_file(SONG_FEED.table))
    yield Step("accounts: conflicting songs", conflicting_songs(SONG_FEED.table))
    yield from (step for step, _ in load_proofs(STAGED))
    yield from empty_warehouse()


@pytest.mark.parametrize("step", list(load_steps()), ids=str)
def test_load_statement_is_redshift_sql(step: Step) -> None:
    assert_redshift_sql(redshift_sql(step.statement, literal_binds=True))


@pytest.mark.parametrize("proof", all_proofs(), ids=lambda proof: proof.name)
def test_check_statement_is_redshift_sql(proof) -> None:
    assert_redshift_sql(redshift_sql(proof.count, literal_binds=True))
    assert_redshift_sql(redshift_sql(proof.offending.limit(3), literal_binds=True))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_table_sample_is_redshift_sql(table) -> None:
    assert_redshift_sql(redshift_sql(table.select().limit(3), literal_binds=True))


def test_load_statements_match_their_snapshot() -> None:
    text = "\n\n".join(
        f"-- {step.name}\n{redshift_sql(step.statement, literal_binds=True)};"
        for step in load_steps()
    )
    assert_matches_snapshot("redshift_load.sql", text)


def statements(text: str) -> list[str]:
    without_comments = re.sub(r"^--.*$", "", text, flags=re.MULTILINE)
    return [part.strip() for part in without_comments.split(";\n") if part.strip(" ;\n")]


def test_dry_run_prints_redshift_sql_only() -> None:
    lines = list(script(Settings.resolve(database_url=URL)))
    parts = statements("\n".join(lines) + "\n")
    assert len(parts) > 40
    for part in parts:
        assert_redshift_sql(part.rstrip(";"))


def test_dry_run_of_a_rebuild_with_a_manifest_is_redshift_sql() -> None:
    settings = Settings.resolve(
        database_url=URL,
        log_data="s3://sparkify/log_data/",
        song_data="s3://sparkify/song_data/",
        manifest_prefix="s3://sparkify-work/manifests/",
        iam_role="arn:aws:iam::123456789012:role/loader",
        aws_region="us-west-2",
        schema_name="sparkify",
    )
    text = "\n".join(script(settings, rebuild=True))
    for part in statements(text + "\n"):
        assert_redshift_sql(part.rstrip(";"))
    assert "DELETE FROM songplays" in text
    assert "MANIFEST" in text
    assert "REGION 'us-west-2'" in text
    assert "SET search_path TO sparkify" in text
    assert_matches_snapshot(
        "redshift_dry_run.sql",
        re.sub(r"sparkify_dwh \d+\.\d+\.\d+\S*|'\d+\.\d+\.\d+\S*'", "VERSION", text),
    )


def test_dry_run_command_needs_no_connection_and_shows_no_secret(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sparkify_dwh.load", "--dry-run", "--database-url", URL],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "COPY staging_events" in done.stdout
    assert "secret" not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_dry_run_refuses_a_local_folder_for_redshift(tmp_path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "sparkify_dwh.load", "--dry-run", "--database-url", URL),
            *("--log-data", str(tmp_path)),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 2
    assert "COPY reads S3 only" in done.stderr


def test_copy_carries_no_option_that_alters_data() -> None:
    text = "\n".join(script(Settings.resolve(database_url=URL)))
    assert "TRUNCATECOLUMNS" not in text
    assert "ACCEPTINVCHARS" not in text
    assert "COMPUPDATE OFF" in text
