"""Records that are too large, and how much memory they take: next to none."""

import tracemalloc

import pytest

from sparkify_dwh.feeds.contract import LOG_FEED
from sparkify_dwh.feeds.exact import read_records
from sparkify_dwh.feeds.record_line import MAX_RECORD_BYTES
from tests.feeds.reading import GOOD, PLAY, URI, line, read, repeated, seen, verdict

pytestmark = pytest.mark.slow

MEBIBYTE = 1 << 20
#: What the reader holds at most: a record of 1 MB, the piece read behind it, copies of them,
#: and the values in the record as Python objects, of which 1 MB can hold very many.
MEMORY = 50 * MEBIBYTE


def record_of(size, letter="x"):
    """Return a good record whose text has so many bytes."""
    head = line(PLAY)[:-1] + b', "new": "'
    room = size - len(head) - 2
    width = len(letter.encode())
    return head + letter.encode() * (room // width) + b"x" * (room % width) + b'"}'


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
def test_a_record_of_just_the_largest_size_is_read(letter):
    sizes = [MAX_RECORD_BYTES - 1, MAX_RECORD_BYTES, MAX_RECORD_BYTES + 1, MAX_RECORD_BYTES + 100]
    data = b"\n".join([GOOD, *(record_of(size, letter) for size in sizes), GOOD])
    assert [verdict for _, verdict in seen(data)] == ["ok"] * 3 + ["record_too_large"] * 2 + ["ok"]


def test_the_size_is_that_of_the_record_without_the_space_around_it():
    space = b" \n" * MEBIBYTE
    assert [v for _, v in seen(space + record_of(MAX_RECORD_BYTES) + space + GOOD)] == ["ok", "ok"]


LARGE = b'{"a": "' + b"x" * MAX_RECORD_BYTES + b'"}'
NESTED = b'{"a": [' + b'{"b": "}"},' * (MAX_RECORD_BYTES // 10) + b"{}]}"
PRETTY = b'{\n"a": [\n' + b'{\n"b": "}"\n},\n' * (MAX_RECORD_BYTES // 10) + b"{}\n]\n}"
ARRAY = b"[\n" + (GOOD + b",\n") * 3000 + GOOD + b"\n]"


@pytest.mark.parametrize(
    "large", [LARGE, NESTED, PRETTY, ARRAY], ids=["text", "nested", "pretty", "array"]
)
def test_the_records_behind_a_large_one_survive(large):
    lines = large.count(b"\n")
    for between in (b"\n", b"", b" "):
        at = 2 + lines + between.count(b"\n")
        assert seen(GOOD + b"\n" + large + between + GOOD + b"\n" + GOOD) == [
            (1, "ok"),
            (2, "record_too_large"),
            (at, "ok"),
            (at + 1, "ok"),
        ]


def test_the_line_of_a_large_record_with_something_behind_it_is_lost():
    assert seen(LARGE + b"," + GOOD + b"\n" + GOOD) == [(1, "record_too_large"), (2, "ok")]


@pytest.mark.parametrize(
    "large", [LARGE[:-2], LARGE[:-1], b'"' + b"x" * MEBIBYTE, b"1" * (MEBIBYTE + 1)]
)
def test_a_large_record_without_an_end_spares_the_next_line(large):
    assert seen(large + b"\n" + GOOD + b"\n" + GOOD) == [
        (1, "record_too_large"),
        (2, "ok"),
        (3, "ok"),
    ]


def test_an_error_within_the_size_is_malformed_and_behind_it_too_large():
    for before, reason in [(0, "malformed_json"), (MAX_RECORD_BYTES, "record_too_large")]:
        bad = b'{"a": [' + b"1," * (before // 2) + b"oops]}"
        assert seen(bad + b"\n" + GOOD) == [(1, reason), (2, "ok")]
        bad = b'{"a": [' + b"1," * (before // 2) + b"[" * 5000
        assert seen(bad + b"\n" + GOOD) == [(1, reason), (2, "ok")]


STREAMS = {
    "a text without end": [(b'{"a": "', 1), (b"x" * MEBIBYTE, 200)],
    "a text of wide characters": [(b'{"a": "', 1), ("\U0001f600".encode() * 65_536, 400)],
    "a text of escapes": [(b'{"a": "', 1), (b"\\n" * 8192, 4000)],
    "a number": [(b"[", 1), (b"1" * MEBIBYTE, 200)],
    "a fraction": [(b'{"a": 0.', 1), (b"1" * MEBIBYTE, 200)],
    "garbage": [(GOOD + b"\n", 1), (b"x" * MEBIBYTE, 200)],
    "garbage behind a record": [(GOOD, 1), (b"x" * MEBIBYTE, 200)],
    "bytes that are no UTF-8": [(b"{", 1), (b"\xff" * MEBIBYTE, 200)],
    "zeros": [(GOOD + b"\n", 1), (b"\0" * MEBIBYTE, 200)],
    "brackets": [(b'{"a": ', 1), (b"[" * MEBIBYTE, 200)],
    "an array of small objects": [(b"[", 1), (b'{"":[]},' * 8192, 20)],
    "an object of many keys": [(b"{", 1), (b'"a": 1, ' * 8192, 100)],
    "space in an object": [(b"{", 1), (b" " * MEBIBYTE, 200)],
    "lines in an object": [(b"{", 1), (b" \n" * 4096, 1000)],
}


@pytest.mark.parametrize("parts", STREAMS.values(), ids=STREAMS.keys())
def test_a_line_of_any_length_takes_bounded_memory(parts):
    stream = repeated(*parts, (b"\n" + GOOD, 1))
    tracemalloc.start()
    try:
        verdicts = [verdict(r) for r in read_records(LOG_FEED, stream, uri=URI)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert verdicts[-1][1] == "ok"
    assert len(verdicts) <= 3
    assert peak < MEMORY


def test_blank_files_and_pages_take_bounded_memory():
    for parts, expected in (
        ([(b" \n" * (MEBIBYTE // 2), 100)], []),
        ([(b"<html>" * (MEBIBYTE // 6), 100)], [(None, "not_json")]),
        ([(b"<p>\n" * (MEBIBYTE // 4), 100)], [(None, "not_json")]),
    ):
        stream = repeated(*parts)
        tracemalloc.start()
        try:
            verdicts = [verdict(r) for r in read_records(LOG_FEED, stream, uri=URI)]
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert verdicts == expected
        assert peak < MEMORY


def test_a_large_record_shows_its_beginning():
    (reject,) = read(LARGE)
    assert reject.detail == "more than 1048576 bytes"
    assert reject.raw == LARGE[:4096].decode()
