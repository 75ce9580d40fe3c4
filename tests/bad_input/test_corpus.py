"""Every line of the list of bad input, by its name: strict, and with the bad records left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkify_dwh.check import check
from sparkify_dwh.errors import DataRejectedError
from sparkify_dwh.load import LoadResult
from tests.bad_input import corpus, test_places
from tests.bad_input.corpus import CASES, Case, Fault
from tests.bad_input.lines import CASES_OF_LINE, LINES, PLACES, line_of, marked, stands_for
from tests.conftest import NewWarehouse
from tests.load.records import TS, play, song, visit
from tests.load.warehouse import State, Warehouse

BAD = [case for case in CASES if case.faults]
FAULTS = sum(len(case.faults) for case in CASES)


def named(case: Case) -> str:
    return f"{line_of(case.name)} / {case.name}"


@pytest.fixture(scope="module")
def with_all(
    new_warehouse: NewWarehouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Warehouse, LoadResult]]:
    """A warehouse that has loaded the whole corpus, all bad records left out."""
    warehouse = new_warehouse(tmp_path_factory.mktemp("corpus") / "warehouse")
    for case in CASES:
        warehouse.put(case.feed, case.file_name, case.content)
    yield warehouse, warehouse.load(max_errors=FAULTS)
    warehouse.close()


@pytest.fixture(scope="module")
def state(with_all: tuple[Warehouse, LoadResult]) -> State:
    return with_all[0].state()


@pytest.fixture(scope="module")
def strict(
    new_warehouse: NewWarehouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """A warehouse that holds something, to see that it stays as it is."""
    warehouse = new_warehouse(tmp_path_factory.mktemp("strict") / "warehouse")
    warehouse.put("log", "good.json", [play(), visit()])
    warehouse.put("song", "good.json", [song()])
    warehouse.load()
    yield warehouse
    warehouse.close()


@pytest.mark.parametrize("case", CASES, ids=named)
def test_good_records_survive_and_bad_ones_are_kept_with_line_and_reason(
    with_all: tuple[Warehouse, LoadResult], state: State, case: Case
) -> None:
    uri = with_all[0].uri(case.feed, case.file_name)
    file = next(file for file in state.files if file["uri"] == uri)
    rejects = [reject for reject in state.rejects if reject["uri"] == uri]
    found = [(row["line_number"], row["reason"], row["column_name"]) for row in rejects]
    assert tuple(found) == case.faults
    assert {row["file_id"] for row in rejects} <= {file["file_id"]}
    assert file["records_staged"] == case.accepted
    assert file["records_rejected"] == len(case.faults)
    assert file["unknown_keys"] == case.unknown_keys


@pytest.mark.parametrize("case", BAD, ids=named)
def test_one_bad_record_fails_a_strict_load_and_nothing_changes(
    strict: Warehouse, case: Case
) -> None:
    before = strict.snapshot()
    strict.put(case.feed, case.file_name, case.content)
    try:
        with pytest.raises(DataRejectedError) as caught:
            strict.load()
    finally:
        strict.remove(case.feed, case.file_name)
    assert caught.value.exit_code == 1
    assert caught.value.total == len(case.faults)
    assert tuple(faults(caught.value)) == case.faults
    assert strict.snapshot() == before


def faults(error: DataRejectedError) -> list[Fault]:
    return [(reject.line, reject.reason.value, reject.key) for reject in error.rejects]


def test_every_line_of_the_list_has_a_case() -> None:
    assert test_places.__name__  # has marked its tests
    known = {case.name for case in CASES}
    assert {name for names in CASES_OF_LINE.values() for name in names} <= known
    assert all(CASES_OF_LINE.values())
    assert set(PLACES) <= set(marked)
    assert len({*CASES_OF_LINE, *PLACES}) == LINES


@stands_for("same song_id")
def test_conflicting_songs_are_counted(
    with_all: tuple[Warehouse, LoadResult], state: State, line: str
) -> None:
    assert with_all[1].conflicting_songs == 1
    (kept,) = (row for row in state.star["songs"] if row[0] == "SOCONFLICT")
    assert kept[1:] == ("You Gotta Be", "ARDESREE", 1994, 246.30812)


@stands_for("unknown extra key")
def test_files_with_unknown_keys_are_counted_once(
    with_all: tuple[Warehouse, LoadResult], line: str
) -> None:
    assert with_all[1].drifted_files == sum(case.unknown_keys > 0 for case in CASES)


@stands_for("4-byte emoji")
def test_reject_of_a_long_text_names_bytes_and_limit(state: State, line: str) -> None:
    told = {row["uri"].rpartition("/")[2]: row["detail"] for row in state.rejects}
    for name, size, limit in (("emoji_beyond_256_bytes", 400, 256), ("512_bytes", 600, 512)):
        (detail,) = (text for uri, text in told.items() if name in uri)
        assert f"{size} bytes" in detail
        assert f"{limit}" in detail


@stands_for("`userId: 8`")
def test_integer_is_taken_as_its_text(warehouse: Warehouse, line: str) -> None:
    warehouse.put("log", "a.json", [play(userId=8), play(userId="8", ts=TS + 1)])
    warehouse.put("song", "a.json", [song()])
    warehouse.load()
    assert warehouse.rows("SELECT DISTINCT user_id FROM staging_events") == [("8",)]
    assert [row[0] for row in warehouse.star()["users"]] == [8]


@stands_for("SQL in a value")
def test_odd_text_is_kept_as_it_is(warehouse: Warehouse, line: str) -> None:
    odd = ["'); DROP TABLE users; --", "%s", "%(a)s", ":name", "{0}", "$1", "\\N", "\\", "\t|"]
    events = [
        play(ts=TS + number, firstName=text, userId=number) for number, text in enumerate(odd)
    ]
    warehouse.put("log", "a.json", events)
    warehouse.put("song", "a.json", [song()])
    warehouse.load()
    assert [row[1] for row in warehouse.star()["users"]] == odd


def test_rejects_by_file_and_reason_sum_up_to_those_of_the_ledger(state: State) -> None:
    counted = Counter((row["file_id"], row["reason"]) for row in state.rejects)
    by_file: Counter[int] = Counter()
    for (file_id, _), number in counted.items():
        by_file[file_id] += number
    assert by_file == Counter(
        {row["file_id"]: row["records_rejected"] for row in state.files if row["records_rejected"]}
    )
    assert state.runs[-1]["records_rejected"] == sum(counted.values()) == FAULTS
    expected = Counter(fault[1] for case in CASES for fault in case.faults)
    assert Counter(row["reason"] for row in state.rejects) == expected


def test_check_tells_the_same_rejects_and_finds_nothing_wrong(
    with_all: tuple[Warehouse, LoadResult], state: State
) -> None:
    report = check(with_all[0].settings())
    assert [finding.name for finding in report.findings if finding.offending] == []
    assert report.rejects.records == FAULTS
    feeds = {row["file_id"]: row["feed"] for row in state.files}
    by_reason = Counter(
        (row["reason"], feeds[row["file_id"]], row["column_name"]) for row in state.rejects
    )
    assert by_reason == Counter(
        {
            (row["reason"], row["feed"], row["json_key"]): row["records"]
            for row in report.rejects.by_reason
        }
    )
    assert [audit.known for audit in report.audits] == [
        sum(case.feed == feed for case in CASES) for feed in ("log", "song")
    ]


def test_files_of_the_corpus_have_names_of_their_own() -> None:
    names = [(case.feed, case.file_name) for case in CASES]
    assert len(names) == len(set(names))


def test_script_writes_the_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus.main(str(tmp_path))
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == len(CASES) == len(capsys.readouterr().out.splitlines())


def test_one_reject_more_than_allowed_fails_the_load(warehouse: Warehouse) -> None:
    warehouse.put("song", "a.json", [song()])
    warehouse.put("log", "a.json", corpus.lines(play(), b"1", b"[]", b"{"))
    with pytest.raises(DataRejectedError) as caught:
        warehouse.load(max_errors=2)
    assert (caught.value.total, caught.value.allowed) == (3, 2)
    assert warehouse.runs() == []
    assert warehouse.load(max_errors=3).rejected == 3
    assert len(warehouse.star()["songplays"]) == 1


def test_error_names_file_line_column_value_and_reason(warehouse: Warehouse) -> None:
    warehouse.put("song", "a.json", [song()])
    bad = [play(status=f"no. {number}") for number in range(12)]
    warehouse.put("log", "some events.json", [play(), *bad])
    with pytest.raises(DataRejectedError) as caught:
        warehouse.load()
    message = str(caught.value)
    first = message.splitlines()[1]
    for part in ("some events.json", "line 2", "status", '"no. 0"', "bad_type"):
        assert part in first
    assert message.count("bad_type") == 5
    assert "12 rejected records" in message
    assert "7 more" in message


def test_raw_text_of_a_reject_is_cut_at_4_kilobytes(warehouse: Warehouse) -> None:
    warehouse.put("song", "a.json", [song()])
    long = play(firstName="é" * 4000)
    bad = corpus.line({**play(), "ts": "x"})
    odd = b'{"a": "\xe9\\u0000\0"'
    warehouse.put("log", "a.json", corpus.lines(bad, odd, corpus.line(long), play()))
    warehouse.load(max_errors=3)
    whole, broken, cut = (reject["raw_text"] for reject in warehouse.rejects())
    assert whole == bad.decode()
    assert broken == '{"a": "\\xe9\\u0000\\x00"'
    assert 4090 < len(cut.encode()) <= 4096
    assert corpus.line(long).decode().startswith(cut)


def test_bad_line_that_is_mended_is_loaded_then(warehouse: Warehouse) -> None:
    warehouse.put("song", "a.json", [song()])
    warehouse.put("log", "a.json", corpus.lines(play(), b"{"))
    warehouse.load(max_errors=1)
    warehouse.put("log", "a.json", [play(), play(ts=TS + 1)])
    warehouse.load()
    assert len(warehouse.star()["songplays"]) == 2
    assert [reject["reason"] for reject in warehouse.rejects()] == ["malformed_json"]


def test_file_without_one_good_record_is_accounted_for(warehouse: Warehouse) -> None:
    warehouse.put("song", "a.json", [song()])
    warehouse.put("log", "a.json", b"<html>\n" * 10)
    result = warehouse.load(max_errors=1)
    assert (result.read["log"], result.staged["log"], result.rejected) == (1, 0, 1)
    assert warehouse.star()["songplays"] == []
    assert warehouse.load(max_errors=1).status == "nothing_to_do"


def test_every_reject_that_is_allowed_is_kept(warehouse: Warehouse) -> None:
    warehouse.put("song", "a.json", [song()])
    warehouse.put("log", "a.json", corpus.lines(play(), *[b"{}"] * 2500))
    result = warehouse.load(max_errors=2500)
    assert result.rejected == 2500
    rejects = warehouse.rejects()
    assert [reject["line_number"] for reject in rejects] == list(range(2, 2502))
