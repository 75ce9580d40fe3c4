"""What COPY is told to read, whichever way the objects are named."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Table

from sparkify_dwh.feeds.contract import Feed
from sparkify_dwh.redshift.copy import Copy
from sparkify_dwh.staging.verdict import StagedFeed


@dataclass(frozen=True, slots=True)
class CopyJob:
    """One COPY, and what it has to come to."""

    statement: Copy
    records: int
    uris: tuple[str, ...] | None  #: exactly what it reads; None where a prefix names it


class CopySource(Protocol):
    """Names to COPY the objects of a load."""

    #: What the result of the load has to say about it.
    notes: list[str]
    #: Whether COPY reads the new files and nothing else.
    is_exact: bool

    def keep_cleaned(self, feed: Feed, path: Path) -> None:
        """Keep the accepted records of files that COPY must not read as they lie in S3."""

    def lay_ready(self, feeds: Sequence[StagedFeed]) -> None:
        """Write what COPY has to be given, ahead of the transaction."""

    def jobs(self, connection: Connection, feed: StagedFeed, target: Table) -> list[CopyJob]:
        """Return the COPY statements that stage the new files of a feed."""

    def land(self, connection: Connection, target: Table, rows: Iterable[dict[str, Any]]) -> None:
        """Insert rows of the ledger; the number of statements hardly depends on theirs."""

    def remove(self) -> None:
        """Remove what was written."""


def json_line(row: dict[str, Any]) -> str:
    """Return a row as COPY reads it: in UTF-8, because its escapes are not all documented."""
    return json.dumps(row, ensure_ascii=False) + "\n"
