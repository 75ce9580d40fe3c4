"""No secret comes out of a path that fails, whatever it is that fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .children import Child, limited_command_in
from .scene import Scene
from .test_signals import arguments

CANARY = "c4nary-s3cret"
ENVIRON = {
    "AWS_ACCESS_KEY_ID": CANARY,
    "AWS_SECRET_ACCESS_KEY": CANARY,
    "AWS_SESSION_TOKEN": CANARY,
}


@pytest.mark.parametrize(
    "url",
    [
        f"redshift+psycopg2://loader:{CANARY}@127.0.0.1:1/dev",
        f"redshift+psycopg2://loader:{CANARY}@127.0.0.1:port/dev",
        f"postgresql://loader:{CANARY}@db.example/dev",
        f"mysql://loader:{CANARY}@db.example/dev",
        f"duckdb:///{{file}}?motherduck_token={CANARY}",
        f"duckdb:///{{file}}?s3_secret_access_key={CANARY}",
        f"duckdb:///{{file}}?nothing={CANARY}",
        f"duckdb:////absent/w.duckdb?motherduck_token={CANARY}",
        f"duckdb:///md:sparkify?motherduck_token={CANARY}",
        f"://{CANARY}",
        f"redshift+psycopg2://loader:{CANARY}",
    ],
)
def test_url(url: str, scene: Scene, tmp_path: Path) -> None:
    warehouse = scene.copy()
    options = arguments(warehouse)
    options[1] = url.format(file=warehouse.file)
    if url.startswith("redshift"):
        options[3] = options[5] = "s3://bucket/prefix/"
    end = Child(tmp_path / "child", limited_command_in, options, environ=ENVIRON).end()
    assert end.code in (1, 2)
    assert end.err.startswith("error: ")
    assert CANARY not in end.out + end.err
    assert "Traceback" not in end.err
    assert warehouse.content() == scene.before


@pytest.mark.parametrize(
    "limits",
    [
        {"file_bytes": 1024},
        {"file_bytes": 4096},
        {"file_bytes": 4096, "after_step": "commit"},
        {"file_bytes": 1024, "after_step": "songs: insert new rows"},
    ],
)
def test_disk_full(limits: dict, scene: Scene, tmp_path: Path) -> None:
    warehouse = scene.copy()
    child = Child(
        tmp_path / "child", limited_command_in, arguments(warehouse), environ=ENVIRON, **limits
    )
    end = child.end()
    assert end.code == 1
    assert CANARY not in end.out + end.err


def test_ledger_and_rejects(scene: Scene, tmp_path: Path) -> None:
    warehouse = scene.copy()
    end = Child(tmp_path / "child", limited_command_in, arguments(warehouse), environ=ENVIRON).end()
    assert end.code == 0
    assert CANARY not in end.out + end.err
    assert CANARY not in repr(warehouse.snapshot())
    assert CANARY.encode() not in warehouse.file.read_bytes()


def test_repr_and_traceback() -> None:
    """Even where a program of the user's shows a driver's error as it comes."""
    script = """
import os
from sparkify_dwh.settings import Settings
from sparkify_dwh.engines.connect import open_engine

password = os.environ["AWS_SECRET_ACCESS_KEY"]
settings = Settings.resolve(database_url=f"redshift+psycopg2://loader:{password}@127.0.0.1:1/dev")
engine = open_engine(settings)
print(settings, repr(settings), settings.model_dump(), engine, repr(engine), engine.url)
engine.connect()
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, **ENVIRON},
        check=False,
    )
    assert done.returncode == 1
    assert "OperationalError" in done.stderr
    assert CANARY not in done.stdout + done.stderr
