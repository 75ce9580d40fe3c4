"""The wheel carries all that an installed package needs: migrations and the sample."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """Build the wheel and unpack it where no checkout is near."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(installed: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_installed_package_brings_a_schema_to_head_and_loads(installed, tmp_path) -> None:
    code = (
        "import sparkify_dwh, pathlib\n"
        "from sparkify_dwh import schema\n"
        "from sparkify_dwh.load import load\n"
        f"assert pathlib.Path(sparkify_dwh.__file__).is_relative_to({str(installed)!r})\n"
        "schema.upgrade()\n"
        "print(load().rows['songplays'])\n"
    )
    done = run(installed, "-c", code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 1000
    assert (tmp_path / "sparkify.duckdb").exists()


def test_the_wheel_holds_no_tests_and_no_warehouse(installed) -> None:
    names = {path.relative_to(installed).as_posix() for path in installed.rglob("*")}
    assert "sparkify_dwh/_migrations/env.py" in names
    assert "sparkify_dwh/py.typed" in names
    assert not [name for name in names if "tests" in name.split("/") or name.endswith(".duckdb")]


def test_importing_the_package_imports_no_frame_library(tmp_path) -> None:
    code = (
        "import sys, sparkify_dwh\n"
        "heavy = {'pandas', 'polars', 'pyarrow', 'numpy', 'duckdb', 'sqlalchemy', 'alembic'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
