"""A judge of files: what staging makes of them, without the rest of a load."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, event, literal_column, select
from sqlalchemy.engine import ExceptionContext

from sparkify_dwh.engines.connect import open_engine
from sparkify_dwh.engines.duckdb_stager import SCRATCH, create_scratch_tables, scratch_tables
from sparkify_dwh.feeds.contract import FEEDS, Feed
from sparkify_dwh.settings import Settings
from sparkify_dwh.sources import Listing, list_files
from sparkify_dwh.sources.local_folder import walk_through
from sparkify_dwh.staging.bulk import Target
from sparkify_dwh.staging.head_start import HeadStart
from sparkify_dwh.staging.joined_walk import JoiningWalk
from sparkify_dwh.staging.spool import Spool
from sparkify_dwh.staging.stage import stage_feeds
from sparkify_dwh.staging.verdict import StagedFile
from sparkify_dwh.statements.events import PACKED
from tests.load.records import play

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Verdict:
    """What became of one file."""

    rows: list[Row]  #: the accepted records in their order, without lineage
    rejects: list[tuple[int | None, str, str | None]]  #: line, reason, key
    records: int
    unknown_keys: frozenset[str]
    was_exact: bool  #: whether it has records, and the exact reader had to judge them
    was_strict: bool  #: whether no scan failed of the files that were judged together with it


Judge = Callable[[str, list[bytes]], list[Verdict]]


class Lost:
    """Stands for a value that a form of staging does not keep: it equals all that it may have been.

    Another one that was lost in the same way may have been the same.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, what: str, may_be: Callable[[Any], bool]) -> None:
        self._what, self._may_be = what, may_be

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Lost):
            return self._what == other._what
        return self._may_be(other)

    def __repr__(self) -> str:
        return f"<{self._what}>"


NOT_STORED = Lost("not stored", lambda other: True)
NO_PLAY = Lost("no play", lambda page: page != "NextSong")
NO_USER = Lost("no user", lambda user_id: user_id in (None, ""))


@dataclass(frozen=True)
class Form:
    """Where records are staged. Before they come into memory, tiny files are joined ahead."""

    name: str
    tables: dict[str, Table]
    in_file: bool

    @property
    def keeps_place(self) -> bool:
        """Whether a record's place in its file is known."""
        return all("record_number" in table.c for table in self.tables.values())

    def row(self, feed: Feed, values: dict[str, Any]) -> Row:
        """Return what is staged of a record as the values of the feed's fields."""
        return tuple(self._value(field.column, values) for field in feed.fields)

    @staticmethod
    def _value(column: str, values: dict[str, Any]) -> Any:
        if column == "page" and "is_play" in values:
            return "NextSong" if values["is_play"] else NO_PLAY
        if f"raw_{column}" in values:
            raw = values[f"raw_{column}"]
            return None if raw is None else json.loads(raw)
        for holder, columns in PACKED.items():
            if holder in values and column in columns:
                held = values[holder]
                if held is not None and held.startswith("\0"):
                    _, missing, *texts = held.split("\0")
                    place = columns.index(column)
                    assert len(texts) == len(columns)
                    return None if str(place) in missing else texts[place]
                return held if column == "location" else values[f"frequent_{column}"]
        if column not in values:
            return NOT_STORED
        value = values[column]
        if column == "user_id" and "is_play" in values:
            return NO_USER if value is None else str(value)
        return value


_PERMANENT = {feed.name: feed.table for feed in FEEDS}
KEPT = [
    Form("kept, in a file", _PERMANENT, in_file=True),
    Form("kept, in memory", _PERMANENT, in_file=False),
]
NOT_KEPT = [
    Form("not kept, in a file", scratch_tables(), in_file=True),
    Form("not kept, in memory", scratch_tables(), in_file=False),
]


#: Not the first that there is: tags of joined records begin at 1, whatever the file's number.
FIRST_FILE_ID = 4


def begin_here(head_start: HeadStart, folder: str, target: Path) -> Listing:
    """Join the tiny files of the folder as another process would have, and return its listing."""
    walk = JoiningWalk.below(folder, target=target)
    for _ in walk_through(walk):
        pass
    head_start._places = "no logs", folder
    head_start._walks = {folder: head_start._walk_of(walk.outcome())}
    listing = head_start.listing(folder)
    assert listing is not None
    assert head_start._songs is listing
    return listing


def _name(form: Form) -> str:
    return form.name


@pytest.fixture(scope="session", params=[*KEPT, *NOT_KEPT], ids=_name)
def judge(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Judge]:
    """Return a function that stages files of a feed with DuckDB, and gives the verdict on each."""
    yield from _judge(request.param, tmp_path_factory)


@pytest.fixture(scope="session", params=KEPT, ids=_name)
def judge_in_order(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Judge]:
    """Return the same where staging keeps the place of every record, however large its file is."""
    yield from _judge(request.param, tmp_path_factory)


def _judge(form: Form, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    folder = tmp_path_factory.mktemp("judged")
    engine = open_engine(Settings.resolve(database_url="duckdb:///:memory:"))
    feeds = {feed.name: feed for feed in FEEDS}
    failures: list[ExceptionContext] = []
    event.listen(engine, "handle_error", failures.append)
    with engine.connect() as connection:
        with connection.begin():
            connection.exec_driver_sql(f"ATTACH ':memory:' AS {SCRATCH}")
        with connection.begin():
            if form in NOT_KEPT:
                frequent = {"user_agent": [play()["userAgent"]], "level": [play()["level"]]}
                create_scratch_tables(connection, frequent)
            else:
                for table in form.tables.values():
                    table.create(connection)

        def judged(name: str, contents: list[bytes]) -> list[Verdict]:
            feed, table = feeds[name], form.tables[name]
            shutil.rmtree(folder)
            folder.mkdir()
            for number, content in enumerate(contents, start=1):
                (folder / f"{number:06d}.json").write_bytes(content)
            failures.clear()
            with Spool(folder.parent) as spool, HeadStart() as head_start:
                listing = (
                    list_files(str(folder), setting="none")
                    if form.in_file
                    else begin_here(head_start, str(folder), spool.folder)
                )
                files = [
                    StagedFile(source, number)
                    for number, source in enumerate(listing.files, start=FIRST_FILE_ID)
                ]
                stage_feeds(
                    connection,
                    {Target(feed, table, in_file=form.in_file): files},
                    spool=spool,
                    progress=lambda step, count: None,
                    head_start=head_start,
                )
            # Rows that were scanned have no number yet, but the order of their file.
            order = [table.c.file_id, *([table.c.record_number] if form.keeps_place else [])]
            with connection.begin():
                rows = connection.execute(
                    select(table).order_by(*order, literal_column("rowid"))
                ).mappings()
                of_file: dict[int, list[Row]] = {file.file_id: [] for file in files}
                exact = {file.file_id for file in files if file.is_exact and file.staged}
                numbered: set[int] = set()
                for row in rows:
                    of_file[row["file_id"]].append(form.row(feed, dict(row)))
                    if row.get("record_number") is not None:
                        numbered.add(row["file_id"])
            if form.keeps_place:
                assert numbered == exact
            return [
                Verdict(
                    rows=of_file[file.file_id],
                    rejects=[(bad.line, bad.reason.value, bad.key) for bad in file.rejects],
                    records=file.records,
                    unknown_keys=file.unknown_keys,
                    was_exact=file.file_id in exact,
                    was_strict=not failures,
                )
                for file in files
            ]

        yield judged
    engine.dispose()
