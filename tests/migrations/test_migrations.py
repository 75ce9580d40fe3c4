"""The migrations: up, down, without drift, and as Redshift DDL without a connection."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from sparkify_dwh import schema
from sparkify_dwh.engines.connect import open_engine
from sparkify_dwh.errors import SchemaNotAtHeadError
from sparkify_dwh.redshift.alembic_impl import configure_options
from sparkify_dwh.settings import Settings
from sparkify_dwh.tables import metadata
from tests.redshift_sql import assert_redshift_sql
from tests.snapshot_files import assert_matches_snapshot

PROJECT = Path(__file__).parents[2]
REDSHIFT_URL = "redshift+psycopg2://u:secret@host:5439/dev"


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings.resolve(database_url=f"duckdb:///{tmp_path}/warehouse.duckdb")


def tables(settings: Settings) -> set[str]:
    engine = open_engine(settings)
    try:
        return set(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def alembic(*arguments: str, cwd: Path, url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alembic", "-c", str(PROJECT / "alembic.ini"), *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "SPARKIFY_DATABASE_URL": url},
        check=False,
    )


def assert_script_is_redshift_sql(statements: list[str]) -> None:
    """Prove each statement, and that none stands in a transaction that must not."""
    in_transaction = False
    for statement in statements:
        bare = re.sub(r"^--.*$", "", statement, flags=re.MULTILINE).strip()
        in_transaction = (in_transaction or bare == "BEGIN") and bare != "COMMIT"
        assert_redshift_sql(bare, in_transaction=in_transaction)


def test_upgrade_creates_every_table_of_the_models(settings) -> None:
    schema.upgrade(settings)
    assert tables(settings) == set(metadata.tables) | {schema.VERSION_TABLE}


def test_downgrade_drops_every_table_and_sequence(settings) -> None:
    schema.upgrade(settings)
    schema.downgrade(settings)
    assert tables(settings) <= {schema.VERSION_TABLE}
    with duckdb.connect(settings.database_url.get_secret_value().removeprefix("duckdb:///")) as c:
        assert c.execute("SELECT count(*) FROM duckdb_sequences()").fetchone() == (0,)


def test_no_table_is_numbered_by_a_sequence(settings) -> None:
    """DuckDB's nextval() overwrites rows of others once memory is short; the load numbers rows."""
    schema.upgrade(settings)
    path = settings.database_url.get_secret_value().removeprefix("duckdb:///")
    with duckdb.connect(path) as c:
        assert c.execute("SELECT count(*) FROM duckdb_sequences()").fetchone() == (0,)
        assert not c.execute(
            "SELECT table_name FROM duckdb_columns() WHERE column_default LIKE '%nextval%'"
        ).fetchall()


def test_sequences_come_back_above_the_highest_number(settings) -> None:
    schema.upgrade(settings)
    path = settings.database_url.get_secret_value().removeprefix("duckdb:///")
    with duckdb.connect(path) as c:
        c.execute("INSERT INTO tracks VALUES (7, 'A', 'B', 1.0, NULL, NULL)")
    schema.downgrade(settings, "0002")
    with duckdb.connect(path) as c:
        c.execute("INSERT INTO tracks (title, artist_name, duration) VALUES ('C', 'D', 2.0)")
        assert c.execute("SELECT max(track_id) FROM tracks").fetchone() == (8,)


def test_upgrade_after_downgrade_comes_to_the_same_schema(settings) -> None:
    schema.upgrade(settings)
    schema.downgrade(settings)
    schema.upgrade(settings)
    assert tables(settings) == set(metadata.tables) | {schema.VERSION_TABLE}


def test_check_is_clean_after_upgrade(settings) -> None:
    schema.upgrade(settings)
    command.check(schema.alembic_config(settings))


def test_check_notices_a_column_that_only_the_database_lacks(settings) -> None:
    schema.upgrade(settings)
    engine = open_engine(settings)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE users DROP COLUMN gender"))
    with engine.connect() as connection:
        options = configure_options(connection.dialect, metadata)
        options.pop("target_metadata")
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert [(d[0], d[2], d[3].name) for d in differences] == [("add_column", "users", "gender")]
    with pytest.raises(CommandError, match="New upgrade operations detected"):
        command.check(schema.alembic_config(settings))


