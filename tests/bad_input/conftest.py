"""A judge of files: what staging makes of them, without the rest of a load."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sparkify_dwh.engines.connect import open_engine
from sparkify_dwh.feeds.contract import FEEDS
from sparkify_dwh.settings import Settings
from sparkify_dwh.sources import list_files
from sparkify_dwh.staging.bulk import Target
from sparkify_dwh.staging.spool import Spool
from sparkify_dwh.staging.stage import stage_feeds
from sparkify_dwh.staging.verdict import StagedFile

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Verdict:
    """What became of one file."""

    rows: list[Row]  #: the accepted records in their order, without lineage
    rejects: list[tuple[int | None, str, str | None]]  #: line, reason, key
    records: int
    unknown_keys: frozenset[str]
    was_exact: bool  #: whether it has records, and the exact reader had to judge them


Judge = Callable[[str, list[bytes]], list[Verdict]]


@pytest.fixture(scope="session", params=[True, False], ids=["texts later", "texts at once"])
def judge(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Judge]:
    """Return a function that stages files of a feed with DuckDB, and gives the verdict on each."""
    texts_later: bool = request.param
    folder = tmp_path_factory.mktemp("judged")
    engine = open_engine(Settings.resolve(database_url="duckdb:///:memory:"))
    feeds = {feed.name: feed for feed in FEEDS}
    with engine.connect() as connection:
        with connection.begin():
            for feed in FEEDS:
                feed.table.create(connection)

        def judged(name: str, contents: list[bytes]) -> list[Verdict]:
            feed = feeds[name]
            shutil.rmtree(folder)
            folder.mkdir()
            for number, content in enumerate(contents, start=1):
                (folder / f"{number:06d}.json").write_bytes(content)
            listed = list_files(str(folder), setting="none").files
            files = [StagedFile(source, number) for number, source in enumerate(listed, start=1)]
            with Spool(folder.parent) as spool:
                stage_feeds(
                    connection,
                    {Target(feed, feed.table, texts_later=texts_later): files},
                    spool=spool,
                    progress=lambda step, count: None,
                )
            columns = ", ".join(field.column for field in feed.fields)
            # Rows that were scanned have no number yet, but the order of their file.
            with connection.begin():
                rows = connection.exec_driver_sql(
                    f"SELECT file_id, record_number IS NOT NULL, {columns} "
                    f"FROM {feed.table.name} ORDER BY file_id, record_number, rowid"
                ).fetchall()
            of_file: dict[int, list[Row]] = {file.file_id: [] for file in files}
            exact: set[int] = set()
            for file_id, is_numbered, *values in rows:
                of_file[file_id].append(tuple(values))
                if is_numbered:
                    exact.add(file_id)
            return [
                Verdict(
                    rows=of_file[file.file_id],
                    rejects=[(bad.line, bad.reason.value, bad.key) for bad in file.rejects],
                    records=file.records,
                    unknown_keys=file.unknown_keys,
                    was_exact=file.file_id in exact,
                )
                for file in files
            ]

        yield judged
    engine.dispose()
