"""Each field and each odd line has one verdict, whichever way its file is read.

Staging reads in three ways: tiny files are joined, large ones scanned where they lie, and doubtful
ones read record by record. No record may be taken in one place and left out in another, and none
may come to another value.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from sparkify_dwh.staging.tiny import TINY_BYTES
from tests.bad_input.conftest import Judge, Verdict
from tests.bad_input.corpus import line, lines
from tests.bad_input.fields import LOG_FIELDS, SONG_FIELDS, FieldCase, field_cases
from tests.load.records import TS, play, song, visit

CASES = list(field_cases())
FIELDS = sorted({(case.feed, case.key) for case in CASES})

_KEYS = {"log": LOG_FIELDS.keys(), "song": SONG_FIELDS.keys()}

#: Makes a file of a feed, with a given first line.
Place = Callable[[str, bytes], bytes]

#: A few good records with many blanks in each: more bytes than a file has that is joined to others.
_PADDING = {
    feed: lines(*(line(record).replace(b", ", b", ".ljust(20_000), 1) for record in records))
    for feed, records in (
        ("log", [play(ts=TS + number) for number in range(20)]),
        ("song", [song(song_id=f"SO{number}") for number in range(20)]),
    )
}
assert all(len(text) > TINY_BYTES for text in _PADDING.values())


def alone(feed: str, text: bytes) -> bytes:
    return text + b"\n"


def in_a_large_file(feed: str, text: bytes) -> bytes:
    return text + b"\n" + _PADDING[feed]


def next_to_a_bad_one(feed: str, text: bytes) -> bytes:
    return text + b"\n{]\n"


@dataclass(frozen=True)
class First:
    """The verdict on the record, or the records, on the first line of a file."""

    rejects: list[tuple[int | None, str, str | None]]
    rows: list[tuple[Any, ...]]


def on_first_lines(judge: Judge, place: Place, feed: str, texts: list[bytes]) -> list[First]:
    """Judge files that differ in their first line: all at once, and as strictly as can be.

    One line can make the strict scan of all files fail, which are scanned leniently then.
    """
    contents = [place(feed, text) for text in (line(play() if feed == "log" else song()), *texts)]
    verdicts = judge(feed, contents)
    assert verdicts[0].was_exact == (place is next_to_a_bad_one)
    found = [_on_first(place, feed, verdict) for verdict in verdicts]
    # Next to a bad line each is read record by record, whatever lies beside its file.
    if place is not next_to_a_bad_one:
        usual = [number for number, text in enumerate(texts, 1) if has_usual_keys(feed, text)]
        strictly = judged_strictly(judge, feed, [contents[number] for number in usual])
        for number, verdict in zip(usual, strictly, strict=True):
            assert _on_first(place, feed, verdict) == found[number]
        for number in {*range(len(contents))}.difference(usual):
            (verdict,) = judge(feed, [contents[number]])
            assert verdict.was_strict or number > 0, "a good line fails no scan"
            assert _on_first(place, feed, verdict) == found[number]
    return found[1:]


def judged_strictly(judge: Judge, feed: str, contents: list[bytes]) -> list[Verdict]:
    """Judge the files in groups of which no strict scan fails; what fails one is alone."""
    verdicts = judge(feed, contents)
    if len(contents) == 1 or all(verdict.was_strict for verdict in verdicts):
        return verdicts
    half = len(contents) // 2
    parts = (contents[:half], contents[half:])
    return [verdict for part in parts for verdict in judged_strictly(judge, feed, part)]


def has_usual_keys(feed: str, text: bytes) -> bool:
    """Whether a line is JSON, more or less, with the feed's own keys, each once at most."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    keys: list[str] = []
    try:
        json.loads(
            text,
            object_pairs_hook=lambda pairs: keys.extend(key for key, _ in pairs),
            parse_constant=refuse,
        )
    except ValueError:
        return False
    return len({*keys}) == len(keys) and {*keys} <= _KEYS[feed]


