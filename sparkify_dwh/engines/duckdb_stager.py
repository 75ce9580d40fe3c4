"""Stages a load on DuckDB: in the warehouse's file, or in memory when nobody will look."""

from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, MetaData, Table, delete, func, select, text

from sparkify_dwh.feeds.contract import LOG_FEED, SONG_FEED
from sparkify_dwh.feeds.exact import REJECTS_KEPT
from sparkify_dwh.load.ledger import write_rows
from sparkify_dwh.staging.bulk import number_records, stage_feed
from sparkify_dwh.staging.spool import Spool
from sparkify_dwh.staging.verdict import StagedFeed
from sparkify_dwh.statements.accounting import insert_rows_of_file
from sparkify_dwh.statements.publish import Staged

#: The in-memory database for staging that is not kept: compressing it into the file would
#: cost half as much again as everything else.
SCRATCH = "scratch"


class DuckDBStager:
    """Stages the new files of a load on one DuckDB connection.

    Staging is committed ahead of the publishing transaction: DuckDB scans a table that the
    running transaction has made on one thread only.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        keep: bool,
        max_errors: int,
        progress: Callable[[str, int], None],
    ) -> None:
        """Take the connection of the load, which is not inside a transaction."""
        self._connection = connection
        self._keep = keep
        self._progress = progress
        # Every reject that may be left out has to be kept in full, for load_rejects.
        self._spool = Spool(rejects_kept=max(REJECTS_KEPT, max_errors))
        self._tables = {feed.name: feed.table for feed in (LOG_FEED, SONG_FEED)}

    def __enter__(self) -> "DuckDBStager":
        """Make the scratch tables where staging is not kept."""
        if not self._keep:
            self._tables = {
                name: table.to_metadata(MetaData(), schema=SCRATCH)
                for name, table in self._tables.items()
            }
            with self._connection.begin():
                self._connection.execute(text(f"ATTACH ':memory:' AS {SCRATCH}"))
            with self._connection.begin():
                for table in self._tables.values():
                    table.create(self._connection)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove the spool and the scratch database."""
        self._spool.__exit__(kind, error, traceback)
        if not self._keep and not self._connection.in_transaction():
            with self._connection.begin():
                self._connection.execute(text(f"DETACH {SCRATCH}"))

    def stage(self, feeds: Sequence[StagedFeed]) -> None:
        """Stage the new files of each feed, and note the verdict on each of them."""
        for staged_feed in feeds:
            if not staged_feed.files:
                continue
            table = self._tables[staged_feed.feed.name]
            stage_feed(
                self._connection,
                staged_feed.feed,
                staged_feed.files,
                table,
                spool=self._spool,
                progress=self._progress,
            )
            if self._keep:
                number_records(self._connection, table)

    def staged(self, feeds: Sequence[StagedFeed]) -> Staged:
        """Return the staging tables of the feeds that have records in this load."""
        tables = {feed.feed.name: self._tables[feed.feed.name] for feed in feeds if feed.staged}
        return Staged(events=tables.get("log"), songs=tables.get("song"))

    def land(self, target: Table, rows: Iterable[dict[str, Any]]) -> None:
        """Insert rows in bulk, inside the transaction that is running."""
        path = self._spool.new_path(target.name)
        if write_rows(path, rows):
            self._connection.execute(insert_rows_of_file(target, str(path)))

    def leave_staging(self, connection: Connection) -> None:
        """Empty the permanent staging tables where staging is not kept."""
        if self._keep:
            return
        for feed in (LOG_FEED, SONG_FEED):
            if connection.scalar(select(func.count()).select_from(feed.table)):
                connection.execute(delete(feed.table))
