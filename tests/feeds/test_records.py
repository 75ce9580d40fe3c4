"""Which records a file holds, where they begin, and which of them are no records."""

import io

import pytest

from sparkify_dwh.feeds.contract import LOG_FEED
from sparkify_dwh.feeds.exact import Accepted, read_records
from sparkify_dwh.feeds.records import DOUBTFUL_RECORDS
from sparkify_dwh.feeds.reject import RAW_BYTES_KEPT, Reason, Reject
from tests.feeds.reading import GOOD, PLAY, SONG, SONG_FEED, URI, line, only_reject, read, seen

BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize("data", [b"", b" \r\n\t\n", BOM, BOM + b"\n"])
def test_an_empty_file_holds_no_record(data):
    assert seen(data) == []


def test_the_values_come_in_the_order_of_the_feed():
    shuffled = dict(sorted(PLAY.items(), reverse=True))
    (record,) = read(line(shuffled))
    assert record == Accepted(1, 1, tuple(PLAY.values()), ())


def test_song_records_are_read_too():
    (record,) = read(line(SONG), SONG_FEED)
    assert record == Accepted(1, 1, tuple(SONG.values()), ())


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (GOOD + b"\n" + GOOD + b"\n", [1, 2]),
        (GOOD + b"\n" + GOOD, [1, 2]),
        (GOOD + b"\r\n" + GOOD + b"\r\n", [1, 2]),
        (b"\n\n" + GOOD + b"\n \t\n\n" + GOOD, [3, 6]),
        (GOOD + GOOD + b" " + GOOD, [1, 1, 1]),
        (BOM + GOOD + b"\n" + GOOD, [1, 2]),
        (BOM + b"\n " + GOOD, [2]),
        (GOOD.replace(b", ", b",\n    ") + b"\n" + GOOD, [1, GOOD.count(b", ") + 2 - 1]),
    ],
    ids=[
        "lines",
        "no final newline",
        "CRLF",
        "blank lines",
        "one behind another",
        "byte-order mark",
        "byte-order mark and a blank line",
        "pretty-printed",
    ],
)
def test_white_space_between_records_is_free(data, lines):
    # A comma and a space stand in one of the values as well, where a line end is not allowed.
    data = data.replace(b"Clearwater,\n    FL", b"Clearwater, FL")
    assert seen(data) == [(number, "ok") for number in lines]


def test_records_are_numbered_through_rejected_ones():
    data = b"\n".join([GOOD, b"oops", GOOD, b"7", GOOD])
    assert [r.number for r in read(data) if isinstance(r, Accepted)] == [1, 3, 5]


@pytest.mark.parametrize(
    "text",
    [
        b"12",
        b"-1.5e3",
        b"null",
        b"true",
        b"false",
        b'"text"',
        b"[]",
        b"[1,\n2]",
        b"[" + GOOD + b"]",
    ],
)
def test_other_values_are_no_objects_and_reading_goes_on_behind_them(text):
    after = 2 + text.count(b"\n")
    assert seen(GOOD + b" " + text + b" " + GOOD + b"\n" + GOOD) == [
        (1, "ok"),
        (1, "not_an_object"),
        (after - 1, "ok"),
        (after, "ok"),
    ]


def test_an_array_of_records_is_one_reject():
    assert seen(b"[\n" + b",\n".join([GOOD] * 5) + b"\n]\n" + GOOD) == [
        (1, "not_an_object"),
        (8, "ok"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        GOOD[:-1],
        GOOD[:40],
        GOOD[:-1] + b",}",
        GOOD[:-1] + b",",
        GOOD.replace(b'"', b"'"),
        GOOD.replace(b"{", b"{/* no comment */"),
        GOOD + b"// no comment",
        GOOD + b"x",
        GOOD + b",",
        GOOD + b"]",
        GOOD + BOM + GOOD,
        BOM + GOOD,
        b"{" + GOOD,
        GOOD + b"}",
        GOOD.replace(b"954", b"0954"),
        GOOD.replace(b"954", b"+954"),
        GOOD.replace(b"954", b".954"),
        GOOD.replace(b"954", b"954."),
        GOOD.replace(b"954", b"0x3BA"),
        GOOD.replace(b"238.07955", b"NaN"),
        GOOD.replace(b"238.07955", b"Infinity"),
        GOOD.replace(b"238.07955", b"-Infinity"),
        GOOD.replace(b"{", b'{"new": [NaN], '),
        GOOD.replace(b"Jacob", b"Ja\tcob"),
        GOOD.replace(b"Jacob", b"Ja\0cob"),
        GOOD.replace(b"Jacob", b"Ja\\xcob"),
        GOOD.replace(b"Jacob", b"Ja\\u12cob"),
        GOOD.replace(b"Jacob", b"\\ud83d"),
        GOOD.replace(b"Jacob", b"\\uDE00\\uD83D"),
        GOOD.replace(b"{", b'{"new": [{"\\udfff": 1}], '),
        GOOD.replace(b"{", b'{"new": ' + b"[" * 250 + b"]" * 250 + b","),
        GOOD.replace(b"{", b'{"new": ' + b"[" * 100_000),
        GOOD.replace(b"{", b'{"new": ' + b'{"a":' * 100_000),
        b"garbage",
        b"}",
        b"tru",
        b"-",
        b"2018-11-01 12:00:00 ERROR {}",
        b"[2018-11-01 12:00:00] ERROR {}",
        b"1,2,3",
    ],
    ids=lambda text: ascii(text.replace(GOOD, b"GOOD"))[-40:],
)
def test_a_malformed_line_spares_the_lines_around_it(text):
    data = b"\n".join([GOOD, b"", text, GOOD, GOOD])
    assert seen(data) == [(1, "ok"), (3, "malformed_json"), (4, "ok"), (5, "ok")]


