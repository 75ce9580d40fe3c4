"""The warehouse under test: two feeds to put files into, one engine to load them with.

The tests ask their questions here, in the same words for every engine. What is particular to an
engine stands in its subclass and nowhere else.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from sparkify_dwh.load import LoadResult, load
from sparkify_dwh.settings import Settings

Record = Mapping[str, Any]
Row = tuple[Any, ...]
#: Rows by table; the rows in a fixed order.
Star = dict[str, list[Row]]

STAR_COLUMNS = {
    "songplays": (
        "start_time, user_id, level, song_id, artist_id, session_id, location, user_agent"
    ),
    "users": "user_id, first_name, last_name, gender, level",
    "songs": "song_id, title, artist_id, year, duration",
    "artists": "artist_id, name, location, latitude, longitude",
    "time": "start_time, hour, day, week, month, year, weekday",
}
STAR_TABLES = tuple(STAR_COLUMNS)
LEDGER_COLUMNS = {
    "load_files": (
        "file_id, run_id, feed, uri, size_bytes, fingerprint, records_read, records_staged, "
        "records_rejected, plays_inserted, plays_duplicate, not_plays, unknown_keys"
    ),
    "load_runs": (
        "run_id, started_at, finished_at, version, mode, log_files, song_files, records_read, "
        "records_staged, records_rejected, plays_inserted, plays_duplicate"
    ),
    "load_rejects": (
        "run_id, reject_number, file_id, uri, line_number, reason, column_name, detail, raw_text"
    ),
}
BOOKKEEPING = (
    "load_runs",
    "load_files",
    "load_rejects",
    "tracks",
    "songplay_tracks",
    "user_versions",
)


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Sort rows that may hold None."""
    return sorted(rows, key=lambda row: [(value is None, value) for value in row])


def json_lines(records: Iterable[Record]) -> bytes:
    """One object a line, as both feeds have them as a rule."""
    return "".join(json.dumps(dict(record)) + "\n" for record in records).encode()


@dataclass(frozen=True)
class State:
    """What a warehouse holds at one moment; the rows of the ledger by column."""

    star: Star
    files: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    rejects: list[dict[str, Any]]


class Warehouse(ABC):
    """A migrated, at first empty warehouse, with two feeds of its own."""

    url: str

    # ------------------------------------------------------------ the feeds

    @abstractmethod
    def place(self, feed: str) -> str:
        """Where the files of a feed lie: "log" or "song"."""

    @abstractmethod
    def uri(self, feed: str, name: str) -> str:
        """The URI by which the ledger knows a file."""

    @abstractmethod
    def put(self, feed: str, name: str, content: bytes | str | Sequence[Record]) -> None:
        """Write a file, or write it anew; records are written one a line."""

    @abstractmethod
    def touch(self, feed: str, name: str) -> None:
        """Offer a file again, with the same content."""

    @abstractmethod
    def remove(self, feed: str, name: str) -> None:
        """Take a file away."""

    def put_gzip(self, feed: str, name: str, records: Sequence[Record]) -> None:
        self.put(feed, name, gzip.compress(json_lines(records)))

    @abstractmethod
    def empty(self) -> None:
        """Make the warehouse and its feeds as they were at first."""

    @abstractmethod
    def close(self) -> None:
        """Give back what the warehouse takes up; it is used no more."""

    # ------------------------------------------------------------ the load

    def settings(self, **overrides: Any) -> Settings:
        given = {
            "database_url": self.url,
            "log_data": self.place("log"),
            "song_data": self.place("song"),
        }
        return Settings.resolve(**(given | overrides))

    def load(
        self,
        *,
        max_errors: int = 0,
        rebuild: bool = False,
        progress: Any = None,
        **settings: Any,
    ) -> LoadResult:
        """Load in this process, as ``python -m sparkify_dwh.load`` does."""
        told = {} if progress is None else {"progress": progress}
        return load(self.settings(**settings), max_errors=max_errors, rebuild=rebuild, **told)

    # ------------------------------------------------------------ what it holds

    @abstractmethod
    def query(self, *statements: str) -> list[list[Row]]:
        """The rows of each SELECT, over a connection of its own."""

    def rows(self, statement: str) -> list[Row]:
        return self.query(statement)[0]

    def star(self) -> Star:
        """The rows of each table of the star, without songplay_id."""
        return self.state().star

    def ledger(self) -> list[dict[str, Any]]:
        """The rows of load_files, by file_id."""
        return self.state().files

    def runs(self) -> list[dict[str, Any]]:
        """The rows of load_runs, by time."""
        return self.state().runs

    def rejects(self) -> list[dict[str, Any]]:
        """The rows of load_rejects, by their number."""
        return self.state().rejects

    def state(self) -> State:
        """Star and ledger at one moment."""
        columns = {**STAR_COLUMNS, **LEDGER_COLUMNS}
        tables = dict(
            zip(
                columns,
                self.query(*(f"SELECT {names} FROM {table}" for table, names in columns.items())),
                strict=True,
            )
        )
        return State(
            star={name: in_order(tables[name]) for name in STAR_TABLES},
            files=_dicts("load_files", tables, by="file_id"),
            runs=_dicts("load_runs", tables, by="started_at"),
            rejects=_dicts("load_rejects", tables, by="reject_number"),
        )

    def snapshot(self) -> Star:
        """Everything that a load may change in one transaction: star and bookkeeping."""
        tables = (*STAR_TABLES, *BOOKKEEPING)
        statements = [f"SELECT * FROM {name}" for name in tables]
        return {
            name: in_order(rows) for name, rows in zip(tables, self.query(*statements), strict=True)
        }


def _dicts(table: str, tables: Mapping[str, list[Row]], *, by: str) -> list[dict[str, Any]]:
    names = LEDGER_COLUMNS[table].split(", ")
    return sorted(
        (dict(zip(names, row, strict=True)) for row in tables[table]), key=lambda row: row[by]
    )


class DuckDBWarehouse(Warehouse):
    """A DuckDB file with two local folders beside it."""

    def __init__(self, folder: Path, template: Path) -> None:
        """Copy the migrated, empty template into the folder."""
        self.folder = folder
        self.file = folder / "warehouse.duckdb"
        self.url = f"duckdb:///{self.file}"
        self._template = template
        self._clock = 1_600_000_000_000_000_000
        self.empty()

    def empty(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        for feed in ("log", "song"):
            (self.folder / f"{feed}_data").mkdir(parents=True)
        shutil.copyfile(self._template, self.file)

    def close(self) -> None:
        shutil.rmtree(self.folder)

    def place(self, feed: str) -> str:
        return str(self.folder / f"{feed}_data")

    def path(self, feed: str, name: str) -> Path:
        return self.folder / f"{feed}_data" / name

    def uri(self, feed: str, name: str) -> str:
        return self.path(feed, name).as_uri()

    def put(self, feed: str, name: str, content: bytes | str | Sequence[Record]) -> None:
        path = self.path(feed, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content if isinstance(content, bytes) else json_lines(content))
        self.touch(feed, name)

    def touch(self, feed: str, name: str) -> None:
        # A clock of its own: two versions of a file may be a nanosecond apart, or in one tick.
        self._clock += 1
        os.utime(self.path(feed, name), ns=(self._clock, self._clock))

    def remove(self, feed: str, name: str) -> None:
        self.path(feed, name).unlink()

    def query(self, *statements: str) -> list[list[Row]]:
        with duckdb.connect(str(self.file), read_only=True) as connection:
            return [connection.execute(statement).fetchall() for statement in statements]
