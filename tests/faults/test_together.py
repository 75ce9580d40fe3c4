"""Two loaders, a loader beside a reader, a migration beside a loader."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import text

from sparkify_dwh.engines.connect import open_engine
from sparkify_dwh.errors import DatabaseLockedError

from .children import Child, limited_command_in, load_in, upgrade_in
from .scene import CONTENT, MAX_ERRORS, Scene
from .test_signals import arguments


@pytest.mark.parametrize("step", ["list files", "scan song files", "commit"])
def test_a_second_loader_gets_a_clear_error(
    step: str, scene: Scene, judge, converge, tmp_path: Path
) -> None:
    warehouse = scene.copy()
    first = Child(
        tmp_path / "first", load_in, warehouse.options(), pause_at=step, max_errors=MAX_ERRORS
    )
    first.wait_for("paused")
    second = Child(tmp_path / "second", limited_command_in, arguments(warehouse))
    end = second.end()
    assert end.code == 1
    assert end.err == (
        f"error: {warehouse.file} is in use by process {first.pid}\n"
        "A DuckDB file takes one writer at a time: wait for it, or close it there.\n"
    )
    first.tell("go on")
    assert first.end().code == 0
    assert judge(warehouse) == "after"
    converge(warehouse)


@pytest.mark.slow
def test_many_loaders_at_once_load_once(scene: Scene, converge, tmp_path: Path) -> None:
    warehouse = scene.copy()
    children = [
        Child(tmp_path / str(number), limited_command_in, arguments(warehouse))
        for number in range(5)
    ]
    ends = [child.end() for child in children]
    assert 0 in {end.code for end in ends}
    assert all("is in use by process" in end.err for end in ends if end.code)
    assert warehouse.content() == scene.after
    converge(warehouse)


@pytest.mark.slow
@pytest.mark.parametrize("keep", [True, False])
def test_threads_of_one_process_wait_for_each_other(keep: bool, scene: Scene, converge) -> None:
    """DuckDB lets the threads of a process share a file; the loader must not."""
    warehouse = scene.copy()
    with ThreadPoolExecutor(3) as pool:
        loads = [
            pool.submit(warehouse.load, max_errors=MAX_ERRORS, keep_staging=keep) for _ in range(3)
        ]
        statuses = sorted(load.result().status for load in loads)
    assert statuses == ["loaded", "nothing_to_do", "nothing_to_do"]
    assert warehouse.content() == scene.after
    converge(warehouse)


def test_a_reader_of_the_same_process_sees_before_or_after(scene: Scene) -> None:
    warehouse = scene.copy()
    engine = open_engine(warehouse.settings())
    seen: list[bool] = []
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            with engine.connect() as connection, connection.begin():
                content = {
                    name: [tuple(row) for row in connection.execute(text(query))]
                    for name, query in CONTENT.items()
                }
            counts = {name: len(rows) for name, rows in content.items()}
            before = {name: len(rows) for name, rows in scene.before.items()}
            after = {name: len(rows) for name, rows in scene.after.items()}
            assert counts in (before, after)
            seen.append(counts == after)

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        while not seen and not reading.done():
            pass
        result = warehouse.load(max_errors=MAX_ERRORS)
        is_over.set()
        reading.result()
    assert result.status == "loaded"
    assert seen[0] is False
    assert seen == sorted(seen)
    assert warehouse.content() == scene.after


def test_a_reader_of_another_process_keeps_the_loader_out(scene: Scene, tmp_path: Path) -> None:
    warehouse = scene.copy()
    with duckdb.connect(str(warehouse.file), read_only=True) as reader:
        assert reader.execute("SELECT count(*) FROM songplays").fetchone() == (9,)
        end = Child(tmp_path / "child", limited_command_in, arguments(warehouse)).end()
        assert end.code == 1
        assert "is in use by process" in end.err
    assert warehouse.content() == scene.before


def test_a_migration_beside_a_loader_gets_a_clear_error(
    scene: Scene, judge, tmp_path: Path
) -> None:
    warehouse = scene.copy()
    loader = Child(
        tmp_path / "loader",
        load_in,
        warehouse.options(),
        pause_at="songplays: find keys that were offered more than once",
        max_errors=MAX_ERRORS,
    )
    loader.wait_for("paused")
    end = Child(tmp_path / "migration", upgrade_in, warehouse.options()).end()
    assert end.code == 1
    assert f"error: {warehouse.file} is in use by process {loader.pid}\n" in end.err
    loader.tell("go on")
    assert loader.end().code == 0
    assert judge(warehouse) == "after"
    assert Child(tmp_path / "again", upgrade_in, warehouse.options()).end().code == 0


def test_a_loader_beside_a_migration_gets_a_clear_error(scene: Scene) -> None:
    warehouse = scene.copy()
    holder = subprocess.Popen(
        [
            *(sys.executable, "-c"),
            "import duckdb, sys; c = duckdb.connect(sys.argv[1]); c.begin(); "
            "c.execute('ALTER TABLE load_runs ADD COLUMN more INTEGER'); "
            "print(flush=True); input()",
            str(warehouse.file),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(DatabaseLockedError, match=f"in use by process {holder.pid}"):
        warehouse.load(max_errors=MAX_ERRORS)
    holder.kill()
    holder.communicate()
    assert warehouse.content() == scene.before
