"""The setting that bounds a load's memory."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, text

import sparkify_dwh as sdw
from sparkify_dwh.engines import duckdb_memory
from sparkify_dwh.engines.connect import open_engine
from sparkify_dwh.engines.duckdb_memory import bound_memory, bounded_bytes, memory_limit
from sparkify_dwh.errors import ConfigurationError, DatabaseError, DataRejectedError
from sparkify_dwh.settings import Settings
from tests.load.records import TS, play, song
from tests.load.warehouse import DuckDBWarehouse

MIB = 1_048_576


@pytest.fixture
def warehouse(duckdb_template: Path, tmp_path: Path) -> DuckDBWarehouse:
    warehouse = DuckDBWarehouse(tmp_path / "warehouse", duckdb_template)
    warehouse.put("log", "a.json", [play()])
    warehouse.put("song", "a.json", [song()])
    return warehouse


def test_load_may_not_take_more_than_the_setting(warehouse: DuckDBWarehouse) -> None:
    with pytest.raises(DatabaseError, match="Out of Memory Error") as caught:
        warehouse.load(memory_limit="2MB")
    assert "SPARKIFY_MEMORY_LIMIT" in (caught.value.advice or "")
    assert warehouse.load(memory_limit="200 MiB").status == "loaded"


def test_staging_that_memory_would_not_hold_lies_in_the_spool_as_long_as_the_load(
    warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    places: list[tuple[str, list[str]]] = []

    def look(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        if "INSERT INTO songplay_tracks" in statement:
            found = connection.exec_driver_sql(
                "SELECT path FROM duckdb_databases() WHERE database_name = 'scratch'"
            ).scalar()
            names = [path.name for path in Path(str(found)).parent.glob("scratch*")]
            places.append((str(found), names))

    spools = tmp_path / "spools"
    spools.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spools))
    event.listen(Engine, "before_cursor_execute", look)
    try:
        warehouse.load(keep_staging=False)
        warehouse.put("log", "b.json", [play(ts=TS + 1)])
        monkeypatch.setattr(duckdb_memory, "bounded_bytes", lambda _: 0)
        result = warehouse.load(keep_staging=False)
    finally:
        event.remove(Engine, "before_cursor_execute", look)
    (in_memory, _), (in_spool, files) = places
    assert not in_memory.startswith(str(spools))
    assert in_spool.startswith(str(spools))
    assert files == ["scratch.duckdb"]  # and no log: nobody waits until the disk has it
    assert not list(spools.iterdir())
    assert result.rows["songplays"] == 2
    assert result.rows["staging_events"] == 0


@pytest.mark.parametrize("in_spool", [True, False])
def test_who_closes_the_warehouse_after_a_load_leaves_no_log(
    warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch, in_spool: bool
) -> None:
    """DuckDB makes no checkpoint of what a load throws away; of the warehouse it does."""
    if in_spool:
        monkeypatch.setattr(duckdb_memory, "bounded_bytes", lambda _: 0)
    log = Path(f"{warehouse.file}.wal")
    with open_engine(Settings(database_url=warehouse.url)).connect() as connection:
        warehouse.load(keep_staging=False)
        with connection.begin():
            connection.execute(text("DELETE FROM songplays"))
        assert log.exists()
    assert not log.exists()


@pytest.mark.parametrize("in_spool", [True, False])
@pytest.mark.parametrize(("field", "value"), [("auth", 7), ("method", "x" * 65), ("song", 7)])
def test_field_is_judged_whether_staging_stores_it_or_not(
    warehouse: DuckDBWarehouse,
    monkeypatch: pytest.MonkeyPatch,
    field: str,
    value: object,
    in_spool: bool,
) -> None:
    if in_spool:
        monkeypatch.setattr(duckdb_memory, "bounded_bytes", lambda _: 0)
    bad = play(ts=TS + 1) | {field: value}
    warehouse.put("log", "bad.json", [play(ts=TS + 2), bad])
    with pytest.raises(DataRejectedError, match=rf"bad\.json, line 2, {field}: "):
        warehouse.load(keep_staging=False)


@pytest.mark.parametrize(("limit", "size"), [("200 MiB", 200 * MIB), ("1GiB", 1024 * MIB)])
def test_limit_is_known_in_bytes(warehouse: DuckDBWarehouse, limit: str, size: int) -> None:
    with sdw.connect(warehouse.url).engine.connect() as connection:
        connection.exec_driver_sql(f"SET memory_limit = '{limit}'")
        connection.rollback()
        assert bounded_bytes(connection) == size


def test_limit_of_the_url_beats_the_setting(warehouse: DuckDBWarehouse) -> None:
    url = f"{warehouse.url}?memory_limit=200MB"
    assert warehouse.load(database_url=url, memory_limit="2MB").status == "loaded"


@pytest.mark.parametrize("keep_staging", [True, False])
@pytest.mark.parametrize(
    "setting",
    [
        "memory_limit",
        "preserve_insertion_order",
        "disabled_compression_methods",
        "write_buffer_row_group_count",
    ],
)
def test_settings_of_a_load_end_with_it(
    warehouse: DuckDBWarehouse, setting: str, keep_staging: bool
) -> None:
    question = f"SELECT current_setting('{setting}')"
    during: set[object] = set()

    def look(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        if "INSERT INTO songplays" in statement:
            during.add(connection.exec_driver_sql(question).scalar())

    with sdw.connect(warehouse.url).engine.connect() as open_all_the_while:
        before = open_all_the_while.exec_driver_sql(question).scalar()
        event.listen(Engine, "before_cursor_execute", look)
        try:
            warehouse.load(memory_limit="200 MiB", keep_staging=keep_staging)
        finally:
            event.remove(Engine, "before_cursor_execute", look)
        assert open_all_the_while.exec_driver_sql(question).scalar() == before
    assert during.isdisjoint({before})
    assert during


def test_default_is_half_of_the_machine_up_to_what_is_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def limit_on_machine_with(bytes_: int) -> str:
        monkeypatch.setattr(duckdb_memory, "_machine_bytes", lambda: bytes_)
        return memory_limit(Settings.resolve())

    assert limit_on_machine_with(900 * MIB) == "450 MiB"
    assert limit_on_machine_with(64_000 * MIB) == "512 MiB"


@pytest.mark.parametrize(
    ("source_mib", "holds_staging", "limit_mib", "is_held"),
    [
        (1, True, 1024, True),
        (1_023, True, 1024, True),
        (1_024, True, 512, False),
        (1, False, 512, False),
        (24_000, False, 512, False),
        (48_000, False, 1_000, False),
        (48_000, True, 1_000, False),
        (4_800_000, False, 32_000, False),
    ],
)
def test_default_depends_on_the_load(
    source_mib: int,
    holds_staging: bool,
    limit_mib: int,
    is_held: bool,
    warehouse: DuckDBWarehouse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(duckdb_memory, "_machine_bytes", lambda: 64_000 * MIB)
    with sdw.connect(warehouse.url).engine.connect() as connection:
        holds = bound_memory(
            connection,
            Settings.resolve(),
            source_bytes=source_mib * MIB,
            holds_staging=holds_staging,
        )
        assert holds is is_held
        # DuckDB tells it with one digit behind the point, of a GiB
        assert bounded_bytes(connection) == pytest.approx(limit_mib * MIB, rel=0.05)


def test_machine_has_no_more_than_its_container(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = duckdb_memory._machine_bytes()
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(duckdb_memory, "_CGROUP_LIMITS", (str(limit),))
    limit.write_text("max\n")
    assert duckdb_memory._machine_bytes() >= whole > 64 * MIB
    limit.write_text(f"{64 * MIB}\n")
    assert duckdb_memory._machine_bytes() == 64 * MIB


@pytest.mark.parametrize("value", ["0MB", "1", "half", "1GB; DROP TABLE users", "1'GB", "-1GB"])
def test_what_is_no_size_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationError, match="SPARKIFY_MEMORY_LIMIT is not valid"):
        Settings.resolve(memory_limit=value)


@pytest.mark.parametrize("value", ["512MB", "1.5GB", "2 GiB", "900000KB"])
def test_size_is_taken_as_duckdb_takes_it(value: str, warehouse: DuckDBWarehouse) -> None:
    assert warehouse.load(memory_limit=value).status == "loaded"