def _on_first(place: Place, feed: str, verdict: Verdict) -> First:
    assert verdict.records == len(verdict.rows) + len(verdict.rejects)
    rejects = [reject for reject in verdict.rejects if reject[0] == 1]
    others = verdict.rejects[len(rejects) :]
    assert others == ([(2, "malformed_json", None)] if place is next_to_a_bad_one else [])
    good = len(_PADDING[feed].splitlines()) if place is in_a_large_file else 0
    return First(rejects, verdict.rows[: len(verdict.rows) - good])


PLACES = (alone, in_a_large_file, next_to_a_bad_one)


def name(value: Any) -> str:
    return "-".join(value) if isinstance(value, tuple) else getattr(value, "__name__", str(value))


@pytest.mark.parametrize("field", FIELDS, ids=name)
@pytest.mark.parametrize("place", PLACES, ids=name)
def test_field_takes_what_its_contract_says_and_nothing_else(
    judge: Judge, field: tuple[str, str], place: Place
) -> None:
    feed, _ = field
    cases = [case for case in CASES if (case.feed, case.key) == field]
    found = on_first_lines(judge, place, feed, [case.text for case in cases])
    for case, first in zip(cases, found, strict=True):
        assert first.rejects == case.faults, case.name
        assert first.rows == ([expected_row(case)] if case.reason is None else []), case.name


def expected_row(case: FieldCase) -> tuple[Any, ...]:
    """The record's values in the order of the feed: userId as text, floats as such."""
    record = json.loads(case.text)
    fields = LOG_FIELDS if case.feed == "log" else SONG_FIELDS
    for key, (kind, _) in fields.items():
        value = record.get(key)
        if value is not None and kind in {"float", "integral_float"}:
            record[key] = float(value)
        elif value is not None and kind == "integer_text":
            record[key] = str(value)
    return tuple(record.get(key) for key in fields)


def test_every_field_of_both_feeds_is_covered() -> None:
    assert {key for _, key in FIELDS} == {*play(), *song()}


