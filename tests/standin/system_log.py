"""Writes what the system tables about loads show.

The rows are lines of a file, not rows of a table: on Redshift they outlive a rollback.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from .postgres import Postgres

_lock = threading.Lock()


def write_log(
    postgres: Postgres, database: str, log: str, rows: Iterable[Mapping[str, Any]]
) -> None:
    """Appends rows to a log: `load_errors`, `load_commits` or `load_history`."""
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    if not lines:
        return
    with _lock:
        folder = postgres.log_folder(database)
        with (folder / f"{log}.jsonl").open("a") as file:
            file.write(lines)


def now() -> str:
    """Returns the time in the form of a timestamp in UTC."""
    return datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
