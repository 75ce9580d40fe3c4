"""Stages a load on Redshift: judged here with DuckDB, as everywhere, and then read by COPY.

COPY's own verdict on a record is laxer than the contract: it takes "139" for 139, knows no
drift and has no word for a missing userId. So the loader reads the new objects first, with the
very code that loads a DuckDB file, and COPY is given only what was found good. Then COPY's
MAXERROR is 0, and an error of COPY is a disagreement, never a matter of data.
"""

import functools
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

import sqlalchemy.exc
from sqlalchemy import Connection, MetaData, Table, delete, func, select, text
from sqlalchemy.schema import CreateTable, DropTable

from sparkify_dwh.engines.duckdb_scratch import DuckDBScratch
from sparkify_dwh.engines.stager import Contested, Progress
from sparkify_dwh.errors import (
    CopyFailedError,
    InvariantError,
    LoadInProgressError,
    SparkifyError,
)
from sparkify_dwh.feeds.contract import FEEDS
from sparkify_dwh.feeds.exact import REJECTS_KEPT
from sparkify_dwh.redshift.copy import Copy
from sparkify_dwh.redshift.copy_checks import FilesRead, require_unchanged
from sparkify_dwh.redshift.copy_source import CopyJob, CopySource
from sparkify_dwh.redshift.load_errors import Session, copy_failure, session_now
from sparkify_dwh.redshift.manifest import ManifestSource
from sparkify_dwh.redshift.preconditions import require, require_jsonpaths
from sparkify_dwh.redshift.whole_prefix import PrefixSource
from sparkify_dwh.settings import Settings
from sparkify_dwh.staging.head_start import HeadStart
from sparkify_dwh.staging.spool import Spool
from sparkify_dwh.staging.verdict import StagedFeed
from sparkify_dwh.statements.accounting import contested_keys
from sparkify_dwh.statements.digest import digest_of
from sparkify_dwh.statements.fact import contested_table
from sparkify_dwh.statements.staged import Staged

#: SQLSTATE of a statement that was cancelled, by its timeout here.
_CANCELLED = "57014"