def test_columns_of_the_star_are_the_agreed_ones_in_order(settings) -> None:
    schema.upgrade(settings)
    engine = open_engine(settings)
    found = {
        table: [column["name"] for column in sa.inspect(engine).get_columns(table)]
        for table in ("songplays", "users", "songs", "artists", "time")
    }
    engine.dispose()
    assert found == {
        "songplays": [
            "songplay_id",
            "start_time",
            "user_id",
            "level",
            "song_id",
            "artist_id",
            "session_id",
            "location",
            "user_agent",
        ],
        "users": ["user_id", "first_name", "last_name", "gender", "level"],
        "songs": ["song_id", "title", "artist_id", "year", "duration"],
        "artists": ["artist_id", "name", "location", "latitude", "longitude"],
        "time": ["start_time", "hour", "day", "week", "month", "year", "weekday"],
    }


def test_comments_reach_the_database(settings) -> None:
    schema.upgrade(settings)
    engine = open_engine(settings)
    inspector = sa.inspect(engine)
    assert inspector.get_table_comment("songplays")["text"].startswith("One row per play")
    assert all(column["comment"] for column in inspector.get_columns("songplays"))
    engine.dispose()


def test_head_is_the_newest_revision() -> None:
    script = ScriptDirectory.from_config(schema.alembic_config())
    assert script.get_heads() == [schema.HEAD]


def test_load_on_an_empty_database_names_the_command_to_run(settings) -> None:
    engine = open_engine(settings)
    with engine.connect() as connection, pytest.raises(SchemaNotAtHeadError) as caught:
        schema.require_head(connection)
    engine.dispose()
    assert caught.value.found is None
    assert "alembic upgrade head" in str(caught.value)


def test_revisions_import_no_models() -> None:
    for path in (PROJECT / "migrations" / "versions").glob("*.py"):
        modules = {
            node.module or ""
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
        }
        assert not any(module.startswith("sparkify_dwh") for module in modules), path


def test_template_carries_the_safety_rules(settings, tmp_path) -> None:
    text = (PROJECT / "migrations" / "script.py.mako").read_text()
    for rule in ("TRUNCATE", "autocommit", "Never import the tables", "alter_table_layout"):
        assert rule in text


def test_offline_sql_is_redshift_ddl_without_a_secret(tmp_path) -> None:
    done = alembic("upgrade", "head", "--sql", cwd=tmp_path, url=REDSHIFT_URL)
    assert done.returncode == 0, done.stderr
    assert "secret" not in done.stdout + done.stderr
    statements = [part.strip() for part in done.stdout.split(";\n") if part.strip()]
    assert sum("CREATE TABLE" in statement for statement in statements) == len(metadata.tables) + 1
    assert_script_is_redshift_sql(statements)
    assert_matches_snapshot("redshift_upgrade.sql", done.stdout)


def test_offline_downgrade_is_redshift_ddl(tmp_path) -> None:
    done = alembic("downgrade", "head:base", "--sql", cwd=tmp_path, url=REDSHIFT_URL)
    assert done.returncode == 0, done.stderr
    statements = [part.strip() for part in done.stdout.split(";\n") if part.strip()]
    assert sum("DROP TABLE" in statement for statement in statements) >= len(metadata.tables)
    assert_script_is_redshift_sql(statements)


@pytest.mark.slow
def test_command_line_migrates_and_checks(tmp_path) -> None:
    url = "duckdb:///here.duckdb"
    for arguments in (("upgrade", "head"), ("check",), ("downgrade", "base"), ("upgrade", "head")):
        done = alembic(*arguments, cwd=tmp_path, url=url)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "here.duckdb").exists()


@pytest.mark.slow
def test_command_line_explains_a_bad_url_in_one_line(tmp_path) -> None:
    done = alembic("upgrade", "head", cwd=tmp_path, url="nonsense:secret@")
    assert done.returncode != 0
    assert "the database URL cannot be read" in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_schema_setting_puts_everything_into_that_schema(tmp_path) -> None:
    settings = Settings.resolve(
        database_url=f"duckdb:///{tmp_path}/warehouse.duckdb", schema_name="sparkify"
    )
    schema.upgrade(settings)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        found = connection.execute("SELECT DISTINCT schema_name FROM duckdb_tables()").fetchall()
    assert found == [("sparkify",)]
    command.check(schema.alembic_config(settings))