def test_a_truncated_last_line_is_one_reject():
    assert seen(GOOD + b"\n" + GOOD[:100]) == [(1, "ok"), (2, "malformed_json")]
    assert seen(GOOD[:100]) == [(1, "malformed_json")]


@pytest.mark.parametrize("length", range(1, len(GOOD)))
def test_a_line_truncated_anywhere_spares_the_next(length):
    assert seen(GOOD[:length] + b"\n" + GOOD + b"\n" + GOOD) == [
        (1, "malformed_json"),
        (2, "ok"),
        (3, "ok"),
    ]


def test_a_surrogate_pair_and_an_escaped_backslash_are_fine():
    data = GOOD.replace(b"Jacob", rb"\uD83D\uDE00\\ud83d")
    (record,) = read(data)
    assert isinstance(record, Accepted)
    assert record.values[2] == "\U0001f600\\ud83d"


def test_nesting_below_the_limit_is_drift():
    data = GOOD.replace(b"{", b'{"new": ' + b"[" * 199 + b"]" * 199 + b",")
    (record,) = read(data)
    assert isinstance(record, Accepted)
    assert record.unknown == ("new",)


def test_garbage_lines_are_one_reject_each():
    garbage = [b"oops", b"404 Not Found", b'"GET" done', b"<br>", b"  at line 5"]
    assert seen(b"\n".join([GOOD, *garbage, GOOD])) == [
        (1, "ok"),
        (2, "malformed_json"),
        (3, "not_an_object"),
        (4, "not_an_object"),
        (5, "malformed_json"),
        (6, "malformed_json"),
        (7, "ok"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        b'{\n  "a": 1,\n  "b": oops,\n  "c": 2\n}',
        b'{\n  "a": oops,\n  "b": {\n    "c": [\n      {\n      },\n      {}\n    ]\n  }\n}',
        b'{\n  "a": [1, 2,\n  "b": 3\n}',
        b'{\n  "a": "no end,\n  "b": "{"\n}',
        b'{ oops\n  "a": 1\n}',
        b'{\n  "a": 1,\n}',
        b'  {\n    "a": oops\n  }',
        b'[\n{"a": 1},\n{"a": oops},\n{"a": 2}\n]',
    ],
)
def test_a_broken_object_over_several_lines_is_one_reject(text):
    after = 2 + text.count(b"\n") + 1
    assert seen(GOOD + b"\n" + text + b"\n" + GOOD + b"\n" + GOOD) == [
        (1, "ok"),
        (2, "malformed_json"),
        (after, "ok"),
        (after + 1, "ok"),
    ]


def test_an_object_that_is_never_closed_ends_where_the_next_begins():
    assert seen(b'{\n  "a": 1,\n  "b": {\n    "c": 1\n' + GOOD + b"\n" + GOOD) == [
        (1, "malformed_json"),
        (5, "ok"),
        (6, "ok"),
    ]


