"""The database file of a load: not there, not at head, in use, or named by a wrong URL."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from sparkify_dwh import schema
from sparkify_dwh.errors import (
    ConfigurationError,
    DatabaseError,
    DatabaseLockedError,
    SchemaNotAtHeadError,
)
from sparkify_dwh.settings import Settings
from tests.faults.children import Child, load_in
from tests.load.records import TS, play, song
from tests.load.warehouse import DuckDBWarehouse


@pytest.fixture
def warehouse(duckdb_warehouse: DuckDBWarehouse) -> DuckDBWarehouse:
    duckdb_warehouse.put("song", "a.json", [song()])
    duckdb_warehouse.put("log", "a.json", [play()])
    return duckdb_warehouse


def test_database_without_a_schema_names_the_command(
    warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    with pytest.raises(SchemaNotAtHeadError, match="alembic upgrade head") as caught:
        warehouse.load(database_url=f"duckdb:///{tmp_path / 'new.duckdb'}")
    assert (caught.value.found, caught.value.exit_code) == (None, 1)


@pytest.mark.parametrize("revision", ["0001", "no such revision"])
def test_database_of_another_version_names_the_command(
    warehouse: DuckDBWarehouse, revision: str
) -> None:
    with duckdb.connect(str(warehouse.file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [revision])
    if revision == schema.HEAD:
        pytest.skip("the first revision is the head")
    with pytest.raises(SchemaNotAtHeadError, match=f"at revision {revision}") as caught:
        warehouse.load()
    assert "alembic upgrade head" in str(caught.value)


def format_of(file: Path) -> str:
    with duckdb.connect(str(file), read_only=True) as connection:
        found = connection.execute(
            "SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = ?",
            [file.stem],
        ).fetchone()
    assert found is not None
    return str(found[0])


def test_new_file_has_the_format_of_this_duckdb(warehouse: DuckDBWarehouse) -> None:
    assert format_of(warehouse.file).startswith("v1.5.0")


def test_file_in_an_older_format_is_loaded_and_stays_so(
    warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    file = tmp_path / "older.duckdb"
    duckdb.connect(str(file), config={"storage_compatibility_version": "v1.0.0"}).close()
    older = format_of(file)
    assert not older.startswith("v1.5")
    settings = Settings.resolve(database_url=f"duckdb:///{file}")
    schema.upgrade(settings)
    result = warehouse.load(database_url=f"duckdb:///{file}")
    assert result.inserted["songplays"] == 1
    assert format_of(file) == older


SECRET = "s3cr3t-pa55word"


@pytest.mark.parametrize(
    "url",
    [
        f"not a url {SECRET}",
        f"mysql://user:{SECRET}@host/db",
        f"postgresql://user:{SECRET}@host/db",
        f"redshift+psycopg2://user:{SECRET}@host:port/db",
        f"://user:{SECRET}@host",
        SECRET,
    ],
)
def test_url_that_is_wrong_is_refused_without_its_password(
    warehouse: DuckDBWarehouse, url: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        warehouse.load(database_url=url)
    assert caught.value.exit_code == 2
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_settings_do_not_show_the_password(warehouse: DuckDBWarehouse) -> None:
    settings = warehouse.settings(database_url=f"redshift+psycopg2://user:{SECRET}@host/db")
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings)
    assert SECRET not in str(settings.model_dump())


def test_folder_of_the_database_that_does_not_exist_is_a_configuration_error(
    warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        warehouse.load(database_url=f"duckdb:///{tmp_path / 'nowhere' / 'x.duckdb'}")


def test_file_that_is_no_database_is_a_clear_error(
    warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    path = tmp_path / "text.duckdb"
    path.write_text("This is no database. " * 500)
    with pytest.raises(DatabaseError) as caught:
        warehouse.load(database_url=f"duckdb:///{path}")
    assert len(caught.value.cause.splitlines()) == 1
    assert "text.duckdb" in str(caught.value)


_HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def test_lock_that_another_process_holds_names_its_pid(warehouse: DuckDBWarehouse) -> None:
    command = [sys.executable, "-c", _HOLD, str(warehouse.file)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DatabaseLockedError, match=f"process {holder.pid}") as caught:
            warehouse.load()
        holder.communicate()
    assert caught.value.pid == holder.pid
    assert warehouse.load().status == "loaded"


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["incremental", "rebuild"])
@pytest.mark.parametrize(
    ("step", "staging"),
    [
        ("list files", "keep"),
        ("scan log", "keep"),
        ("scan song", "drop"),
        ("songplays: insert", "keep"),
        ("time: insert", "drop"),
        ("commit", "keep"),
    ],
)
def test_load_that_is_killed_changes_nothing_and_the_next_completes_it(
    warehouse: DuckDBWarehouse, step: str, staging: str, mode: str, tmp_path: Path
) -> None:
    warehouse.load()
    before = warehouse.snapshot()
    warehouse.put("log", "b.json", [play(ts=TS + 1), play(userId="9")])
    warehouse.put("song", "b.json", [song(song_id="SO1", artist_id="AR1")])
    settings = {
        "database_url": warehouse.url,
        "log_data": warehouse.place("log"),
        "song_data": warehouse.place("song"),
        "keep_staging": staging == "keep",
    }
    options = {"die_at": step, "rebuild": mode == "rebuild"}
    killed = Child(tmp_path / "child", load_in, settings, **options).end()
    assert killed.is_by_kill, killed.err
    assert warehouse.snapshot() == before
    assert warehouse.load().inserted["songplays"] == 2
    assert {row[3] for row in warehouse.star()["songplays"]} == {"SO1"}
    assert len(warehouse.ledger()) == 4
