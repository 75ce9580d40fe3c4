"""A load beside others who use the warehouse, and a load whose process is killed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest

from sparkify_dwh.errors import LoadInProgressError
from tests.faults.children import Child, Steps, load_in
from tests.redshift_load.warehouse import RedshiftWarehouse

#: Of a table that a load locks; others it locks when it comes to them.
ADD_COLUMN = "ALTER TABLE load_files ADD COLUMN more INTEGER"


def test_sigkill_of_a_load_and_of_its_recovery(filled: RedshiftWarehouse, tmp_path: Path) -> None:
    """At steps from the first to the last; test_faults.py cuts connections at statements."""
    before = filled.snapshot()
    settings = {
        "database_url": filled.url,
        "log_data": filled.place("log"),
        "song_data": filled.place("song"),
        "manifest_prefix": filled.manifests,
    }
    counted = Steps()
    with pytest.raises(LookupError):
        filled.load(progress=_then_give_up(counted))
    numbers = range(1, len(counted.names) + 1, 5)
    assert len(numbers) >= 5
    for number in (*numbers, len(counted.names)):
        child = Child(
            tmp_path / "child", load_in, settings, die_at=number, environ=filled.environment()
        )
        end = child.end()
        assert end.is_by_kill, end.err
        assert filled.snapshot() == before, counted.names[number - 1]
    assert filled.load().inserted["songplays"] == 98
    assert filled.load().status == "nothing_to_do"


def _then_give_up(steps: Steps):
    def progress(step: str, count: int = 0, /) -> None:
        steps(step, count)
        if step == "commit":
            raise LookupError

    return progress


def test_a_reader_sees_before_or_after(filled: RedshiftWarehouse) -> None:
    """What a reader sees while the load runs is what it saw before, at every step of it."""
    tables = ("songplays", "songs", "users", "artists", "time")
    counts = [f"SELECT count(*) FROM {table}" for table in tables]
    before = filled.query_as("reader", *counts)
    seen: list[list[list[tuple[int]]]] = []

    def look(step: str, count: int = 0, /) -> None:
        seen.append(filled.query_as("reader", *counts))

    filled.load(progress=look)
    assert len(seen) > 12
    assert all(state == before for state in seen)
    assert filled.query_as("reader", *counts)[:2] == [[(100,)], [(2,)]]


def test_a_reader_does_not_keep_a_load_waiting(filled: RedshiftWarehouse) -> None:
    reader = psycopg2.connect(filled.server.dsn("reader", filled.database))
    try:
        cursor = reader.cursor()
        cursor.execute("SELECT count(*) FROM songplays")
        assert cursor.fetchall() == [(2,)]
        assert filled.load(lock_timeout=1).status == "loaded"
    finally:
        reader.close()


def test_a_migration_waits_for_a_load(filled: RedshiftWarehouse) -> None:
    is_altered = threading.Event()

    def migrate() -> None:
        filled.query_as("owner", ADD_COLUMN)
        is_altered.set()

    with ThreadPoolExecutor(1) as pool:
        steps: list[str] = []

        def begin(step: str, count: int = 0, /) -> None:
            if step == "songplays: insert new plays":
                steps.append(step)
                pool.submit(migrate)
            elif steps and not steps[1:]:
                steps.append(step)
                assert not is_altered.wait(0.3)

        assert filled.load(progress=begin).inserted["songplays"] == 98
    assert len(steps) == 2
    assert is_altered.is_set()
    assert filled.load().status == "nothing_to_do"


def test_a_load_waits_for_a_migration_and_gives_up(filled: RedshiftWarehouse) -> None:
    before = filled.snapshot()
    migration = psycopg2.connect(filled.server.dsn("owner", filled.database))
    try:
        migration.cursor().execute(ADD_COLUMN)
        with pytest.raises(LoadInProgressError, match="waited 1 s"):
            filled.load(lock_timeout=1)
    finally:
        migration.close()
    assert filled.snapshot() == before
    assert filled.load().inserted["songplays"] == 98
