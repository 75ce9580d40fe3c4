"""A warehouse that the shipped sample was loaded into."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import sparkify_dwh as sdw


@pytest.fixture(scope="session")
def loaded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("loaded") / "w.duckdb"
    warehouse = sdw.connect(file)
    warehouse.upgrade()
    warehouse.load()
    return file


@pytest.fixture
def wh(loaded_file: Path, tmp_path: Path) -> sdw.Warehouse:
    """Return a warehouse of one's own with the sample in it."""
    return sdw.connect(shutil.copy(loaded_file, tmp_path / "w.duckdb"))
