"""What makes a load cheap enough to run some thousands of them."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkify_dwh.engines import connect
from sparkify_dwh.settings import Settings
from tests.conftest import NewWarehouse
from tests.load.warehouse import Warehouse


@pytest.fixture(scope="module")
def emptied(
    new_warehouse: NewWarehouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """One warehouse for all schedules of a module, in memory where the system has that."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    if memory.is_dir():
        folder = memory / f"sparkify-properties-{os.getpid()}"
    else:
        folder = tmp_path_factory.mktemp("schedules")
    warehouse = new_warehouse(folder)
    yield warehouse
    warehouse.close()


@pytest.fixture(scope="module")
def one_engine() -> Iterator[None]:
    """Let loads into one database share what SQLAlchemy learns of it and has compiled.

    That, and a DuckDB without threads, saves a third of the time of so small a load. Connections
    are as ever: none is kept.
    """
    open_once = functools.cache(lambda url: connect.open_engine(Settings.resolve(database_url=url)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connect._DUCKDB_CONFIG, "threads", "1")
        patch.setattr(
            "sparkify_dwh.load.run.open_engine",
            lambda settings: open_once(settings.database_url.get_secret_value()),
        )
        yield
