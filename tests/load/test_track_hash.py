"""Plays find their tracks by a hash where staging has it, and by its texts where that would err."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, ColumnElement, cast, func, literal_column

from sparkify_dwh.load import publication
from sparkify_dwh.staging import bulk
from sparkify_dwh.statements import fact, plays
from sparkify_dwh.statements.hashing import hash_of
from tests.load.records import TS, play, song, visit
from tests.load.warehouse import DuckDBWarehouse, Star

BY_TEXTS = "songplays: insert new plays, by the texts of their tracks"
BY_HASH = "songplays: insert new plays"

#: Tracks that differ in one of title, artist and duration, or lack some of it.
TRACKS = (
    {},
    {"song": "You Gotta Be Me"},
    {"artist": "Des'Ree"},
    {"length": 246.30813},
    {"length": 0.0},
    {"length": -0.0},
    {"length": None},
    {"song": None},
    {"song": ""},
    {"artist": None},
    {"song": None, "artist": None, "length": None},
    {"song": "Des'ree", "artist": "You Gotta Be"},
)

Hash = Callable[..., ColumnElement[Any]]


def constant(*_: Any) -> ColumnElement[Any]:
    """All tracks share it."""
    return cast(literal_column("7"), BigInteger)


def of_title(title: Any, *_: Any) -> ColumnElement[Any]:
    """Some tracks share it."""
    return cast(func.strlen(title), BigInteger)


@pytest.fixture
def use_hash(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Hash], None]]:
    """Builds the statements anew, with another hash."""

    def forget() -> None:
        for statements in (publication._steps, bulk._stage):
            statements.cache_clear()

    def use(hashed: Hash) -> None:
        for module in (fact, plays):
            monkeypatch.setattr(module, "hash_of", hashed)
        forget()

    yield use
    forget()


def load(warehouse: DuckDBWarehouse, memory_limit: str | None = None) -> list[str]:
    """Load, and return the names of the steps."""
    names: list[str] = []
    warehouse.load(
        keep_staging=False,
        memory_limit=memory_limit,
        progress=lambda name, _=0: names.append(name),
    )
    return names


def fill(warehouse: DuckDBWarehouse) -> None:
    """Put plays of all tracks into two files, some of them twice; one is in the catalogue."""
    warehouse.put("song", "a.json", [song()])
    for name, first in (("a.json", TS), ("b.json", TS + 5)):
        records = [play(ts=first + place, **track) for place, track in enumerate(TRACKS)]
        warehouse.put("log", name, [*records, visit(), visit(artist="Nobody plays")])


@pytest.fixture
def by_kept_staging(duckdb_template: Path, tmp_path: Path) -> Star:
    """The star that a load makes whose staging has no hash."""
    warehouse = DuckDBWarehouse(tmp_path / "kept", duckdb_template)
    fill(warehouse)
    warehouse.load(keep_staging=True)
    return warehouse.star()


@pytest.mark.parametrize("hashed", [hash_of, of_title, constant])
def test_star_does_not_depend_on_the_hash(
    duckdb_warehouse: DuckDBWarehouse,
    by_kept_staging: Star,
    use_hash: Callable[[Hash], None],
    hashed: Hash,
) -> None:
    use_hash(hashed)
    fill(duckdb_warehouse)
    steps = load(duckdb_warehouse)
    assert (BY_HASH in steps) is (hashed is hash_of)
    assert (BY_TEXTS in steps) is (hashed is not hash_of)
    assert duckdb_warehouse.star() == by_kept_staging
    matched = "SELECT count(*) FROM songplays WHERE song_id = 'SOGOTTABE'"
    assert duckdb_warehouse.rows(matched) == [(1,)]


def test_tracks_of_earlier_loads_count_too(
    duckdb_warehouse: DuckDBWarehouse, use_hash: Callable[[Hash], None]
) -> None:
    use_hash(of_title)
    duckdb_warehouse.put("song", "a.json", [song()])
    duckdb_warehouse.put("log", "a.json", [play()])
    assert BY_HASH in load(duckdb_warehouse)
    duckdb_warehouse.put("log", "b.json", [play(ts=TS + 1, artist="Somebody else")])
    assert BY_TEXTS in load(duckdb_warehouse)
    found = duckdb_warehouse.rows("SELECT song_id FROM songplays ORDER BY start_time")
    assert found == [("SOGOTTABE",), (None,)]
