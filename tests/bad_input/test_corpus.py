"""Every line of the list of bad input, by its name: strict, and with the bad records left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from sparkify_dwh.errors import DataRejectedError
from tests.bad_input import corpus
from tests.bad_input.corpus import CASES, Case, Fault
from tests.conftest import NewWarehouse
from tests.load.records import TS, play, song, visit
from tests.load.warehouse import State, Warehouse

BAD = [case for case in CASES if case.faults]
FAULTS = sum(len(case.faults) for case in CASES)


def named(case: Case) -> str:
    return case.name


@pytest.fixture(scope="module")
def with_all(new_warehouse: NewWarehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse that has loaded the whole corpus, all bad records left out."""
    warehouse = new_warehouse(tmp_path_factory.mktemp("corpus") / "warehouse")
    for case in CASES:
        warehouse.put(case.feed, case.file_name, case.content)
    warehouse.load(max_errors=FAULTS)
    return warehouse


@pytest.fixture(scope="module")
def state(with_all: Warehouse) -> State:
    return with_all.state()


@pytest.fixture(scope="module")
def strict(new_warehouse: NewWarehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse that holds something, to see that it stays as it is."""
    warehouse = new_warehouse(tmp_path_factory.mktemp("strict") / "warehouse")
    warehouse.put("log", "good.json", [play(), visit()])
    warehouse.put("song", "good.json", [song()])
    warehouse.load()
    return warehouse


@pytest.mark.parametrize("case", CASES, ids=named)
def test_good_records_survive_and_bad_ones_are_kept_with_line_and_reason(
    with_all: Warehouse, state: State, case: Case
) -> None:
    uri = with_all.uri(case.feed, case.file_name)
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