GOOD = line(play())
DEEP = b"[" * 150 + b"]" * 150
TOO_DEEP = b"[" * 250 + b"]" * 250
#: A line, and the reasons and keys of its rejects.
ODD_LINES: dict[str, tuple[bytes, list[tuple[str, str | None]]]] = {
    "good": (GOOD, []),
    "blanks around": (b" \t" + GOOD + b" \r", []),
    "many blanks around": (b" " * 9 + GOOD + b"\t" * 9, []),
    "vertical tab behind": (GOOD + b"\x0b", [("malformed_json", None)]),
    "vertical tab behind, blanks behind that": (
        GOOD + b"\x0b" + b" " * 9,
        [("malformed_json", None)],
    ),
    "form feed behind": (GOOD + b"\x0c", [("malformed_json", None)]),
    "no-break space behind": (GOOD + "\u00a0".encode(), [("malformed_json", None)]),
    "carriage return within": (GOOD.replace(b", ", b",\r", 1), []),
    "empty object": (b"{}", [("missing", "page")]),
    "empty object with a blank": (b"{ }", [("missing", "page")]),
    "trailing comma": (GOOD.replace(b"}", b",}"), [("malformed_json", None)]),
    "trailing comma and blank": (GOOD.replace(b"}", b" , } "), [("malformed_json", None)]),
    "trailing comma in an unknown object": (
        GOOD.replace(b"{", b'{"x": {"y": 1,}, '),
        [("malformed_json", None)],
    ),
    "trailing comma in an unknown array": (
        GOOD.replace(b"{", b'{"x": [1 , ], '),
        [("malformed_json", None)],
    ),
    "trailing comma in a text": (GOOD.replace(b"Kaylee", b"a,} b,]"), []),
    "NaN in an unknown key": (GOOD.replace(b"{", b'{"x": NaN, '), [("malformed_json", None)]),
    "NaN in an unknown array": (GOOD.replace(b"{", b'{"x": [-inf], '), [("malformed_json", None)]),
    "NaN in a text of an unknown key": (GOOD.replace(b"{", b'{"x": "NaN", '), []),
    "nested within an unknown key": (GOOD.replace(b"{", b'{"x": {"ts": 1, "y": [{}]}, '), []),
    "150 levels deep": (GOOD.replace(b"{", b'{"x": ' + DEEP + b", "), []),
    "250 levels deep": (
        GOOD.replace(b"{", b'{"x": ' + TOO_DEEP + b", "),
        [("malformed_json", None)],
    ),
    "250 levels deep in two keys": (
        GOOD.replace(b"{", b'{"x": ' + DEEP + b', "y": ' + DEEP + b", "),
        [],
    ),
    "key twice": (GOOD.replace(b"{", b'{"ts": 1541105830799, '), [("duplicate_key", "ts")]),
    "key twice with an escape": (
        GOOD.replace(b"{", b'{"t\\u0073": 1541105830799, '),
        [("duplicate_key", "ts")],
    ),
    "key twice of which one is null": (
        GOOD.replace(b"{", b'{"ts": null, '),
        [("duplicate_key", "ts")],
    ),
    "unknown key twice": (GOOD.replace(b"{", b'{"x": 1, "x": 2, '), []),
    "escaped key": (GOOD.replace(b'"ts"', b'"\\u0074\\u0073"'), []),
    "key in another case": (GOOD.replace(b'"ts"', b'"TS"'), [("missing", "ts")]),
    "key in another case besides": (GOOD.replace(b"{", b'{"TS": 1, "Page": 2, '), []),
    "key with a blank": (GOOD.replace(b'"ts"', b'"ts "'), [("missing", "ts")]),
    "key with a NUL": (GOOD.replace(b"{", b'{"a\\u0000": 1, '), []),
    "NUL in an unknown key": (GOOD.replace(b"{", b'{"a": "\\u0000", '), []),
    "empty key": (GOOD.replace(b"{", b'{"": 1, '), []),
    "key with quotes": (GOOD.replace(b"{", b'{"a\\"b\'c": 1, '), []),
    "keys of the loader": (
        GOOD.replace(b"{", b'{"__sparkify_file_id": 1, "__sparkify_record_number": 5, '),
        [],
    ),
    "keys of the loader as text": (GOOD.replace(b"{", b'{"__sparkify_file_id": "x", '), []),
    "huge number in an unknown key": (GOOD.replace(b"{", b'{"x": 1' + b"0" * 5000 + b", "), []),
    "number beyond double in an unknown key": (GOOD.replace(b"{", b'{"x": 1e999, '), []),
    "half a pair": (GOOD.replace(b"Kaylee", b"\\ud83d"), [("malformed_json", None)]),
    "second half of a pair": (GOOD.replace(b"Kaylee", b"\\ude00"), [("malformed_json", None)]),
    "half a pair in an unknown key": (
        GOOD.replace(b"{", b'{"x": "\\uD83D", '),
        [("malformed_json", None)],
    ),
    "half a pair in the name of a key": (
        GOOD.replace(b"{", b'{"\\udead": 1, '),
        [("malformed_json", None)],
    ),
    "escaped pair": (GOOD.replace(b"Kaylee", b"\\ud83d\\ude00"), []),
    "escaped slash": (GOOD.replace(b"Kaylee", b"a\\/b\\b\\f\\n\\r\\t"), []),
    "escape that is none": (GOOD.replace(b"Kaylee", b"\\x41"), [("malformed_json", None)]),
    "line separator": (GOOD.replace(b"Kaylee", "a\u2028b\u0085c".encode()), []),
    "noncharacter": (GOOD.replace(b"Kaylee", "\ufffe\uffff".encode()), []),
    "byte order mark within": (GOOD.replace(b"Kaylee", b"\xef\xbb\xbf"), []),
    "delete character": (GOOD.replace(b"Kaylee", b"\x7f"), []),
    "control character": (GOOD.replace(b"Kaylee", b"\x1f"), [("malformed_json", None)]),
    "NUL byte": (GOOD.replace(b"Kaylee", b"\0"), [("malformed_json", None)]),
    "NUL byte between": (GOOD.replace(b", ", b",\0", 1), [("malformed_json", None)]),
    "NUL byte behind": (GOOD + b"\0", [("malformed_json", None)]),
    "Latin-1": (GOOD.replace(b"Kaylee", b"\xe9"), [("invalid_utf8", None)]),
    "Latin-1 in an unknown key": (GOOD.replace(b"{", b'{"x": "\xe9", '), [("invalid_utf8", None)]),
    "UTF-8 of a surrogate": (GOOD.replace(b"Kaylee", b"\xed\xa0\x80"), [("invalid_utf8", None)]),
    "UTF-8 beyond Unicode": (
        GOOD.replace(b"Kaylee", b"\xf5\x80\x80\x80"),
        [("invalid_utf8", None)],
    ),
    "overlong UTF-8": (GOOD.replace(b"Kaylee", b"\xc0\x80"), [("invalid_utf8", None)]),
    "two on a line": (GOOD + GOOD, []),
    "two on a line with a blank": (GOOD + b" " + GOOD, []),
    "good and bad on a line": (GOOD + b"{}", [("missing", "page")]),
    "comma behind": (GOOD + b",", [("malformed_json", None)]),
    "scalar": (b"1", [("not_an_object", None)]),
    "two scalars": (b"1 2", [("not_an_object", None)] * 2),
    "null": (b"null", [("not_an_object", None)]),
    "array of records": (b"[" + GOOD + b"]", [("not_an_object", None)]),
    "array of nothing": (b"[]", [("not_an_object", None)]),
    "text of a record": (json.dumps(GOOD.decode()).encode(), [("not_an_object", None)]),
}


