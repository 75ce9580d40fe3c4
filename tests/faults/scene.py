"""The scene of an accident: a warehouse before a load, the files that it will load, and after.

Each test gets copies of the same warehouse beside the same files, harms a load of them, and
holds what is left against the warehouse before and against the one after an undisturbed load.
"""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

from tests.load.records import TS, play, song, visit
from tests.load.warehouse import (
    STAR_COLUMNS,
    DuckDBWarehouse,
    Record,
    Star,
    in_order,
    json_lines,
)

#: What a load leaves in star, ledger and rejects, without what differs from load to load:
#: the random run ids, the moments, and surrogate keys, which may have gaps.
CONTENT = {
    **{table: f"SELECT {columns} FROM {table}" for table, columns in STAR_COLUMNS.items()},
    "load_files": """
        SELECT file_id, feed, uri, size_bytes, fingerprint, records_read, records_staged,
            records_rejected, plays_inserted, plays_duplicate, not_plays, unknown_keys
        FROM load_files WHERE run_id IN (SELECT run_id FROM load_runs)""",
    "load_runs": """
        SELECT mode, log_files, song_files, records_read, records_staged, records_rejected,
            plays_inserted, plays_duplicate
        FROM load_runs""",
    "load_rejects": """
        SELECT reject_number, file_id, uri, line_number, reason, column_name, detail, raw_text
        FROM load_rejects WHERE run_id IN (SELECT run_id FROM load_runs)""",
    "tracks": "SELECT title, artist_name, duration, song_id, artist_id FROM tracks",
    "songplay_tracks": """
        SELECT start_time, user_id, session_id, title, artist_name, duration
        FROM songplay_tracks JOIN tracks USING (track_id)""",
    "user_versions": "SELECT * FROM user_versions",
}

#: The one bad record of the second load, so that rejects change too.
MAX_ERRORS = 1


class Copy(DuckDBWarehouse):
    """A copy of the scene's warehouse, which shares the scene's files."""

    def __init__(self, folder: Path, template: Path, feeds: Path) -> None:
        super().__init__(folder, template)
        self.feeds = feeds

    def place(self, feed: str) -> str:
        return str(self.feeds / f"{feed}_data")

    def content(self) -> Star:
        """What every load of the same files has to come to."""
        rows = self.query(*CONTENT.values())
        return {name: in_order(found) for name, found in zip(CONTENT, rows, strict=True)}

    def options(self, **settings: Any) -> dict[str, Any]:
        """The settings as plain values, for a load in another process."""
        return {
            "database_url": self.url,
            "log_data": self.place("log"),
            "song_data": self.place("song"),
            **settings,
        }


class Scene:
    """A warehouse with one load in it, and files for another that changes all it can."""

    def __init__(self, folder: Path, empty: Path) -> None:
        self.folder = folder
        self.empty = empty
        self._copies = 0
        first = DuckDBWarehouse(folder / "first", empty)
        for feed, name, records in earlier_files():
            first.put(feed, name, records)
        first.load()
        self.feeds = first.folder
        self.loaded = first.file
        for feed, name, content in later_files():
            first.put(feed, name, content)
        self.before = self.copy().content()
        undisturbed = self.copy()
        undisturbed.load(max_errors=MAX_ERRORS)
        self.after = undisturbed.content()
        untouched = self.copy(self.empty)
        self.nothing = untouched.content()
        untouched.load(max_errors=MAX_ERRORS)
        self.after_all_at_once = untouched.content()

    def copy(self, template: Path | None = None) -> Copy:
        """A warehouse as it was before the load; or one that is empty."""
        self._copies += 1
        return Copy(self.folder / f"copy-{self._copies}", template or self.loaded, self.feeds)

    def another(self, warehouse: Copy) -> Copy:
        """A copy of a warehouse in whatever state it is, its write-ahead log included."""
        copy = self.copy(warehouse.file)
        log = Path(f"{warehouse.file}.wal")
        if log.exists():
            shutil.copyfile(log, f"{copy.file}.wal")
        return copy


def earlier_files() -> list[tuple[str, str, list[Record]]]:
    """What the warehouse holds already: plays without their song, a poor artist."""
    plays = [
        play(
            ts=TS + 1000 * number,
            itemInSession=number,
            song=f"Song {number}",
            artist="The Artists",
            length=200.0 + number,
            userId=str(number % 3),
        )
        for number in range(1, 10)
    ]
    return [
        ("log", "2018/11/2018-11-01-events.json", [*plays, visit(ts=TS)]),
        ("song", "A/TRAAA.json", [_song(1, artist_location="", artist_latitude=None)]),
        ("song", "A/TRAAB.json", [_song(2, year=0)]),
    ]


def later_files() -> list[tuple[str, str, list[Record] | bytes]]:
    """Songs for the old plays, better records, newer users, a contested play, a bad record."""
    plays = [
        play(
            ts=TS + 86_400_000 + 1000 * number,
            itemInSession=number,
            song=f"Song {number}",
            artist="The Artists",
            length=200.0 + number,
            userId=str(number % 5),
            level="paid",
        )
        for number in range(1, 30)
    ]
    again = play(
        ts=TS + 1000,
        itemInSession=1,
        song="Song 1",
        artist="The Artists",
        length=201.0,
        userId="1",
        level="A",
    )
    bad = visit(ts="yesterday")
    joined = json_lines([*plays[:15], again, bad])
    return [
        ("log", "2018/11/2018-11-02-events.json", joined),
        ("log", "2018/11/2018-11-03-events.json.gz", gzip.compress(json_lines(plays[10:]))),
        *(("song", f"B/TRBB{number}.json", [_song(number, year=1999)]) for number in range(1, 8)),
    ]


def _song(number: int, **changes: Any) -> Record:
    return song(
        song_id=f"SO{number:04}",
        title=f"Song {number}",
        artist_id="ARARTISTS",
        artist_name="The Artists",
        duration=200.0 + number,
        **changes,
    )
