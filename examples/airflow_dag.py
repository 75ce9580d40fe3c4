"""An Airflow 3 DAG that loads Sparkify's feeds every hour, and proves the warehouse afterwards.

The library runs in a virtual environment of its own, because its pins and those of Airflow need not
agree. Settings (SPARKIFY_DATABASE_URL, SPARKIFY_LOG_DATA, ...) come from the worker's environment.
"""

import datetime as dt
import json
import subprocess
from typing import Any

from airflow.exceptions import AirflowFailException
from airflow.sdk import dag, task

#: The environment that the library was installed into.
PYTHON = "/opt/sparkify/bin/python"
#: The folder that the commands run in; an .env in it is read.
FOLDER = "/opt/sparkify"
#: A setting is wrong: trying again does not help.
CONFIGURATION_ERROR = 2


def run(*arguments: str) -> str:
    """Run a command of the library and return what it printed.

    Raises:
        AirflowFailException: A setting is wrong; the task fails without another try.
        RuntimeError: The command failed, and nothing has changed; the task is tried again.
    """
    done = subprocess.run(  # noqa: S603 - a command of ours, with arguments of ours
        [PYTHON, "-m", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    print(done.stdout)  # noqa: T201 - Airflow keeps it as the log of the task
    if done.returncode == CONFIGURATION_ERROR:
        raise AirflowFailException(done.stderr)
    if done.returncode != 0:
        raise RuntimeError(done.stderr or done.stdout)
    return done.stdout


@dag(
    dag_id="sparkify_dwh",
    schedule="17 * * * *",
    start_date=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    # The ledger knows what is missing: a load after a pause takes all of it at once.
    catchup=False,
    # Two loads at once would only wait for each other.
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": dt.timedelta(minutes=5)},
    tags=["sparkify"],
)
def sparkify_dwh() -> None:
    """Load the new files, then check every key, reference and sum."""

    @task
    def load() -> dict[str, Any]:
        """Load, and hand on the result: rows, rejects, seconds."""
        result: dict[str, Any] = json.loads(run("sparkify_dwh.load", "--json"))
        return result

    # A broken promise does not mend itself.
    @task(retries=0)
    def check(result: dict[str, Any]) -> None:
        """Prove the warehouse, unless nothing has changed."""
        if result["status"] == "loaded":
            run("sparkify_dwh.check", "--no-audit")

    check(load())


sparkify_dwh()
