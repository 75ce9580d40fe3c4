"""Texts that come again and again are staged as numbers; the star and the verdicts are the same."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sparkify_dwh.engines import duckdb_memory, duckdb_stager
from sparkify_dwh.errors import DataRejectedError
from sparkify_dwh.feeds.contract import LOG_FEED, Field
from sparkify_dwh.sources import list_files
from sparkify_dwh.staging import frequent_texts as module
from sparkify_dwh.staging.frequent_texts import frequent_texts
from sparkify_dwh.staging.verdict import StagedFile
from sparkify_dwh.statements.duckdb_types import EnumeratedText
from tests.load.records import TS, play, song, visit
from tests.load.warehouse import DuckDBWarehouse, json_lines

[AGENT] = (field for field in LOG_FEED.fields if field.column == "user_agent")
FREQUENT, RARE = "Mozilla/5.0 (X11; :x) 'Linux'", '"Mozilla/4.0 (Macintosh)"'

#: Texts that a value other than a string may be landed as, that are too long or too short to be
#: told from such, or that need a look of their own.
UNCERTAIN = [
    *("true", "infinity", "nan", "Short"),
    *("1234567890", "-1234567890", "1e1234567", "[1, 2, 3, 4]", '{"agent": 12}', " Mozilla/5.0"),
    *("Mozilla\x00/5.0", "Mozilla\n/5.0", "Möbius-Browser", "\ud800 Mozilla", "M" * 513),
]


@pytest.fixture(autouse=True)
def any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a sample of small files, too."""
    monkeypatch.setattr(module, "_SAMPLE_SHARE", 1)


Sample = Callable[[bytes], list[str]]


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    """Return a function that gives the frequent agents of a file of such content."""

    def of(content: bytes) -> list[str]:
        (tmp_path / "feed").mkdir(exist_ok=True)
        (tmp_path / "feed" / "a.json").write_bytes(content)
        return agents(tmp_path / "feed")

    return of


def agents(folder: Path, field: Field = AGENT) -> list[str]:
    files = list_files(str(folder), setting="none").files
    return frequent_texts([StagedFile(file, 1) for file in files], field)


def of_agents(*values: Any, first: int = TS) -> bytes:
    records = (play(ts=ts, userAgent=value) for ts, value in enumerate(values, start=first))
    return json_lines(records)


def test_most_frequent_come_first(sample: Sample) -> None:
    assert sample(of_agents(RARE, FREQUENT, None, FREQUENT, 7, RARE, RARE)) == [RARE, FREQUENT]


@pytest.mark.parametrize("text", UNCERTAIN, ids=ascii)
def test_what_is_not_good_beyond_doubt_is_left_out(sample: Sample, text: str) -> None:
    assert sample(of_agents(*[text] * 3, RARE)) == [RARE]


def test_longest_and_shortest_that_are_good(sample: Sample) -> None:
    texts = ["M" * 512, "M" * 9]
    assert sample(of_agents(*texts)) == texts


def test_there_are_no_more_than_a_byte_can_number(sample: Sample) -> None:
    texts = [f"Mozilla/{number:04d}" for number in range(300)]
    found = sample(of_agents(*texts, *texts[:255]))
    assert found == texts[:254]
    kind = EnumeratedText("kind")
    with duckdb.connect() as connection:
        connection.execute(kind.definition(found))
        numbers = f"SELECT typeof(enum_code('{found[-1]}'::{kind.name}))"
        assert connection.execute(numbers).fetchall() == [("UTINYINT",)]


@pytest.mark.parametrize(
    "content",
    [b"\n[]\n12\nnull\n{\n\xff\n" + b"[" * 100_000 + b"\n", gzip.compress(of_agents(RARE))],
    ids=["no records", "compressed"],
)
def test_what_cannot_be_read_has_none(sample: Sample, content: bytes) -> None:
    assert sample(content) == []


