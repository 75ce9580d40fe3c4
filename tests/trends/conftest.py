"""A warehouse with the shipped sample, and an empty one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sparkify_dwh.warehouse import Warehouse, connect


@pytest.fixture(scope="session")
def sample_warehouse(tmp_path_factory: pytest.TempPathFactory, duckdb_template: Path) -> Warehouse:
    """The shipped sample, loaded once for all tests, which only read it."""
    file = tmp_path_factory.mktemp("sample") / "sample.duckdb"
    shutil.copyfile(duckdb_template, file)
    connect(file).load()
    return connect(file, read_only=True)


@pytest.fixture
def empty_warehouse(tmp_path: Path, duckdb_template: Path) -> Warehouse:
    """A warehouse with a schema and no rows."""
    shutil.copyfile(duckdb_template, tmp_path / "empty.duckdb")
    return connect(tmp_path / "empty.duckdb", read_only=True)
