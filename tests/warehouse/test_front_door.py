"""`import sparkify_dwh` is light, and its names are those that it says."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import sparkify_dwh as sdw

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(found.stdout.split())


def test_import_brings_no_library_along() -> None:
    heavy = {"sqlalchemy", "duckdb", "pydantic", "alembic", "click", "polars", "pandas", "pyarrow"}
    assert not modules_after("import sparkify_dwh") & heavy


def test_connecting_and_building_queries_brings_no_frame_library_along() -> None:
    code = "import sparkify_dwh as s; s.connect('x.duckdb'); s.queries.top_songs()"
    assert not modules_after(code) & {"polars", "pandas", "pyarrow", "numpy", "ua_parser"}


def test_names_are_sorted_and_there() -> None:
    assert list(sdw.__all__) == sorted(sdw.__all__)
    assert set(sdw.__all__) <= set(dir(sdw))
    for name in sdw.__all__:
        assert getattr(sdw, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'conect'"):
        _ = sdw.conect


def test_load_stays_a_package_with_a_command() -> None:
    assert sdw.load.__name__ == "sparkify_dwh.load"
    assert callable(sdw.load.load)


def test_version_is_that_of_the_project() -> None:
    version = tomllib.loads(PROJECT.read_text())["project"]["version"]
    assert version == sdw._UNINSTALLED
    assert sdw.__version__ == version
