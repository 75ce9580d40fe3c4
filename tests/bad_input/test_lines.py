"""What a scan cannot see of a large file's lines: their edges and lengths; and other keys."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from sparkify_dwh.staging.lines import odd_files
from sparkify_dwh.staging.tiny import TINY_BYTES
from tests.bad_input.conftest import Judge
from tests.bad_input.corpus import lines
from tests.load.records import TS, play, song
from tests.load.warehouse import DuckDBWarehouse

GOOD = json.dumps(play()).encode()
#: As many lines as make a file that is scanned where it lies.
MANY = TINY_BYTES // len(GOOD) + 1

USUAL = {
    "records": GOOD + b"\n" + GOOD + b"\n",
    "no end of the last line": GOOD + b"\n" + GOOD,
    "carriage returns": GOOD + b"\r\n" + GOOD + b"\r\n",
    "a blank behind": GOOD + b" \n",
    "empty lines": b"\n" + GOOD + b"\n\n",
    "empty object": b"{}\n",
    "a number last": b'{"a":1}\n',
}
UNSEEN = {
    "comma": b'{"a":1,}\n',
    "comma and blank": b'{"a":1, }\n',
    "comma and tab": b'{"a":1,\t}\r\n',
    "blank that may stand behind a comma": b'{"a":1 }\n',
    "comma and two blanks behind": b'{"a":1,}  \n',
    "long line": b'{"a":"' + b"x" * 1_100_000 + b'"}\n',
}
DOUBTFUL = {
    "vertical tab before": b"\v" + GOOD + b"\n",
    "blank and form feed before": b" \f" + GOOD + b"\n",
    "form feed behind": GOOD + b"\f\n",
    "vertical tab and many blanks behind": GOOD + b"\v" + b" " * 9 + b"\n",
    "many blanks behind": GOOD + b" " * 9 + b"\n",
    "scalar": b"1\n",
    "array": b"[" + GOOD + b"]\n",
    "blank line": GOOD + b"\n \n",
    "brace alone": b"}\n",
}


@pytest.mark.parametrize(
    ("text", "unseen", "doubtful"),
    [
        *(pytest.param(text, False, False, id=what) for what, text in USUAL.items()),
        *(pytest.param(text, True, False, id=what) for what, text in UNSEEN.items()),
        *(pytest.param(text, False, True, id=what) for what, text in DOUBTFUL.items()),
    ],
)
def test_file_is_as_odd_as_its_lines(
    tmp_path: Path, text: bytes, unseen: bool, doubtful: bool
) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(GOOD + b"\n" + text)
    odd = odd_files([str(path)], threading.Event())
    assert odd.unseen == ({str(path)} if unseen else set())
    assert odd.doubtful == ({str(path)} if doubtful else set())


def test_nobody_looks_once_nobody_waits(tmp_path: Path) -> None:
    nobody_waits = threading.Event()
    nobody_waits.set()
    assert odd_files([str(tmp_path / "not there")], nobody_waits).unseen == set()
    with pytest.raises(FileNotFoundError):
        odd_files([str(tmp_path / "not there")], threading.Event())


def test_large_file_of_usual_lines_is_scanned_once(judge: Judge) -> None:
    (verdict,) = judge("log", [lines(*[GOOD] * MANY)])
    assert (len(verdict.rows), verdict.rejects, verdict.was_exact) == (MANY, [], False)


@pytest.mark.parametrize("odd", [b"\v" + GOOD, b" \f" + GOOD, GOOD + b"\v" + b" " * 9])
def test_white_space_that_json_does_not_have_is_found(judge: Judge, odd: bytes) -> None:
    good, bad = lines(*[GOOD] * MANY), lines(GOOD, odd, *[GOOD] * MANY)
    first, second = judge("log", [good, bad])
    assert (first.rejects, first.was_exact) == ([], False)
    assert [reject[:2] for reject in second.rejects] == [(2, "malformed_json")]
    assert len(second.rows) == MANY + 1


def test_other_keys_of_one_large_file_change_nothing_for_another(judge: Judge) -> None:
    usual = lines(*[GOOD] * MANY)
    extra = json.dumps(play() | {"device": "phone"}).encode()
    wrong_case = json.dumps(play() | {"Song": None}).encode()
    few = json.dumps({key: value for key, value in play().items() if value is not None}).encode()
    contents = [
        usual,
        lines(*[GOOD] * MANY, extra),
        lines(*[GOOD] * MANY, wrong_case),
        lines(*[few] * (2 * MANY)),
    ]
    verdicts = judge("log", contents)
    found = [(len(v.rows), v.rejects, sorted(v.unknown_keys), v.was_exact) for v in verdicts]
    assert found == [
        (MANY, [], [], False),
        (MANY + 1, [], ["device"], False),
        (MANY + 1, [], ["Song"], False),
        (2 * MANY, [], [], False),
    ]


def test_key_twice_is_judged_exactly(judge: Judge) -> None:
    twice = GOOD.replace(b"{", b'{"song": "another", ', 1)
    (verdict,) = judge("log", [lines(*[GOOD] * MANY, twice)])
    assert verdict.was_exact
    assert verdict.records == MANY + 1


def test_message_that_is_cut_within_a_character_is_no_error(judge: Judge) -> None:
    extra = json.dumps({"x": "é" * 4_000} | play(), ensure_ascii=False).encode()
    for shift in (b"", b"y"):
        text = extra.replace(b'"x": "', b'"x": "' + shift, 1)
        (verdict,) = judge("log", [lines(*[GOOD] * MANY, text)])
        assert (verdict.rejects, sorted(verdict.unknown_keys)) == ([], ["x"])


@pytest.mark.parametrize("keep", [True, False])
def test_staging_that_does_not_store_a_field_is_as_strict_about_keys(
    duckdb_warehouse: DuckDBWarehouse, keep: bool
) -> None:
    extra = play(ts=TS + 1) | {"device": "phone"}
    duckdb_warehouse.put("song", "a.json", [song()])
    duckdb_warehouse.put(
        "log", "usual.json", [play(itemInSession=number) for number in range(MANY)]
    )
    duckdb_warehouse.put("log", "other.json", [play(ts=TS + 2)] * MANY + [extra])
    result = duckdb_warehouse.load(keep_staging=keep)
    assert (result.drifted_files, result.rejected) == (1, 0)
    assert result.read["log"] == 2 * MANY + 1
