"""The README does what it says: its commands run, and its Python too."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from sparkify_dwh import schema
from sparkify_dwh.load import load
from sparkify_dwh.sample import sample_path
from sparkify_dwh.settings import Settings

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
#: What commands need that is in an extra.
NEEDED = {
    "sparkify_dwh.report": ("altair", "statsmodels", "ua_parser", "vl_convert"),
    "sparkify_dwh.trends": ("statsmodels",),
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    lines = (line.split("#")[0].strip() for line in "".join(blocks("sh")).splitlines())
    return [line for line in lines if line and not line.startswith("make ")]


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A folder that looks like a checkout, with feeds of its own, and a migrated warehouse."""
    for name in ("alembic.ini", "migrations"):
        (tmp_path / name).symlink_to(PROJECT / name)
    for name in ("log_data", "song_data"):
        (tmp_path / name).symlink_to(sample_path() / name)
    schema.upgrade(Settings.resolve())
    return tmp_path


@pytest.mark.parametrize("command", commands())
def test_command_of_the_readme_runs(checkout, command) -> None:
    words = shlex.split(command.replace("2000000", "3000").replace("15000", "50"))
    if words[0] == "alembic":
        words = ["python", "-m", *words]
    assert words[0] == "python"
    for module in NEEDED.get(words[2], ()):
        pytest.importorskip(module, reason=f"{words[2]} needs {module}")
    if words[2] == "sparkify_dwh.trends":
        load(Settings.resolve())
    done = subprocess.run(
        [sys.executable, *words[1:]],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout or words[2] == "alembic"


def test_python_of_the_readme_runs(checkout) -> None:
    (code,) = blocks("python")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "<SongPlay songplay_id=" in done.stdout


def test_settings_table_lists_every_setting_with_its_default() -> None:
    listed = dict(re.findall(r"^\| `SPARKIFY_(\w+)` \| (.*?) \|", README, flags=re.MULTILINE))
    names = {"SCHEMA" if name == "schema_name" else name.upper() for name in Settings.model_fields}
    assert set(listed) == names
    assert listed["DATABASE_URL"].strip("`") == "duckdb:///sparkify.duckdb"
    assert listed["KEEP_STAGING"].strip("`") == "true"
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"SPARKIFY_(\w+)=", example)) == names
