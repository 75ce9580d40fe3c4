"""A judge for single files: what staging makes of them, without the rest of a load."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sparkify_dwh.engines.connect import open_engine
from sparkify_dwh.feeds.contract import FEEDS
from sparkify_dwh.settings import Settings
from sparkify_dwh.sources import list_files
from sparkify_dwh.staging.bulk import stage_feed
from sparkify_dwh.staging.spool import Spool
from sparkify_dwh.staging.verdict import StagedFile

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Verdict:
    """What became of one file."""

    rows: list[Row]  #: the accepted records in their order, without lineage
    rejects: list[tuple[int | None, str, str | None]]  #: line, reason, key
    records: int
    unknown_keys: frozenset[str]
    was_exact: bool  #: whether the exact reader had to judge it


Judge = Callable[[str, bytes], Verdict]


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """Return a function that stages one file of a feed with DuckDB, and gives the verdict."""
    folder = tmp_path_factory.mktemp("judged")
    engine = open_engine(Settings.resolve(database_url="duckdb:///:memory:"))
    feeds = {feed.name: feed for feed in FEEDS}
    with engine.connect() as connection:
        with connection.begin():
            for feed in FEEDS:
                feed.table.create(connection)

        def staged(name: str, content: bytes) -> Verdict:
            feed = feeds[name]
            (folder / "file.json").write_bytes(content)
            (source,) = list_files(str(folder), setting="none").files
            file = StagedFile(source, 7)
            steps: list[str] = []
            with Spool(Path(folder).parent) as spool:
                stage_feed(
                    connection,
                    feed,
                    [file],
                    feed.table,
                    spool=spool,
                    progress=lambda step, count: steps.append(step),
                )
            columns = ", ".join(field.column for field in feed.fields)
            # Rows that were scanned keep the order of their file, as the loader relies on too.
            with connection.begin():
                rows = connection.exec_driver_sql(
                    f"SELECT {columns} FROM {feed.table.name} ORDER BY record_number, rowid"
                ).fetchall()
            return Verdict(
                rows=[tuple(row) for row in rows],
                rejects=[(bad.line, bad.reason.value, bad.key) for bad in file.rejects],
                records=file.records,
                unknown_keys=file.unknown_keys,
                was_exact=any("record by record" in step for step in steps),
            )

        yield staged
    engine.dispose()