@pytest.mark.parametrize("place", PLACES, ids=name)
def test_odd_line_has_the_same_verdict_in_every_place(judge: Judge, place: Place) -> None:
    texts = [text for text, _ in ODD_LINES.values()]
    exact = on_first_lines(judge, next_to_a_bad_one, "log", texts)
    found = on_first_lines(judge, place, "log", texts)
    for (what, (_, reasons)), first, judged in zip(ODD_LINES.items(), found, exact, strict=True):
        assert [reject[1:] for reject in first.rejects] == reasons, what
        assert first.rows == judged.rows, what


@pytest.mark.parametrize("size", [1_048_575, 1_048_576, 1_048_577])
@pytest.mark.parametrize("filler", [b" ", "é".encode()], ids=["blanks", "text"])
def test_record_of_exactly_one_megabyte_is_taken(judge: Judge, size: int, filler: bytes) -> None:
    before, behind = GOOD.split(b"{", 1)
    if filler == b" ":
        text = b"{" + filler * (size - len(GOOD)) + behind
    else:
        room = size - len(GOOD) - len(b'"x": "", ')
        text = b'{"x": "' + b"y" * (room % 2) + filler * (room // 2) + b'", ' + behind
    assert len(text) == size
    assert before == b""
    faults = [] if size <= 1_048_576 else [(2, "record_too_large", None)]
    for content in (lines(GOOD, text, GOOD), lines(GOOD, text, GOOD, b"{")):
        (verdict,) = judge("log", [content])
        assert [fault for fault in verdict.rejects if fault[0] != 4] == faults
        assert len(verdict.rows) == 3 - len(faults)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"", b"\n\n \n"], ids=repr)
def test_large_file_with_any_line_end_keeps_the_order_of_its_records(
    judge_in_order: Judge, end: bytes
) -> None:
    records = [
        line(visit(ts=TS + number)).replace(b", ", b", ".ljust(1_500), 1)
        for number in range(25_000)
    ]
    content = (end or b"\n").join(records) + end
    assert len(content) > DUCKDB_BUFFER
    (verdict,) = judge_in_order("log", [content])
    assert verdict.rejects == []
    assert [row[15] for row in verdict.rows] == list(range(TS, TS + len(records)))


#: Larger files are read in several pieces, by several threads.
DUCKDB_BUFFER = 33_554_432
