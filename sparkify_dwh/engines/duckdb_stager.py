"""Stages a load on DuckDB: in the warehouse's file, or in memory when nobody will look."""

import functools
import os
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from types import TracebackType
from typing import Any

import sqlalchemy.exc
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    MetaData,
    String,
    Table,
    delete,
    func,
    select,
    text,
)
from sqlalchemy.schema import CreateTable

from sparkify_dwh.engines.connect import explain, is_in_file
from sparkify_dwh.engines.duckdb_memory import bound_memory, release_memory
from sparkify_dwh.engines.stager import Contested, Progress
from sparkify_dwh.errors import SparkifyError
from sparkify_dwh.feeds.contract import FEEDS, Feed
from sparkify_dwh.feeds.exact import REJECTS_KEPT
from sparkify_dwh.load.ledger import FileRows, write_rows
from sparkify_dwh.settings import Settings
from sparkify_dwh.staging.bulk import Target, keep_order, number_records
from sparkify_dwh.staging.frequent_texts import frequent_texts
from sparkify_dwh.staging.head_start import HeadStart
from sparkify_dwh.staging.spool import Spool
from sparkify_dwh.staging.stage import stage_feeds
from sparkify_dwh.staging.verdict import StagedFeed
from sparkify_dwh.statements.accounting import (
    contested_by_file,
    credited_by_file,
    insert_rows_of_file,
)
from sparkify_dwh.statements.duckdb_types import EnumeratedText, file_names, text_literal
from sparkify_dwh.statements.events import FREQUENT, IS_PLAY, PACKED, frequent_name, raw_name
from sparkify_dwh.statements.fact import contested_table
from sparkify_dwh.statements.moments import (
    SHARED,
    count_moments,
    find_turns,
    moments_of,
    shared_if_in_order,
    split_moments,
)
from sparkify_dwh.statements.plays import TRACK_HASH
from sparkify_dwh.statements.staged import Staged
from sparkify_dwh.statements.step import Step

#: The database for staging that is not kept, in memory if it fits: compressing it into a file
#: costs half as much again as everything else.
SCRATCH = "scratch"

#: How DuckDB inserts during a load.
_SETTINGS = {
    # A way of compressing texts that saves a fiftieth of the file, and takes a fifth of the time of
    # an insert.
    "disabled_compression_methods": "'fsst'",
    # A thread writes each row group when it is full. It would gather five first, in memory that
    # the system has to hand out: some 150 MB more for two million events, for nothing.
    "write_buffer_row_group_count": "1",
}

#: What stands in place of some columns, see :mod:`sparkify_dwh.statements.events`.
_CHEAPER: dict[str, tuple[str, Any]] = {
    "user_id": ("user_id", BigInteger()),
    "page": (IS_PLAY, Boolean()),
    "artist": (raw_name("artist"), String()),
    "song": (raw_name("song"), String()),
}
#: The types of the columns of frequent texts.
_FREQUENT = {name: EnumeratedText(f"{SCRATCH}.{frequent_name(name)}") for name in FREQUENT}
#: Columns of staging that no statement of the star reads.
_ONLY_SHOWN = {"auth", "method", "registration", "status", "num_songs", "record_number"}


