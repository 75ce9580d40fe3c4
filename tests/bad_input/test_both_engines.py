"""The same broken files through a whole load on each engine: the same star, rejects and staging.

The verdict on a record is that of one piece of code; but what it accepts, COPY has to read as well,
and to read as the same values.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from sparkify_dwh.feeds.contract import FEEDS
from tests.bad_input.fields import field_cases
from tests.bad_input.test_fields import ODD_LINES
from tests.bad_input.test_mutations import MUTATIONS, mutated_files
from tests.load.records import TS, play, song
from tests.load.warehouse import DuckDBWarehouse, Warehouse, in_order, json_lines
from tests.redshift_load.cluster import Cluster

pytestmark = pytest.mark.slow

File = tuple[str, str, bytes]
#: Of what the ledger tells of a file: what does not depend on where it lies.
_ACCOUNTS = (
    "feed",
    "records_read",
    "records_staged",
    "records_rejected",
    "plays_inserted",
    "plays_duplicate",
    "not_plays",
    "unknown_keys",
)
_REJECT = ("reject_number", "line_number", "reason", "column_name", "detail", "raw_text")


@pytest.fixture
def both(duckdb_warehouse: DuckDBWarehouse, cluster: Cluster) -> Iterator[tuple[Warehouse, ...]]:
    """A warehouse on each engine, with a song in it."""
    with cluster.environment():
        redshift = cluster.lend_warehouse()
        for warehouse in (duckdb_warehouse, redshift):
            warehouse.put("song", "good.json", [song()])
        yield duckdb_warehouse, redshift
        redshift.close()


def mutations(draw: random.Random) -> list[File]:
    """A few hundred broken records, ten to a file."""
    files: list[File] = []
    for mutate in MUTATIONS:
        broken = [file.content for file in mutated_files(mutate, count=40)]
        for number in range(0, len(broken), 10):
            content = b"\n".join(broken[number : number + 10])
            files.append(("log", f"{mutate.__name__}/{number}.json", content))
    draw.shuffle(files)
    return files


def fields(draw: random.Random) -> list[File]:
    """A file for each field, with every value that it takes and does not take."""
    contents: dict[tuple[str, str], list[bytes]] = {}
    for case in field_cases():
        contents.setdefault((case.feed, case.key), []).append(case.text)
    return [(feed, f"{key}.json", b"\n".join(texts)) for (feed, key), texts in contents.items()]


def odd_lines(draw: random.Random) -> list[File]:
    """A file for each odd line, and all of them in one."""
    texts = {f"{number}.json": text for number, (text, _) in enumerate(ODD_LINES.values())}
    files: list[File] = [("log", name, text + b"\n") for name, text in texts.items()]
    return [*files, ("log", "all.json", b"\n".join(texts.values()))]


def large(draw: random.Random) -> list[File]:
    """Files that are scanned where they lie, some of them with one broken record."""
    padding = json_lines([play(ts=TS + number, userId=number) for number in range(800)])
    broken = [file.content for mutate in MUTATIONS for file in mutated_files(mutate, count=1)]
    return [("log", f"{number}.json", text + padding) for number, text in enumerate([b"", *broken])]


@pytest.mark.parametrize("make", [mutations, fields, odd_lines, large], ids=lambda f: f.__name__)
def test_engines_agree_about_every_record(both: tuple[Warehouse, ...], make: Any) -> None:
    files = make(random.Random(make.__name__))
    found = []
    for warehouse in both:
        for feed, name, content in files:
            warehouse.put(feed, name, content)
        result = warehouse.load(max_errors=100_000)
        state = warehouse.state()
        staged = [
            in_order(warehouse.rows(f"SELECT {', '.join(columns)} FROM {table}"))
            for table, columns in _staging().items()
        ]
        rejects = [{name: row[name] for name in _REJECT} for row in state.rejects]
        accounts = sorted(
            (_name(warehouse, row), *(row[name] for name in _ACCOUNTS)) for row in state.files
        )
        found.append((state.star, staged, accounts, rejects, result.rejected))
        assert result.rejected == len(rejects)
    ours, theirs = found
    for one, other in zip(ours, theirs, strict=True):
        assert one == other
    assert ours[-1] > 0


def _staging() -> dict[str, list[str]]:
    return {feed.table.name: [field.column for field in feed.fields] for feed in FEEDS}


def _name(warehouse: Warehouse, row: dict[str, Any]) -> str:
    return row["uri"].removeprefix(warehouse.uri(row["feed"], "")).lstrip("/")
