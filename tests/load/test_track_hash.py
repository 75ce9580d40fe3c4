"""Plays find their tracks by a hash where staging has it, and by its texts where that would err."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, ColumnElement, cast, func, literal_column

from sparkify_dwh.engines import duckdb_memory
from sparkify_dwh.errors import DataRejectedError
from sparkify_dwh.load import publication
from sparkify_dwh.staging import bulk
from sparkify_dwh.statements import plays
from sparkify_dwh.statements.hashing import hash_of
from tests.load.records import TS, play, song, visit
from tests.load.warehouse import DuckDBWarehouse, Star

BY_TEXTS = "songplays: insert new plays, by the texts of their tracks"
BY_HASH = "songplays: insert new plays"
BY_HASH_OTHERS = "songplays: insert new plays, without those of such a key"
WAYS = {BY_HASH, BY_HASH_OTHERS, BY_TEXTS}

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
    return cast(func.coalesce(func.strlen(title), 0), BigInteger)


@pytest.fixture
def use_hash(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Hash], None]]:
    """Builds the statements anew, with another hash."""

    def forget() -> None:
        for statements in (publication._steps, bulk._stage):
            statements.cache_clear()

    def use(hashed: Hash) -> None:
        monkeypatch.setattr(plays, "hash_of", hashed)
        forget()

    yield use
    forget()


def load(warehouse: DuckDBWarehouse) -> list[str]:
    """Load, and return the names of the steps."""
    names: list[str] = []
    warehouse.load(keep_staging=False, progress=lambda name, _=0: names.append(name))
    return names


def fill(warehouse: DuckDBWarehouse, *, some_twice: bool) -> None:
    """Put plays of all tracks into two files; one track is in the catalogue."""
    warehouse.put("song", "a.json", [song()])
    later = len(TRACKS) - 7 if some_twice else len(TRACKS)
    for name, first in (("a.json", TS), ("b.json", TS + later)):
        records = [play(ts=first + place, **track) for place, track in enumerate(TRACKS)]
        warehouse.put("log", name, [*records, visit(), visit(artist="Nobody plays")])


def by_kept_staging(template: Path, folder: Path, *, some_twice: bool) -> Star:
    """Return the star that a load makes whose staging has no hash."""
    warehouse = DuckDBWarehouse(folder, template)
    fill(warehouse, some_twice=some_twice)
    warehouse.load(keep_staging=True)
    return warehouse.star()


@pytest.mark.parametrize("hashed", [hash_of, of_title, constant])
@pytest.mark.parametrize("some_twice", [True, False])
def test_star_does_not_depend_on_the_hash(
    duckdb_warehouse: DuckDBWarehouse,
    duckdb_template: Path,
    tmp_path: Path,
    use_hash: Callable[[Hash], None],
    hashed: Hash,
    some_twice: bool,
) -> None:
    use_hash(hashed)
    fill(duckdb_warehouse, some_twice=some_twice)
    steps = load(duckdb_warehouse)
    by_hash = BY_HASH_OTHERS if some_twice else BY_HASH
    assert WAYS.intersection(steps) == {by_hash if hashed is hash_of else BY_TEXTS}
    kept = by_kept_staging(duckdb_template, tmp_path / "kept", some_twice=some_twice)
    assert duckdb_warehouse.star() == kept
    matched = "SELECT count(*) FROM songplays WHERE song_id = 'SOGOTTABE'"
    assert duckdb_warehouse.rows(matched) == [(1 if some_twice else 2,)]


def test_only_tracks_of_one_load_can_be_confused(
    duckdb_warehouse: DuckDBWarehouse, use_hash: Callable[[Hash], None]
) -> None:
    use_hash(of_title)
    duckdb_warehouse.put("song", "a.json", [song()])
    duckdb_warehouse.put("log", "a.json", [play()])
    assert BY_HASH in load(duckdb_warehouse)
    duckdb_warehouse.put("log", "b.json", [play(ts=TS + 1, artist="Somebody else")])
    assert BY_HASH in load(duckdb_warehouse)
    duckdb_warehouse.put("log", "c.json", [play(ts=TS + 2), play(ts=TS + 3, artist="A third")])
    assert BY_TEXTS in load(duckdb_warehouse)
    found = duckdb_warehouse.rows("SELECT song_id FROM songplays ORDER BY start_time")
    assert found == [("SOGOTTABE",), (None,)] * 2


@pytest.mark.parametrize("in_spool", [True, False])
def test_text_is_the_same_however_it_is_written(
    duckdb_warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch, in_spool: bool
) -> None:
    """The hashes are those of what was read, so that one track has several."""
    if in_spool:
        monkeypatch.setattr(duckdb_memory, "bounded_bytes", lambda _: 0)
    title, artist = 'Caf\u00e9/Bar "1979"', "AC/DC"
    written = [
        ('"Caf\u00e9/Bar \\"1979\\""', '"AC/DC"'),
        (r'"Caf\u00e9\/Bar \u00221979\u0022"', r'"AC\/DC"'),
        (r'"\u0043af\u00E9/Bar \"1979\""', r'"\u0041C/DC"'),
    ]
    duckdb_warehouse.put("song", "a.json", [song(title=title, artist_name=artist, duration=1.5)])
    lines = []
    for place, (of_title, of_artist) in enumerate(written):
        line = json.dumps(play(ts=TS + place, song="TITLE", artist="ARTIST", length=1.5))
        lines.append(line.replace('"TITLE"', of_title).replace('"ARTIST"', of_artist))
    duckdb_warehouse.put("log", "a.json", "\n".join(lines).encode())
    assert BY_HASH in load(duckdb_warehouse)
    assert duckdb_warehouse.rows("SELECT title, artist_name FROM tracks") == [(title, artist)]
    found = duckdb_warehouse.rows("SELECT song_id FROM songplays")
    assert found == [("SOGOTTABE",)] * len(written)


def test_texts_that_are_too_long_only_in_their_json_are_none(
    duckdb_warehouse: DuckDBWarehouse,
) -> None:
    """512 bytes are allowed, of the text: each character here takes two, and six in JSON."""
    title = "\u00e9" * 256
    duckdb_warehouse.put("song", "a.json", [song()])
    duckdb_warehouse.put("log", "a.json", [play(song=title)])
    load(duckdb_warehouse)
    assert duckdb_warehouse.rows("SELECT title FROM tracks") == [(title,)]
    duckdb_warehouse.put("log", "b.json", [play(ts=TS + 1, song=title + "x")])
    with pytest.raises(DataRejectedError, match="too_long"):
        load(duckdb_warehouse)