def test_only_whole_lines_count(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    content = of_agents(RARE, FREQUENT)
    monkeypatch.setattr(module, "_SAMPLE_BYTES", len(content) - 1)
    assert sample(content) == [RARE]


def test_file_that_has_gone_has_none(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(of_agents(RARE))
    [file] = list_files(str(tmp_path), setting="none").files
    (tmp_path / "a.json").unlink()
    assert frequent_texts([StagedFile(file, 1)], AGENT) == []


def test_sample_is_a_small_share(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    content = of_agents(*[RARE] * 8)
    monkeypatch.setattr(module, "_SAMPLE_SHARE", 9)
    assert sample(content) == []
    monkeypatch.setattr(module, "_SAMPLE_SHARE", 7)
    assert sample(content) == [RARE]
    assert frequent_texts([], AGENT) == []


def test_sample_is_of_files_from_all_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(24):
        agents_of_file = [f"Mozilla/{number:04d}"] * (10 + number)
        (tmp_path / f"{number:02d}.json").write_bytes(of_agents(*agents_of_file))
    sampled = [f"Mozilla/{number:04d}" for number in range(0, 24, 3)]
    assert agents(tmp_path) == sampled[::-1]
    # Of each the same few bytes are read, so that none is more frequent than the others.
    monkeypatch.setattr(module, "_SAMPLE_BYTES", 8 * 2 * len(of_agents(RARE, RARE)))
    assert agents(tmp_path) == sampled


def test_usual_texts_need_no_sample(sample: Sample) -> None:
    [level] = (field for field in LOG_FEED.fields if field.column == "level")
    assert frequent_texts([], level) == ["free", "paid"]


@pytest.fixture(params=["in memory", "in a file"])
def warehouse(
    request: pytest.FixtureRequest,
    duckdb_warehouse: DuckDBWarehouse,
    monkeypatch: pytest.MonkeyPatch,
) -> DuckDBWarehouse:
    """A warehouse into which staging that is not kept is loaded through either form."""
    if request.param == "in a file":
        monkeypatch.setattr(duckdb_memory, "bounded_bytes", lambda _: 0)
    return duckdb_warehouse


def test_star_is_that_of_staging_without_them(
    warehouse: DuckDBWarehouse,
    duckdb_template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = [FREQUENT, RARE, None, "", FREQUENT, "Später gekommen", FREQUENT.lower()]
    kept = DuckDBWarehouse(tmp_path / "kept", duckdb_template)
    for each in (kept, warehouse):
        each.put("song", "a.json", [song()])
        each.put("log", "a.json", of_agents(FREQUENT, FREQUENT, RARE))
        each.put(
            "log", "b.json", of_agents(*values, first=TS + 9) + json_lines([visit(userAgent=RARE)])
        )
        # A key that comes twice: the text decides which record is kept.
        twice = [play(ts=TS - 1, userAgent=value) for value in (RARE, "Zilla", FREQUENT)]
        each.put("log", "c.json", twice)
    kept.load(keep_staging=True)
    created: list[Any] = []
    create = duckdb_stager.create_scratch_tables

    def spy(connection: Any, frequent: Any) -> None:
        created.append(frequent)
        create(connection, frequent)

    monkeypatch.setattr(duckdb_stager, "create_scratch_tables", spy)
    warehouse.load(keep_staging=False)
    assert created == [{"level": ["free", "paid"], "user_agent": [FREQUENT, RARE]}]
    assert warehouse.star() == kept.star()
    found = warehouse.rows("SELECT DISTINCT user_agent FROM songplays")
    assert {FREQUENT, RARE, None, "Später gekommen", FREQUENT.lower()} <= {row[0] for row in found}


#: What names, gender, level and location may be, besides what most are.
ODD = [None, "", "0", "paid", "Free", "[", "Ünal\x01", "\t"]
MAY_BE_ODD = ("firstName", "lastName", "gender", "level", "location")


def test_odd_names_levels_and_places_are_those_of_kept_staging(
    warehouse: DuckDBWarehouse, duckdb_template: Path, tmp_path: Path
) -> None:
    kept = DuckDBWarehouse(tmp_path / "kept", duckdb_template)
    odd = [{key: value} for key in MAY_BE_ODD for value in ODD]
    odd += [dict.fromkeys(keys) for keys in combinations(MAY_BE_ODD, 3)]
    agents = (FREQUENT, RARE, "Later", None, "")
    changes = [{**each, "userAgent": agent} for each in odd for agent in agents]
    records = [
        play(**each, userId=str(1000 + number), ts=TS + number)
        for number, each in enumerate(changes)
    ]
    # Of a key that comes twice the texts decide which record is kept.
    records += [
        play(**each, userId="9999", itemInSession=number) for number, each in enumerate(changes)
    ]
    for each in (kept, warehouse):
        each.put("song", "a.json", [song()])
        each.put("log", "a.json", of_agents(FREQUENT, FREQUENT, first=TS - 9))
        each.put("log", "b.json", records[::2])
        each.put("log", "c.json", records[1::2])
    kept.load(keep_staging=True)
    assert warehouse.load(keep_staging=False).inserted["users"] == len(changes) + 2
    assert warehouse.star() == kept.star()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ('"Mozilla\\u0000/5.0"', "nul_character"),
        ("12345678901", "bad_type"),
        (json.dumps("M" * 513), "too_long"),
    ],
)
def test_other_texts_are_judged_still(warehouse: DuckDBWarehouse, value: str, reason: str) -> None:
    warehouse.put("song", "a.json", [song()])
    warehouse.put("log", "a.json", of_agents(FREQUENT, RARE))
    line = json.dumps(play(ts=TS + 5, userAgent="VALUE")).replace('"VALUE"', value)
    warehouse.put("log", "b.json", of_agents(RARE) + line.encode() + b"\n")
    with pytest.raises(DataRejectedError, match=reason):
        warehouse.load(keep_staging=False)
    assert warehouse.rows("SELECT count(*) FROM songplays") == [(0,)]


@pytest.mark.parametrize("agent", [FREQUENT, "Later"])
@pytest.mark.parametrize("key", MAY_BE_ODD)
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\0", "nul_character"),
        ("\0" * 4, "nul_character"),
        ("\0\0free\0Mozilla\0Phoenix", "nul_character"),
        ("A\0B", "nul_character"),
        ("M" * 257, "too_long"),
    ],
)
def test_texts_that_are_packed_are_judged(
    warehouse: DuckDBWarehouse, key: str, text: str, reason: str, agent: str
) -> None:
    warehouse.put("song", "a.json", [song()])
    warehouse.put("log", "a.json", of_agents(FREQUENT, FREQUENT))
    bad = play(ts=TS + 5, userAgent=agent, **{key: text})
    warehouse.put("log", "b.json", [play(ts=TS + 4), bad, play(ts=TS + 6)])
    with pytest.raises(DataRejectedError, match=f"b.json, line 2, {key}: {reason}"):
        warehouse.load(keep_staging=False)
    assert warehouse.load(keep_staging=False, max_errors=1).rejected == 1
    assert warehouse.rows("SELECT count(*) FROM songplays") == [(4,)]
