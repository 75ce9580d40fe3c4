"""Nine plays, small enough to count by hand, in a warehouse on each engine.

====  ====  =======  =======================  =====  =========  ======  =======
play  user  session  start_time               level  track      place   client
====  ====  =======  =======================  =====  =========  ======  =======
1     1     10       Mon 2018-11-05 08:00:00  free   Alpha      Oslo    Chrome
2     1     10       Mon 2018-11-05 08:04:00  free   Beta       Oslo    Chrome
3     1     10       Mon 2018-11-05 08:09:30  paid   Nowhere    Oslo    Chrome
4     1     11       Wed 2018-11-14 22:00:00  paid   Alpha      Oslo    Chrome
5     2     20       Mon 2018-11-05 23:59:59  free   Alpha      Bergen  Firefox
6     2     20       Tue 2018-11-06 00:02:59  free   Alpha      Bergen  Firefox
7     2     21       Mon 2018-12-03 08:30:00  free   Nowhere    Bergen  Firefox
8     3     30       Sun 2018-11-11 08:15:00  paid   Beta       NULL    NULL
9     3     31       Tue 2018-11-13 10:00:00  free   (no name)  Oslo    iPhone
====  ====  =======  =======================  =====  =========  ======  =======

Plays 5 and 6 have half a second more. The catalogue knows Alpha and Beta, both by Ann, and
Gamma by Bob, which nobody plays.

The ledger, which no question about plays looks at, tells of two loads and three files: the
second load left out five records, four of them of one file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, func, insert, select

from sparkify_dwh import schema, tables
from sparkify_dwh.engines.connect import open_engine
from sparkify_dwh.settings import Settings
from tests.standin import Standin

CHROME = (
    '"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_4) AppleWebKit/537.36 '
    '(KHTML, like Gecko) Chrome/36.0.1985.143 Safari/537.36"'
)
FIREFOX = "Mozilla/5.0 (Windows NT 5.1; rv:31.0) Gecko/20100101 Firefox/31.0"
IPHONE = (
    '"Mozilla/5.0 (iPhone; CPU iPhone OS 7_1_2 like Mac OS X) AppleWebKit/537.51.2 '
    '(KHTML, like Gecko) Version/7.0 Mobile/11D257 Safari/9537.53"'
)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


ARTISTS = [("A1", "Ann", "Oslo"), ("A2", "Bob", None)]
SONGS = [("S1", "Alpha", "A1", 100.0), ("S2", "Beta", "A1", 200.0), ("S3", "Gamma", "A2", 300.0)]
USERS = [(1, "Ada", "Byron", "paid"), (2, "Bo", "Chan", "free"), (3, "Cy", "Dorn", "free")]
TRACKS = [
    ("Alpha", "Ann", 100.0, "S1"),
    ("Beta", "Ann", 200.0, "S2"),
    ("Nowhere", "Zed", 50.0, None),
    ("", "", -1e300, None),
]
PLAYS = [
    (1, 10, at("2018-11-05T08:00:00"), "free", "Alpha", "Oslo", CHROME),
    (1, 10, at("2018-11-05T08:04:00"), "free", "Beta", "Oslo", CHROME),
    (1, 10, at("2018-11-05T08:09:30"), "paid", "Nowhere", "Oslo", CHROME),
    (1, 11, at("2018-11-14T22:00:00"), "paid", "Alpha", "Oslo", CHROME),
    (2, 20, at("2018-11-05T23:59:59.500"), "free", "Alpha", "Bergen", FIREFOX),
    (2, 20, at("2018-11-06T00:02:59.500"), "free", "Alpha", "Bergen", FIREFOX),
    (2, 21, at("2018-12-03T08:30:00"), "free", "Nowhere", "Bergen", FIREFOX),
    (3, 30, at("2018-11-11T08:15:00"), "paid", "Beta", None, None),
    (3, 31, at("2018-11-13T10:00:00"), "free", "", "Oslo", IPHONE),
]
RUNS = [
    # run, started, finished, mode, log files, song files, read, staged, rejected, new plays, old
    ("R1", at("2018-12-04T01:00"), at("2018-12-04T01:00:02.500"), "rebuild", 1, 1, 9, 9, 0, 6, 0),
    ("R2", at("2018-12-05T01:00"), at("2018-12-05T01:00:10"), "incremental", 1, 1, 10, 5, 5, 3, 0),
]
FILES = [
    # file, run, feed, uri, read, staged, rejected
    (1, "R1", "log", "file:///log/a.json", 9, 9, 0),
    (2, "R2", "log", "file:///log/b.json", 9, 5, 4),
    (3, "R2", "song", "file:///song/c.json", 1, 0, 1),
]
REJECTS = [
    # file, line, reason, JSON key
    (2, 3, "bad_type", "ts"),
    (2, 5, "bad_type", "ts"),
    (2, 7, "bad_type", "length"),
    (2, 8, "missing", "page"),
    (3, None, "not_json", None),
]


def insert_numbered(connection: Connection, table: Table, **values: Any) -> None:
    """Insert a row with a surrogate key, which Redshift gives by itself and DuckDB does not."""
    (key,) = table.primary_key.columns
    if connection.dialect.name == "duckdb":
        values[key.name] = connection.scalar(select(func.coalesce(func.max(key) + 1, 0)))
    connection.execute(insert(table).values(values))


def fill(connection: Connection) -> None:
    """Insert the nine plays and what they refer to, and the ledger."""
    _fill_ledger(connection)
    for artist_id, name, location in ARTISTS:
        connection.execute(
            insert(tables.artists).values(artist_id=artist_id, name=name, location=location)
        )
    for song_id, title, artist_id, duration in SONGS:
        connection.execute(
            insert(tables.songs).values(
                song_id=song_id, title=title, artist_id=artist_id, duration=duration
            )
        )
    for user_id, first_name, last_name, level in USERS:
        connection.execute(
            insert(tables.users).values(
                user_id=user_id, first_name=first_name, last_name=last_name, level=level
            )
        )
    for title, artist_name, duration, song_id in TRACKS:
        insert_numbered(
            connection,
            tables.tracks,
            title=title,
            artist_name=artist_name,
            duration=duration,
            song_id=song_id,
            artist_id="A1" if song_id else None,
        )
    tracks = tables.tracks
    numbers = {row.title: row for row in connection.execute(tracks.select())}
    for user_id, session_id, start_time, level, title, location, user_agent in PLAYS:
        _insert_time(connection, start_time)
        insert_numbered(
            connection,
            tables.songplays,
            user_id=user_id,
            session_id=session_id,
            start_time=start_time,
            level=level,
            song_id=numbers[title].song_id,
            artist_id=numbers[title].artist_id,
            location=location,
            user_agent=user_agent,
        )
        connection.execute(
            insert(tables.songplay_tracks).values(
                user_id=user_id,
                session_id=session_id,
                start_time=start_time,
                track_id=numbers[title].track_id,
            )
        )


def _fill_ledger(connection: Connection) -> None:
    for run in RUNS:
        names = [column.name for column in tables.load_runs.columns if column.name != "version"]
        values = dict(zip(names, run, strict=True))
        connection.execute(insert(tables.load_runs).values(version="1", **values))
    for file_id, run_id, feed, uri, read, staged, rejected in FILES:
        connection.execute(
            insert(tables.load_files).values(
                file_id=file_id,
                run_id=run_id,
                feed=feed,
                uri=uri,
                size_bytes=1,
                fingerprint="f",
                records_read=read,
                records_staged=staged,
                records_rejected=rejected,
                plays_inserted=0,
                plays_duplicate=0,
                not_plays=0,
                unknown_keys=0,
            )
        )
    for number, (file_id, line, reason, key) in enumerate(REJECTS, start=1):
        connection.execute(
            insert(tables.load_rejects).values(
                run_id="R2",
                reject_number=number,
                file_id=file_id,
                uri=FILES[file_id - 1][3],
                line_number=line,
                reason=reason,
                column_name=key,
                detail="why",
                raw_text="{}",
            )
        )


def _insert_time(connection: Connection, moment: dt.datetime) -> None:
    connection.execute(
        insert(tables.time).values(
            start_time=moment,
            hour=moment.hour,
            day=moment.day,
            week=moment.isocalendar().week,
            month=moment.month,
            year=moment.year,
            weekday=moment.isoweekday() % 7,
        )
    )


@pytest.fixture(scope="session")
def standin() -> Iterator[Standin]:
    with Standin() as server:
        yield server


@pytest.fixture(scope="session", params=["duckdb", "redshift"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of a warehouse with the nine plays."""
    return _warehouse(request, tmp_path_factory, filled=True)


@pytest.fixture(scope="session", params=["duckdb", "redshift"])
def empty_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of a warehouse without any row."""
    return _warehouse(request, tmp_path_factory, filled=False)


def _warehouse(
    request: pytest.FixtureRequest, folders: pytest.TempPathFactory, *, filled: bool
) -> str:
    if request.param == "duckdb":
        folder: Path = folders.mktemp("warehouse")
        url = f"duckdb:///{folder / 'w.duckdb'}"
    else:
        server: Standin = request.getfixturevalue("standin")
        url = server.url(database=server.fresh_database())
    settings = Settings.resolve(database_url=url)
    schema.upgrade(settings)
    if filled:
        engine = open_engine(settings)
        with engine.begin() as connection:
            fill(connection)
        engine.dispose()
    return url


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_engine(Settings.resolve(database_url=url))
    yield engine
    engine.dispose()
