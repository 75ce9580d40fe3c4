"""The examples work: the script for cron, and the DAG for Airflow (without Airflow)."""

import ast
import fcntl
import json
import os
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

from sparkify_dwh import schema
from sparkify_dwh.settings import Settings
from tests.docs.markdown import PROJECT

EXAMPLES = PROJECT / "examples"
DAG = EXAMPLES / "airflow_dag.py"

needs_flock = pytest.mark.skipif(shutil.which("flock") is None, reason="there is no flock here")


def load_once(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", str(EXAMPLES / "load_once.sh"), str(folder)],
        env={**os.environ, "PYTHONPATH": str(PROJECT), "PATH": path, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def status(done: subprocess.CompletedProcess[str]) -> str:
    return json.loads(done.stdout)["status"]


@needs_flock
def test_script_loads_once_and_then_has_nothing_to_do(tmp_path) -> None:
    schema.upgrade(Settings.resolve())
    first, second = load_once(tmp_path), load_once(tmp_path)
    assert (first.returncode, status(first)) == (0, "loaded"), first.stderr
    assert (second.returncode, status(second)) == (0, "nothing_to_do")
    assert first.stderr == second.stderr == ""


@needs_flock
def test_script_leaves_when_another_run_holds_the_lock(tmp_path) -> None:
    with (tmp_path / ".load.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = load_once(tmp_path)
    assert (done.returncode, status(done)) == (0, "another_run_holds_the_lock")
    assert not (tmp_path / "sparkify.duckdb").exists()


@needs_flock
def test_script_hands_on_the_exit_code_of_the_load(tmp_path) -> None:
    no_schema = load_once(tmp_path)
    assert no_schema.returncode == 1
    assert "alembic upgrade head" in no_schema.stderr
    wrong = load_once(tmp_path, SPARKIFY_DATABASE_URL="mysql://host/db")
    assert wrong.returncode == 2
    assert wrong.stdout == ""


@needs_flock
def test_script_fails_when_the_check_finds_something(tmp_path) -> None:
    schema.upgrade(Settings.resolve())
    broken = tmp_path / "bin"
    broken.mkdir()
    python = broken / "python"
    python.write_text(
        f'#!/bin/sh\n[ "$2" = sparkify_dwh.check ] && exit 1\nexec "{sys.executable}" "$@"\n'
    )
    python.chmod(0o755)
    done = load_once(tmp_path, PATH=f"{broken}{os.pathsep}{os.environ['PATH']}")
    assert (done.returncode, status(done)) == (1, "loaded")


def test_dag_imports_airflow_and_the_standard_library_only() -> None:
    tree = ast.parse(DAG.read_text(encoding="utf-8"))
    names = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    assert names - sys.stdlib_module_names == {"airflow"}


class AirflowFailException(Exception):
    """Stands for Airflow's own."""


@pytest.fixture
def dag(tmp_path, monkeypatch) -> dict:
    """The DAG's module, with stand-ins for the three names that it takes from Airflow.

    A task runs when it is called, and the DAG not at all while it is imported.
    """

    def task(function=None, **options):
        del options
        return function or (lambda inner: inner)

    def make_dag(**options):
        made.update(options)
        return lambda function: lambda: made.setdefault("function", function)

    made: dict = {}
    airflow = types.ModuleType("airflow")
    exceptions = types.ModuleType("airflow.exceptions")
    sdk = types.ModuleType("airflow.sdk")
    exceptions.AirflowFailException = AirflowFailException
    sdk.dag, sdk.task = make_dag, task
    for module in (airflow, exceptions, sdk):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    names: dict = {"__name__": "airflow_dag"}
    exec(compile(DAG.read_text(encoding="utf-8"), str(DAG), "exec"), names)  # noqa: S102 - ours
    names.update(PYTHON=sys.executable, FOLDER=str(tmp_path), made=made)
    return names


def test_dag_loads_and_checks(dag, tmp_path, capsys) -> None:
    schema.upgrade(Settings.resolve())
    dag["made"]["function"]()
    assert '"status": "loaded"' in capsys.readouterr().out
    dag["made"]["function"]()
    assert '"status": "nothing_to_do"' in capsys.readouterr().out


def test_dag_runs_one_at_a_time_and_catches_nothing_up(dag) -> None:
    assert dag["made"]["max_active_runs"] == 1
    assert dag["made"]["catchup"] is False


def test_dag_tries_a_failure_again_and_a_wrong_setting_not(dag, monkeypatch) -> None:
    with pytest.raises(RuntimeError, match="alembic upgrade head"):
        dag["run"]("sparkify_dwh.load", "--json")
    monkeypatch.setenv("SPARKIFY_DATABASE_URL", "mysql://host/db")
    with pytest.raises(AirflowFailException, match="not supported"):
        dag["run"]("sparkify_dwh.load", "--json")