class DuckDBStager:
    """Stages the new files of a load on one DuckDB connection.

    Staging is committed ahead of the publishing transaction: DuckDB scans a table that the
    running transaction has made on one thread only.
    """

    is_remote = False
    stages_in_transaction = False

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
        del run_id  # nothing is left behind that would need a name
        self.notes: list[str] = []
        self._connection = connection
        self._settings = settings
        self._keep = settings.keep_staging
        self._progress = progress
        # Every reject that may be left out has to be kept in full, for load_rejects.
        self._spool = Spool(rejects_kept=max(REJECTS_KEPT, max_errors))
        self._tables = {feed.name: feed.table for feed in FEEDS}

        self._is_attached = False
        self._is_in_file = is_in_file(connection.engine.url)
        self._alone = _one_writer(connection)

    def __enter__(self) -> "DuckDBStager":
        """Wait for other loads of this process; DuckDB itself keeps other processes away."""
        self._alone.acquire()
        try:
            self._set(*(f"SET {name} = {value}" for name, value in _SETTINGS.items()))
        except BaseException:
            self._alone.release()  # who does not enter does not leave either
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove the spool and the scratch database, and let the next load begin."""
        try:
            self._leave()
        finally:
            self._spool.__exit__(kind, error, traceback)
            self._alone.release()

    def _leave(self) -> None:
        if self._connection.invalidated or self._connection.in_transaction():
            return  # the connection goes, and all of it with it
        # The load is committed, or has failed already; tidying up changes nothing of that.
        with suppress(sqlalchemy.exc.SQLAlchemyError):
            if self._is_attached:
                self._detach_scratch()
            release_memory(self._connection)
            keep_order(self._connection, True)
            self._set(*(f"RESET {name}" for name in _SETTINGS))

    @staticmethod
    def require(settings: Settings) -> None:
        """Ask nothing: DuckDB loads from wherever files can be listed."""

    def stage(self, feeds: Sequence[StagedFeed], head_start: HeadStart) -> None:
        """Stage the new files of each feed, and note the verdict on each of them."""
        has_scratch = not self._keep and not self._is_attached
        fits = bound_memory(
            self._connection,
            self._settings,
            source_bytes=sum(file.file.size for feed in feeds for file in feed.files),
            holds_staging=has_scratch,
        )
        if has_scratch:
            self._attach_scratch(feeds, in_memory=fits)
        files = {self._target(feed.feed): feed.files for feed in feeds if feed.files}
        stage_feeds(
            self._connection,
            files,
            spool=self._spool,
            progress=self._progress,
            head_start=head_start,
        )
        if self._keep:
            for target in files:
                number_records(self._connection, target)
        # The order of the star's rows does not matter, either. Each thread writes what it reads,
        # in turn, so that rows of the same time lie together still, and a later load skips what
        # is not of its own.
        keep_order(self._connection, False)
        for feed in feeds:
            if feed.feed.has_plays and feed.staged:
                self._count_moments(self._tables[feed.feed.name])

    def _count_moments(self, events: Table) -> None:
        """Count the staged plays by their moment."""
        turns, by_grouping, by_splitting = _counting(events)
        with self._connection.begin():
            shared = shared_if_in_order(turns.run(self._connection))
        steps, values = (by_grouping, {}) if shared is None else (by_splitting, {SHARED: shared})
        for step in steps:
            with self._connection.begin():
                step.run(self._connection, values)

    def _target(self, feed: Feed) -> Target:
        return Target(feed, self._tables[feed.name], in_file=self._is_in_file)

    def _set(self, *settings: str) -> None:
        with self._connection.begin():
            for setting in settings:
                self._connection.execute(text(setting))

    def _attach_scratch(self, feeds: Sequence[StagedFeed], *, in_memory: bool) -> None:
        """Attach a database in memory, or in the spool where memory would not hold the records.

        In the spool they are compressed, which takes longer than to keep them in memory, but not
        as long as to write out, and read again and again, what memory does not hold.
        """
        self._tables = scratch_tables()
        self._is_in_file = not in_memory
        place = ":memory:" if in_memory else str(self._spool.folder / f"{SCRATCH}.duckdb")
        # Nobody reads it after this load: no commit has to wait for the disk.
        options = "" if in_memory else " (RECOVERY_MODE 'no_wal_writes')"
        with self._connection.begin():
            self._connection.execute(text(f"ATTACH {text_literal(place)} AS {SCRATCH}{options}"))
        self._is_attached = True
        frequent = {
            field.column: frequent_texts(feed.files, field)
            for feed in feeds
            for field in feed.feed.fields
            if field.column in _FREQUENT
        }
        with self._connection.begin():
            create_scratch_tables(self._connection, frequent)

    def _detach_scratch(self) -> None:
        """Let go of that database without the checkpoint that DuckDB makes when one is closed."""
        self._set("PRAGMA disable_checkpoint_on_shutdown")
        try:
            self._set(f"DETACH {SCRATCH}")
        finally:
            self._set("PRAGMA enable_checkpoint_on_shutdown")

    def expected(self, feeds: Sequence[StagedFeed]) -> Staged:
        """Return the staging tables of the feeds that have files."""
        tables = self._tables if self._keep else scratch_tables()
        return _staged(tables, [feed.feed for feed in feeds if feed.files])

    def lock(self, connection: Connection) -> None:
        """Do nothing: the load is alone since the stager was entered."""

    def fill(self, feeds: Sequence[StagedFeed]) -> Staged:
        """Return the staging tables of the feeds that have records in this load."""
        return _staged(self._tables, [feed.feed for feed in feeds if feed.staged])

    def contested(self, staged: Staged) -> Contested:
        """Ask the temporary table of contested plays, whose rows know their file."""
        table = contested_table(staged)
        return Contested(
            [tuple(row) for row in self._connection.execute(contested_by_file(table))],
            [tuple(row) for row in self._connection.execute(credited_by_file(table))],
        )

    def land(self, target: Table, rows: Iterable[dict[str, Any]]) -> None:
        """Insert rows in bulk, inside the transaction that is running."""
        path = self._spool.new_path(target.name)
        listed: tuple[str, ...] = ()
        if isinstance(rows, FileRows):
            listed, rows = rows.LISTED, rows.portions()
        with self._spool.writing():
            any_rows = write_rows(path, rows)
        if any_rows:
            _insert(target, listed).run(self._connection, {"paths": file_names([str(path)])})

    def leave_staging(self) -> None:
        """Empty the permanent staging tables where staging is not kept."""
        if self._keep:
            return
        for feed in FEEDS:
            if self._connection.scalar(select(func.count()).select_from(feed.table)):
                self._connection.execute(delete(feed.table))

    def committed(self) -> None:
        """Write the file; a failure is worth a note."""
        warning = checkpoint(self._connection)
        if warning is not None:
            self.notes.append(warning)

    def explain(self, error: sqlalchemy.exc.DBAPIError) -> SparkifyError | None:
        """Leave it to the error itself, which tells all."""
        del error
        return None


@functools.cache
def scratch_tables() -> dict[str, Table]:
    """Return the staging tables that nobody will look at, with what the star is made of."""
    return {feed.name: _scratch_table(feed) for feed in FEEDS}


def _scratch_table(feed: Feed) -> Table:
    columns = [
        Column(*_CHEAPER.get(column.name, (column.name, column.type)))
        for column in feed.table.c
        if column.name not in _ONLY_SHOWN
    ]
    if feed.has_plays:
        are_packed = {*chain.from_iterable(PACKED.values())}
        columns = [column for column in columns if column.name not in are_packed]
        columns += [Column(name, String()) for name in PACKED]
        columns += [Column(frequent_name(name), kind) for name, kind in _FREQUENT.items()]
        columns += [Column(TRACK_HASH, BigInteger())]
    return Table(feed.table.name, MetaData(), *columns, schema=SCRATCH)


def create_scratch_tables(connection: Connection, frequent: Mapping[str, Sequence[str]]) -> None:
    """Create these tables in the database that is attached.

    Args:
        connection: One of DuckDB, inside a transaction.
        frequent: By column, texts that are good, and staged as numbers where they come.
    """
    for column, kind in _FREQUENT.items():
        connection.exec_driver_sql(kind.definition(frequent.get(column, ())))
    for table in scratch_tables().values():
        connection.execute(CreateTable(table))  # without its comments


def _staged(tables: Mapping[str, Table], feeds: Sequence[Feed]) -> Staged:
    of_feeds = {feed.name: tables[feed.name] for feed in feeds}
    events = of_feeds.get("log")
    return Staged(
        events=events,
        songs=of_feeds.get("song"),
        moments=None if events is None else moments_of(events),
        numbers_rows=True,
    )


@functools.cache
def _counting(events: Table) -> tuple[Step, tuple[Step, ...], tuple[Step, ...]]:
    return find_turns(events), tuple(count_moments(events)), tuple(split_moments(events))


@functools.cache
def _insert(target: Table, listed: tuple[str, ...]) -> Step:
    return Step(f"{target.name}: insert rows", insert_rows_of_file(target, "", listed))


#: For each database file, who of this process may load into it.
_WRITERS: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


def _one_writer(connection: Connection) -> threading.Lock:
    return _WRITERS[os.path.realpath(connection.engine.url.database or "")]


def checkpoint(connection: Connection) -> str | None:
    """Move what was committed from the write-ahead log into the file; say what went wrong.

    DuckDB does so when the file is closed, but tells nobody when it cannot. The data is safe
    in the log then, and whoever opens the file next reads it from there. So this is no failed
    load; but nobody should copy the file without its log.
    """
    try:
        with connection.begin():
            connection.execute(text("CHECKPOINT"))
    except sqlalchemy.exc.DBAPIError as error:
        cause = explain(error, connection.engine.url).cause
        return f"the load is committed, but stays in the write-ahead log: {cause}"
    return None
