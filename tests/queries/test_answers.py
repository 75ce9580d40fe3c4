"""Each query on the nine plays of conftest.py, with rows that were counted by hand."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from sqlalchemy import Engine, Select, func, insert, select

from sparkify_dwh import queries, schema, tables
from sparkify_dwh.engines.connect import open_engine
from sparkify_dwh.queries.result import fetch
from sparkify_dwh.settings import Settings
from tests.queries.conftest import CHROME, FIREFOX, IPHONE, at, insert_numbered

NOV, DEC = dt.date(2018, 11, 1), dt.date(2018, 12, 1)
WEEK1, WEEK2, WEEK5 = dt.date(2018, 11, 5), dt.date(2018, 11, 12), dt.date(2018, 12, 3)


def day(number: int, month: int = 11) -> dt.date:
    return dt.date(2018, month, number)


ANSWERS: list[tuple[str, dict[str, Any], list[tuple[Any, ...]]]] = [
    ("top_songs", {}, [("S1", "Alpha", "Ann", 4, 2), ("S2", "Beta", "Ann", 2, 2)]),
    (
        "top_songs",
        {"n": 1, "start": "2018-11-06", "end": dt.date(2018, 11, 15)},
        [("S1", "Alpha", "Ann", 2, 2)],
    ),
    ("top_songs", {"level": "paid"}, [("S1", "Alpha", "Ann", 1, 1), ("S2", "Beta", "Ann", 1, 1)]),
    ("top_songs", {"place": "Bergen"}, [("S1", "Alpha", "Ann", 2, 1)]),
    (
        "top_songs",
        {"place": ["Bergen", "Oslo"], "n": None},
        [("S1", "Alpha", "Ann", 4, 2), ("S2", "Beta", "Ann", 1, 1)],
    ),
    ("top_artists", {}, [("A1", "Ann", "Oslo", 6, 3)]),
    ("top_artists", {"level": "paid", "n": 1}, [("A1", "Ann", "Oslo", 2, 2)]),
    (
        "top_tracks",
        {},
        [
            ("Alpha", "Ann", 100.0, "S1", 4, 2),
            ("Beta", "Ann", 200.0, "S2", 2, 2),
            ("Nowhere", "Zed", 50.0, None, 2, 2),
            (None, None, None, None, 1, 1),
        ],
    ),
    (
        "top_tracks",
        {"known": False},
        [("Nowhere", "Zed", 50.0, None, 2, 2), (None, None, None, None, 1, 1)],
    ),
    (
        "top_tracks",
        {"known": True, "end": "2018-11-06", "n": 1},
        [("Alpha", "Ann", 100.0, "S1", 2, 2)],
    ),
    (
        "top_tracks",
        {"level": "free", "start": "2018-11-05T08:01"},
        [
            ("Alpha", "Ann", 100.0, "S1", 2, 1),
            (None, None, None, None, 1, 1),
            ("Beta", "Ann", 200.0, "S2", 1, 1),
            ("Nowhere", "Zed", 50.0, None, 1, 1),
        ],
    ),
    (
        "top_users",
        {"n": 2},
        [
            (1, "Ada", "Byron", "paid", 4, 2, at("2018-11-05T08:00"), at("2018-11-14T22:00")),
            (2, "Bo", "Chan", "free", 3, 2, at("2018-11-05T23:59:59.5"), at("2018-12-03T08:30")),
        ],
    ),
    ("plays_by_hour", {}, [(0, 1, 1), (8, 5, 3), (10, 1, 1), (22, 1, 1), (23, 1, 1)]),
    ("plays_by_weekday", {}, [(0, 1, 1), (1, 5, 2), (2, 2, 2), (3, 1, 1)]),
    (
        "plays_by_weekday_and_hour",
        {},
        [(0, 8, 1), (1, 8, 4), (1, 23, 1), (2, 0, 1), (2, 10, 1), (3, 22, 1)],
    ),
    (
        "plays_by_day",
        {},
        [
            (day(5), 4, 2),
            (day(6), 1, 1),
            (day(11), 1, 1),
            (day(13), 1, 1),
            (day(14), 1, 1),
            (day(3, 12), 1, 1),
        ],
    ),
    (
        "plays_by_day",
        {"start": "2018-11-06", "end": "2018-11-13"},
        [(day(6), 1, 1), (day(11), 1, 1)],
    ),
    ("plays_by_week", {}, [(WEEK1, 6, 3), (WEEK2, 2, 2), (WEEK5, 1, 1)]),
    ("active_users", {"period": "month"}, [(NOV, 8, 3), (DEC, 1, 1)]),
    ("active_users", {"period": "week"}, [(WEEK1, 6, 3), (WEEK2, 2, 2), (WEEK5, 1, 1)]),
    ("active_users", {"level": "paid"}, [(day(5), 1, 1), (day(11), 1, 1), (day(14), 1, 1)]),
    (
        "plays_by_place",
        {},
        [("Oslo", 5, 2, 5 / 9), ("Bergen", 3, 1, 3 / 9), (None, 1, 1, 1 / 9)],
    ),
    ("plays_by_place", {"n": 1}, [("Oslo", 5, 2, 5 / 9)]),
    ("user_agents", {}, [(CHROME, 4), (FIREFOX, 3), (IPHONE, 1), (None, 1)]),
    ("plays_by_level", {}, [("free", 6, 3, 6 / 9), ("paid", 3, 2, 3 / 9)]),
    (
        "level_trend",
        {},
        [
            (WEEK1, 4, 2, 2, 2, 2 / 6, 6, 3),
            (WEEK2, 1, 1, 1, 1, 0.5, 2, 2),
            (WEEK5, 1, 0, 1, 0, 0.0, 1, 1),
        ],
    ),
    (
        "conversions",
        {},
        [(1, "Ada", "Byron", at("2018-11-05T08:09:30"), at("2018-11-05T08:04"))],
    ),
    (
        "conversions",
        {"start": "2018-11-05T08:09:30"},
        [(1, "Ada", "Byron", at("2018-11-05T08:09:30"), at("2018-11-05T08:04"))],
    ),
    ("conversions", {"end": "2018-11-05T08:09:30"}, []),
    (
        "downgrades",
        {},
        [(3, "Cy", "Dorn", at("2018-11-13T10:00"), at("2018-11-11T08:15"))],
    ),
    ("level_changes", {}, [(WEEK1, 1, 0, 1), (WEEK2, 0, 1, -1)]),
    ("level_changes", {"period": "month"}, [(NOV, 1, 1, 0)]),
    (
        "level_history",
        {},
        [
            (1, "free", at("2018-11-05T08:00"), None),
            (1, "paid", at("2018-11-05T08:09:30"), "free"),
            (2, "free", at("2018-11-05T23:59:59.5"), None),
            (3, "paid", at("2018-11-11T08:15"), None),
            (3, "free", at("2018-11-13T10:00"), "paid"),
        ],
    ),
    ("totals", {}, [(9, 3, 6, at("2018-11-05T08:00"), at("2018-12-03T08:30"))]),
    (
        "totals",
        {"level": "free", "place": "Oslo"},
        [(3, 2, 2, at("2018-11-05T08:00"), at("2018-11-13T10:00"))],
    ),
    ("totals", {"start": "2019-01-01"}, [(0, 0, 0, None, None)]),
    (
        "load_history",
        {},
        [
            ("R2", at("2018-12-05T01:00"), 10.0, "incremental", 1, 1, 10, 5, 5, 3, 0),
            ("R1", at("2018-12-04T01:00"), 2.5, "rebuild", 1, 1, 9, 9, 0, 6, 0),
        ],
    ),
    (
        "load_history",
        {"n": 1},
        [("R2", at("2018-12-05T01:00"), 10.0, "incremental", 1, 1, 10, 5, 5, 3, 0)],
    ),
    (
        "rejects_by_reason",
        {},
        [
            ("bad_type", "log", "ts", 2, 1, at("2018-12-05T01:00:10")),
            ("bad_type", "log", "length", 1, 1, at("2018-12-05T01:00:10")),
            ("missing", "log", "page", 1, 1, at("2018-12-05T01:00:10")),
            ("not_json", "song", None, 1, 1, at("2018-12-05T01:00:10")),
        ],
    ),
    (
        "rejects_by_reason",
        {"feed": "song", "n": 3},
        [("not_json", "song", None, 1, 1, at("2018-12-05T01:00:10"))],
    ),
    (
        "rejects_by_file",
        {},
        [
            ("file:///log/b.json", "log", 4, 9, 2, 3, at("2018-12-05T01:00:10")),
            ("file:///song/c.json", "song", 1, 1, 1, None, at("2018-12-05T01:00:10")),
        ],
    ),
    (
        "rejects_by_file",
        {"feed": "log", "n": 1},
        [("file:///log/b.json", "log", 4, 9, 2, 3, at("2018-12-05T01:00:10"))],
    ),
    (
        "sessions",
        {},
        [
            (1, 10, at("2018-11-05T08:00"), at("2018-11-05T08:09:30"), 3, 570.0, 285.0),
            (2, 20, at("2018-11-05T23:59:59.5"), at("2018-11-06T00:02:59.5"), 2, 180.0, 180.0),
            (1, 11, at("2018-11-14T22:00"), at("2018-11-14T22:00"), 1, 0.0, None),
            (2, 21, at("2018-12-03T08:30"), at("2018-12-03T08:30"), 1, 0.0, None),
            (3, 30, at("2018-11-11T08:15"), at("2018-11-11T08:15"), 1, 0.0, None),
            (3, 31, at("2018-11-13T10:00"), at("2018-11-13T10:00"), 1, 0.0, None),
        ],
    ),
    (
        "session_trend",
        {},
        [
            (WEEK1, 3, 3, 2.0, 250.0, 180.0, 570.0),
            (WEEK2, 2, 2, 1.0, 0.0, 0.0, 0.0),
            (WEEK5, 1, 1, 1.0, 0.0, 0.0, 0.0),
        ],
    ),
    ("session_gaps", {}, [(3, 1, 1 / 3), (4, 1, 1 / 3), (5, 1, 1 / 3)]),
    (
        "retention",
        {},
        [(WEEK1, 0, 3, 3, 1.0), (WEEK1, 1, 2, 3, 2 / 3), (WEEK1, 4, 1, 3, 1 / 3)],
    ),
    ("retention", {"period": "month"}, [(NOV, 0, 3, 3, 1.0), (NOV, 1, 1, 3, 1 / 3)]),
    (
        "retention",
        {"period": "day", "start": "2018-11-06"},
        [(day(11), 0, 1, 1, 1.0), (day(11), 2, 1, 1, 1.0)],
    ),
    ("unknown_songs", {"period": "month"}, [(NOV, 8, 2, 0.25), (DEC, 1, 1, 1.0)]),
    ("catalogue_coverage", {}, [(3, 2, 2 / 3, 2, 1, 0.5, 9, 6, 6 / 9)]),
    ("catalogue_coverage", {"level": "paid"}, [(3, 2, 2 / 3, 2, 1, 0.5, 3, 2, 2 / 3)]),
    ("catalogue_coverage", {"start": "2019-01-01"}, [(3, 0, 0.0, 2, 0, 0.0, 0, 0, None)]),
]


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    ANSWERS,
    ids=[f"{name}-{'-'.join(parameters) or 'all'}" for name, parameters, _ in ANSWERS],
)
def test_answer_is_what_was_counted_by_hand(
    engine: Engine, name: str, parameters: dict[str, Any], expected: list[tuple[Any, ...]]
) -> None:
    query = getattr(queries, name)(**parameters)
    assert [tuple(row) for row in fetch(engine, query)] == expected


def test_every_query_has_an_answer_counted_by_hand() -> None:
    counted = {name for name, _, _ in ANSWERS} | {"plays_by_browser", "plays_by_device"}
    assert counted == {info.name for info in queries.all_queries()}


@pytest.fixture
def agents() -> list[str | None]:
    pytest.importorskip("ua_parser", reason="needs ua-parser: pip install '.[user-agents]'")
    return [CHROME, FIREFOX, IPHONE, None]


def test_browsers_are_told_from_user_agents(engine: Engine, agents: list[str | None]) -> None:
    rows = fetch(engine, queries.plays_by_browser(agents))
    assert [tuple(row) for row in rows] == [
        ("Chrome", 4, 1, 4 / 9),
        ("Firefox", 3, 1, 3 / 9),
        ("Mobile Safari", 1, 1, 1 / 9),
        (None, 1, 1, 1 / 9),
    ]


def test_devices_are_told_from_user_agents(engine: Engine, agents: list[str | None]) -> None:
    rows = fetch(engine, queries.plays_by_device(agents, end="2018-12-01"))
    assert [tuple(row) for row in rows] == [
        ("Mac", "Mac OS X", 4, 1, 4 / 8),
        ("PC", "Windows", 2, 1, 2 / 8),
        ("iPhone", "iOS", 1, 1, 1 / 8),
        (None, None, 1, 1, 1 / 8),
    ]


def test_a_query_is_the_source_of_another(engine: Engine) -> None:
    busy = queries.plays_by_day(level="free").subquery("busy")
    query: Select[Any] = select(func.max(busy.c.plays), func.count()).select_from(busy)
    assert [tuple(row) for row in fetch(engine, query)] == [(3, 4)]


def test_queries_with_other_parameters_go_together_in_one_statement(engine: Engine) -> None:
    """Each brings parts that it reads more than once, under the same names."""
    up, down = queries.conversions().subquery(), queries.downgrades(end="2018-11-30").subquery()
    one, other = queries.top_songs(n=1).subquery(), queries.top_songs(n=1, level="paid").subquery()
    query: Select[Any] = select(
        select(func.count()).select_from(up).scalar_subquery(),
        select(func.count()).select_from(down).scalar_subquery(),
        select(one.c.plays).scalar_subquery(),
        select(other.c.plays).scalar_subquery(),
    )
    assert [tuple(row) for row in fetch(engine, query)] == [(1, 1, 4, 1)]


def test_a_moment_with_a_zone_is_taken_in_utc(engine: Engine) -> None:
    oslo = dt.timezone(dt.timedelta(hours=1))
    start = dt.datetime(2018, 11, 14, 23, 0, tzinfo=oslo)
    assert len(fetch(engine, queries.plays_by_day(start=start, end="2018-11-30"))) == 1
    later = start + dt.timedelta(milliseconds=1)
    assert len(fetch(engine, queries.plays_by_day(start=later, end="2018-11-30"))) == 0


def test_level_changes_within_one_day_are_all_found(tmp_path: Any) -> None:
    """A user who goes back and forth in overlapping sessions, on one day and over midnight."""
    settings = Settings.resolve(database_url=f"duckdb:///{tmp_path / 'w.duckdb'}")
    schema.upgrade(settings)
    engine = open_engine(settings)
    plays = [
        ("2018-11-05T10:00", 1, "free"),
        ("2018-11-05T10:01", 2, "paid"),
        ("2018-11-05T10:02", 1, "free"),
        ("2018-11-05T10:03", 2, None),
        ("2018-11-05T10:04", 2, "paid"),
        ("2018-11-06T10:00", 1, "paid"),
        ("2018-11-07T10:00", 1, "free"),
    ]
    with engine.begin() as connection:
        connection.execute(insert(tables.users).values(user_id=1))
        for moment, session_id, level in plays:
            insert_numbered(
                connection,
                tables.songplays,
                user_id=1,
                session_id=session_id,
                start_time=at(moment),
                level=level,
            )
    history = fetch(engine, queries.level_history())
    assert [(row.level, row.since.isoformat(timespec="minutes")) for row in history] == [
        ("free", "2018-11-05T10:00"),
        ("paid", "2018-11-05T10:01"),
        ("free", "2018-11-05T10:02"),
        ("paid", "2018-11-05T10:04"),
        ("free", "2018-11-07T10:00"),
    ]
    [*_, last] = fetch(engine, queries.downgrades())
    assert (last.changed_at, last.last_before) == (at("2018-11-07T10:00"), at("2018-11-06T10:00"))


@pytest.mark.parametrize("seed", range(3))
def test_level_history_is_that_of_the_plays_in_order(empty_url: str, seed: int) -> None:
    """Of plays at random: sessions that overlap, at the same moment, on a day and over midnight."""
    draw = random.Random(seed)
    places = {(draw.randrange(3), draw.randrange(3), draw.randrange(90)) for _ in range(110)}
    plays = [
        (user, session, at("2018-11-05T22:00") + dt.timedelta(minutes=5 * minute), level)
        for user, session, minute in sorted(places)
        for level in [draw.choice(["free", "paid", draw.choice(["free", None, "trial"])])]
    ]
    expected: list[tuple[Any, ...]] = []
    for user in range(3):
        told = sorted(
            (when, number, level) for u, number, when, level in plays if u == user and level
        )
        levels = [None, *(level for *_, level in told)]
        expected += [
            (user, level, when, levels[place])
            for place, (when, _, level) in enumerate(told)
            if level != levels[place]
        ]
    engine = open_engine(Settings.resolve(database_url=empty_url))
    with engine.connect() as connection:
        for user in range(3):
            connection.execute(insert(tables.users).values(user_id=user))
        for user, session, when, level in plays:
            insert_numbered(
                connection,
                tables.songplays,
                user_id=user,
                session_id=session,
                start_time=when,
                level=level,
            )
        found = connection.execute(queries.level_history())
        assert [tuple(row) for row in found] == expected
        connection.rollback()
    engine.dispose()