def test_indented_lines_survive_a_truncated_one():
    assert seen(b'{"a": "x"\n   ' + GOOD + b"\n  " + GOOD) == [
        (1, "malformed_json"),
        (2, "ok"),
        (3, "ok"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace(b"Jacob", b"Jos\xe9"),
        GOOD.replace(b"Jacob", b"\xe2\x82"),
        GOOD.replace(b"Jacob", b"\xc0\x80"),
        GOOD.replace(b"Jacob", b"\xed\xa0\x80"),
        GOOD.replace(b"Jacob", b"\xf4\x90\x80\x80"),
        GOOD.replace(b"{", b'{"\xff": 1, '),
        GOOD[:4] + b"\xe9",
    ],
)
def test_invalid_utf8_spoils_its_own_record_only(text):
    data = b"\n".join([GOOD, text, GOOD.replace(b"Jacob", "José €".encode()), GOOD])
    assert seen(data) == [(1, "ok"), (2, "invalid_utf8"), (3, "ok"), (4, "ok")]


def test_invalid_utf8_names_byte_and_offset():
    reject = only_reject('{"ä": "'.encode() + b'\xe9"}')
    assert reject.detail == "byte 0xE9 at offset 8 of the record is no UTF-8"
    assert reject.raw == '{"ä": "\\xe9"}'


def test_a_truncated_line_is_not_blamed_for_the_next_lines_bytes():
    assert seen(b'{"a":\n{"b": "\xe9"}\n' + GOOD) == [
        (1, "malformed_json"),
        (2, "invalid_utf8"),
        (3, "ok"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE html>\n<html>\n<body>\n404\n</body>\n</html>\n" * 50,
        b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code></Error>",
        b"\n\n  <html>",
        b"PAR1\x15\x04\x15\x10\n\x00\xff" * 3000,
        b"<p>\n" * 100_000,
        GOOD.decode().encode("utf-16"),
        GOOD.decode().encode("utf-16-le"),
        GOOD.decode().encode("utf-16-be"),
        GOOD.decode().encode("utf-32"),
        GOOD.decode().encode("utf-32-le"),
        GOOD.decode().encode("utf-32-be"),
        b"Not Found",
    ],
    ids=lambda data: ascii(data[:12]),
)
def test_a_file_that_is_no_json_is_one_reject_without_line(data):
    assert seen(data) == [(None, "not_json")]


def test_garbage_before_the_first_object_is_no_end():
    data = b"<p>\n" * (DOUBTFUL_RECORDS - 1) + GOOD + b"\n<p>"
    verdicts = seen(data)
    assert len(verdicts) == DOUBTFUL_RECORDS + 1
    assert verdicts[-3:] == [
        (DOUBTFUL_RECORDS - 1, "malformed_json"),
        (DOUBTFUL_RECORDS, "ok"),
        (DOUBTFUL_RECORDS + 1, "malformed_json"),
    ]
    numbers = [r.number for r in read(data) if isinstance(r, Accepted)]
    assert numbers == [DOUBTFUL_RECORDS]


def test_an_object_that_breaks_the_contract_is_json_all_the_same():
    assert seen(b"oops\n{}") == [(1, "malformed_json"), (2, "missing")]


def test_zeros_at_the_end_of_a_file_are_one_reject():
    assert seen(GOOD + b"\n" + b"\0" * 512) == [(1, "ok"), (2, "malformed_json")]


def test_a_reject_says_where_and_shows_the_record():
    (_, reject) = read(GOOD + b'\n{"ts": 1541105830, "page": "Home"}\r\n')
    assert reject == Reject(
        uri=URI,
        line=2,
        reason=Reason.OUT_OF_RANGE,
        key="ts",
        detail="1541105830 is before 2000-01-01 (seconds instead of milliseconds?)",
        raw='{"ts": 1541105830, "page": "Home"}',
    )


def test_the_raw_text_is_cut_on_a_character_boundary():
    for text in ("é" * 5000, "x" + "é" * 5000):
        for data in (f'{{"a": "{text}"}}', f"oops {text}", f'{{"a": "{text}'):
            (_, reject) = read(GOOD + b"\n" + data.encode())
            assert isinstance(reject, Reject)
            assert RAW_BYTES_KEPT - 2 < len(reject.raw.encode()) <= RAW_BYTES_KEPT
            assert data.startswith(reject.raw)


def test_the_raw_text_of_odd_bytes_fits_its_column():
    reject = only_reject(b"{\xff\xfe\x00" + b"\xff" * 5000)
    assert reject.raw.startswith(r"{\xff\xfe\x00\xff")
    assert len(reject.raw.encode()) <= RAW_BYTES_KEPT


def test_a_stream_may_return_less_than_it_was_asked_for():
    class Trickle(io.BytesIO):
        def read(self, size=-1, /):
            return super().read(min(size, 3))

    records = list(read_records(LOG_FEED, Trickle(GOOD + b"\n" + GOOD), uri=URI))
    assert records == read(GOOD + b"\n" + GOOD)
