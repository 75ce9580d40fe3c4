"""A DuckDB of the loader's own, in memory: judges records for an engine that cannot."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    CreateTableAs,
    DateTime,
    Engine,
    Integer,
    MetaData,
    Row,
    Table,
    literal,
    select,
)
from sqlalchemy.schema import CreateTable, DropTable

from sparkify_dwh.engines.connect import open_scratch
from sparkify_dwh.engines.duckdb_memory import IN_MEMORY_BYTES, memory_limit
from sparkify_dwh.engines.stager import Contested, Progress
from sparkify_dwh.feeds.contract import FEEDS, LOG_FEED, Feed
from sparkify_dwh.load.ledger import write_rows
from sparkify_dwh.settings import Settings
from sparkify_dwh.staging.bulk import Target
from sparkify_dwh.staging.spool import Spool
from sparkify_dwh.staging.stage import stage_feeds
from sparkify_dwh.staging.verdict import StagedFeed
from sparkify_dwh.statements.accounting import (
    contested_by_file,
    credited_by_file,
    insert_rows_of_file,
)
from sparkify_dwh.statements.digest import digest_of
from sparkify_dwh.statements.plays import PLAY_KEY, same, staged_plays
from sparkify_dwh.statements.staged import Staged

_KEYS, _CONTESTED = "contested_keys", "contested_plays"


class DuckDBScratch:
    """Holds the staged records of a load; they spill into the spool when memory is short."""

    def __init__(self, spool: Spool, settings: Settings) -> None:
        """Open nothing yet."""
        self._spool = spool
        self._memory_limit = memory_limit(settings, IN_MEMORY_BYTES)
        self._engine: Engine | None = None
        self._open: Connection | None = None

    def close(self) -> None:
        """Forget everything."""
        if self._open is not None:
            self._open.close()
        if self._engine is not None:
            self._engine.dispose()

    def stage(
        self, feed: StagedFeed, *, on_cleaned: Callable[[Path], None], progress: Progress
    ) -> None:
        """Judge the feed's files as a load into DuckDB does, in the same words."""
        stage_feeds(
            self._connection(),
            {Target(feed.feed, feed.feed.table, in_file=False): feed.files},
            spool=self._spool,
            progress=progress,
            on_cleaned=on_cleaned,
        )

    def digest(self, feed: Feed) -> Row[Any]:
        """Return the digest of the feed's staged records."""
        connection = self._connection()
        with connection.begin():
            return digest_of(feed, feed.table).run(connection).one()

    def contested(self, keys: Sequence[tuple[Any, ...]]) -> Contested:
        """Return which files hold plays of these keys, each given with ``has_kept``."""
        connection = self._connection()
        columns: list[Column[Any]] = [
            Column("user_id", BigInteger),
            Column("session_id", BigInteger),
            Column("start_time", DateTime),
            Column("has_kept", Integer),
        ]
        table = Table(_KEYS, MetaData(), *columns)
        names = [column.name for column in columns]
        path = self._spool.new_path(_KEYS)
        rows = ({**dict(zip(names, key, strict=True)), "start_time": str(key[2])} for key in keys)
        with self._spool.writing():
            any_rows = write_rows(path, rows)
        if not any_rows:
            return Contested([], [])
        plays = staged_plays(Staged(LOG_FEED.table, None)).subquery("play")
        found = CreateTableAs(
            select(
                *(plays.c[name] for name in PLAY_KEY),
                plays.c.file_id,
                literal(0).label("is_kept"),
                table.c.has_kept,
            ).join_from(plays, table, same(plays, table, PLAY_KEY)),
            _CONTESTED,
        )
        with connection.begin():
            connection.execute(CreateTable(table))
            connection.execute(insert_rows_of_file(table, str(path)))
            connection.execute(found)
            result = Contested(
                [tuple(row) for row in connection.execute(contested_by_file(found.table))],
                [tuple(row) for row in connection.execute(credited_by_file(found.table))],
            )
            # A transaction that is tried again asks again.
            for used in (table, Table(_CONTESTED, MetaData())):
                connection.execute(DropTable(used))
        return result

    def _connection(self) -> Connection:
        if self._open is None:
            self._engine = open_scratch(self._spool.folder, memory_limit=self._memory_limit)
            self._open = self._engine.connect()
            with self._open.begin():
                for feed in FEEDS:
                    self._open.execute(CreateTable(feed.table))  # without its comments
        return self._open