class RedshiftStager:
    """Judges the new objects in a DuckDB of its own, and has COPY stage what is good."""

    is_remote = True
    stages_in_transaction = True

    def __init__(
        self,
        connection: Connection,
        settings: Settings,
        *,
        run_id: str,
        max_errors: int,
        progress: Progress,
    ) -> None:
        """Take the connection of the load, which is not inside a transaction."""
        self.notes: list[str] = []
        self._connection = connection
        self._settings = settings
        self._max_errors = max_errors
        self._progress = progress
        self._spool = Spool(rejects_kept=max(REJECTS_KEPT, max_errors))
        self._scratch = DuckDBScratch(self._spool, settings)
        self._source: CopySource = (
            PrefixSource(settings)
            if settings.manifest_prefix is None
            else ManifestSource(settings, run_id=run_id, spool=self._spool, run=self._run_copy)
        )
        self._files_read = FilesRead()
        self._session: Session | None = None
        self._copying: str | None = None
        self._temporary: list[Table] = []

    def __enter__(self) -> "RedshiftStager":
        """Let nothing wait for ever in this session, and read the ledger no sooner than that."""
        with self._connection.begin():
            self._wait_at_most(self._settings.lock_timeout)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove what was written to S3, and everything local."""
        try:
            self._source.remove()
        except SparkifyError as failure:
            self.notes.append(f"some objects of the run were not removed: {failure.cause}")
        finally:
            self._scratch.close()
            self._spool.__exit__(kind, error, traceback)

    @staticmethod
    def require(settings: Settings) -> None:
        """Check the settings that end up in a COPY."""
        require(settings)

    def stage(self, feeds: Sequence[StagedFeed], head_start: HeadStart) -> None:
        """Judge the new objects, and write what COPY needs to be given."""
        del head_start  # which is for local files
        require_jsonpaths(self._settings)
        for feed in feeds:
            if feed.files:
                keep = functools.partial(self._source.keep_cleaned, feed.feed)
                self._scratch.stage(feed, on_cleaned=keep, progress=self._progress)
        if sum(feed.rejected for feed in feeds) > self._max_errors:
            return  # the load fails now
        if not self._connection.in_transaction():
            self._files_read.find_view(self._connection)
        self._progress("write manifests", 0)
        self._source.lay_ready(feeds)

    def lock(self, connection: Connection) -> None:
        """Lock the ledger, which serialises loads under every isolation level."""
        is_own = connection is self._connection
        if not is_own:
            self._wait_at_most(self._settings.lock_timeout, connection)
        try:
            connection.execute(text("LOCK TABLE load_files"))
        except sqlalchemy.exc.DBAPIError as error:
            raise self._overdue(error) or error from None
        if is_own:
            self._wait_at_most(self._settings.statement_timeout)
            self._session = Session(*connection.execute(session_now()).one())

    def expected(self, feeds: Sequence[StagedFeed]) -> None:
        """Say nothing: the server takes longer than to compile what it is to do."""
        del feeds

    def fill(self, feeds: Sequence[StagedFeed]) -> Staged:
        """Copy the new records into the staging tables, and check what COPY has read."""
        self._temporary.clear()
        tables = {feed.feed.name: self._filled(feed) for feed in feeds if feed.staged}
        self._progress("look whether the objects are still the same", 0)
        require_unchanged(feeds, self._settings)
        return Staged(events=tables.get("log"), songs=tables.get("song"))

    def contested(self, staged: Staged) -> Contested:
        """Fetch the contested keys, and look in the staged rows here which files hold them."""
        rows = self._connection.execute(contested_keys(contested_table(staged)))
        return self._scratch.contested([tuple(row) for row in rows])

    def land(self, target: Table, rows: Iterable[dict[str, Any]]) -> None:
        """Insert rows of the ledger inside the transaction that is running."""
        self._source.land(self._connection, target, rows)

    def leave_staging(self) -> None:
        """Drop the temporary staging tables, and empty the permanent ones."""
        if self._settings.keep_staging:
            return
        for table in self._temporary:
            self._connection.execute(DropTable(table))
        for feed in FEEDS:
            if self._connection.scalar(select(func.count()).select_from(feed.table)):
                self._connection.execute(delete(feed.table))

    def committed(self) -> None:
        """Take over what there is to say about the way in which COPY was used."""
        self.notes.extend(self._source.notes)
        # Before the result is made: what could not be removed belongs into it.
        with suppress(SparkifyError):
            self._source.remove()

    def explain(self, error: sqlalchemy.exc.DBAPIError) -> SparkifyError | None:
        """Return what the server's system views say, when it was a COPY that has failed."""
        if self._session is None:
            return self._overdue(error)
        if self._copying is None:
            return None
        cause = str(error.orig).strip().partition("\n")[0]
        return copy_failure(self._connection, self._session, target=self._copying, cause=cause)

    def _filled(self, feed: StagedFeed) -> Table:
        """Return the staging table of the feed, with the new records in it."""
        target = self._emptied(feed.feed.table)
        for job in self._source.jobs(self._connection, feed, target):
            self._progress(f"{target.name}: copy", job.records)
            self._run_copy(job.statement)
            self._check(job, target)
        if self._source.is_exact:
            self._require_same_records(feed, target)
        return target

    def _emptied(self, table: Table) -> Table:
        """Return the staging table, or a temporary one where staging is not kept."""
        if self._settings.keep_staging:
            # TRUNCATE would commit, and needs the owner.
            self._connection.execute(delete(table))
            return table
        scratch = _temporary_copy(table)
        self._connection.execute(CreateTable(scratch))
        self._temporary.append(scratch)
        return scratch

    def _run_copy(self, statement: Copy) -> None:
        self._copying = statement.table.name
        self._connection.execute(statement)
        self._copying = None

    def _check(self, job: CopyJob, target: Table) -> None:
        """Prove that COPY has read the records, and where it tells, the files of the job."""
        read = self._connection.scalar(select(func.pg_last_copy_count()))
        if read != job.records:
            raise CopyFailedError(
                target.name, f"COPY has read {read:,} records where {job.records:,} were found"
            )
        if job.uris is not None:
            self._files_read.require(self._connection, job.uris, target=target.name)

    def _require_same_records(self, feed: StagedFeed, target: Table) -> None:
        here = self._scratch.digest(feed.feed)
        there = digest_of(feed.feed, target).run(self._connection).one()
        for name, ours in here._mapping.items():
            if ours != there._mapping[name]:
                raise InvariantError(
                    f"COPY and the loader disagree about {target.name}: "
                    f"{name} is {there._mapping[name]} there and {ours} here",
                    advice="Nothing was changed. Please report this: it is a bug.",
                )

    def _overdue(self, error: sqlalchemy.exc.DBAPIError) -> SparkifyError | None:
        """Return our error where the wait for the ledger was ended by its timeout."""
        if getattr(error.orig, "pgcode", None) != _CANCELLED:
            return None
        return LoadInProgressError(seconds=self._settings.lock_timeout)

    def _wait_at_most(self, seconds: int, connection: Connection | None = None) -> None:
        setting = text(f"SET statement_timeout TO {seconds * 1000:d}")
        (connection or self._connection).execute(setting)


@functools.cache
def _temporary_copy(table: Table) -> Table:
    """Return the temporary table that stands in for a staging table."""
    copy = table.to_metadata(MetaData(), name=f"new_{table.name}")
    copy.comment = None
    copy._prefixes = ["TEMPORARY"]  # no public way to copy a table as a temporary one
    return copy
