"""Whatever the bytes: no error, the same result for any pieces, and the oracle's verdict."""

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from sparkify_dwh.feeds import record_parser, record_skip
from sparkify_dwh.feeds.contract import LOG_FEED
from sparkify_dwh.feeds.exact import Accepted
from sparkify_dwh.feeds.reject import RAW_BYTES_KEPT, Reject
from tests.feeds.line_oracle import accepted_on
from tests.feeds.reading import GOOD, HOME, line, read

pytestmark = pytest.mark.slow

SHORT = b'{"ts":1541105830796,"page":"Home"}'
TOKENS = [
    *(b"{", b"}", b"[", b"]", b'"', b":", b",", b"\n", b"\r\n", b" ", b"\t", b"//", b"'"),
    *(b"\\", b"\\u", b"\\ud83d", b"\\ude00", b"\\u0000", b"\0", b"x", b"<", b"\xff"),
    *(b"0", b"-", b"1", b".5", b"e9", b"1e400", b"null", b"true", b"tru", b"NaN", b"-Infinity"),
    *(b'"a"', b'"ts"', b'"page":"Home"', b'"userId":""', b'{"a":1}', b'{"a":', b'{"a":['),
    *(b"\xc3", b"\xa9", "é".encode(), "\U0001f600".encode(), b"\xef\xbb\xbf"),
    *(SHORT, SHORT + b"\n", b"\n  {"),
]
token_files = st.lists(st.sampled_from(TOKENS), max_size=40).map(b"".join)
any_files = st.one_of(st.binary(max_size=200), token_files)
read_sizes = st.integers(1, 40)


def check_sanity(records, data):
    number, line_number = 0, 1
    for position, record in enumerate(records, start=1):
        if isinstance(record, Accepted):
            assert record.number == position > number
            assert len(record.values) == len(LOG_FEED.fields)
            number = position
        else:
            assert record.detail
            assert len(record.detail.encode()) <= 512
            assert len(record.raw.encode()) <= RAW_BYTES_KEPT
            assert "\0" not in record.raw + record.detail
            if record.line is None:
                assert len(records) == 1
                continue
        assert record.line is not None
        assert line_number <= record.line <= data.count(b"\n") + 1
        line_number = record.line


@settings(max_examples=600, deadline=None)
@given(data=any_files, read_size=read_sizes)
def test_no_bytes_raise_and_pieces_do_not_matter(data, read_size):
    whole = read(data)
    check_sanity(whole, data)
    assert read(data, read_size=read_size) == whole


@settings(max_examples=600, deadline=None)
@given(data=token_files, read_size=read_sizes, most=st.integers(1, 60))
@example(data=b'{"a":"' + "é".encode() * 30 + b'"}\n{}', read_size=1, most=16)
def test_pieces_do_not_matter_for_large_records_either(data, read_size, most):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record_parser, "MAX_RECORD_BYTES", most)
        patch.setattr(record_skip, "MAX_RECORD_BYTES", most)
        patch.setattr(record_parser, "_ENOUGH_BYTES", most + 64)
        whole = read(data)
        check_sanity(whole, data)
        assert read(data, read_size=read_size) == whole


@settings(max_examples=300, deadline=None)
@given(data=any_files)
def test_lines_around_any_bytes_survive(data):
    # Bytes that begin an array may take what follows for its elements.
    assume(b"[" not in data)
    records = read(SHORT + b"\n" + data + b"\n" + SHORT + b"\n" + SHORT + b"\n" + SHORT + b"\n")
    lines = [r.line for r in records if isinstance(r, Accepted)]
    last = data.count(b"\n") + 5
    assert lines[0] == 1
    assert lines[-2:] == [last - 1, last]


@st.composite
def mutants(draw):
    """Return a good line with a few bytes flipped, dropped, doubled, cut or put in."""
    data = draw(st.sampled_from([GOOD, line(HOME), SHORT, SHORT + SHORT]))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        until = min(at + draw(st.integers(1, 8)), len(data))
        kind = draw(st.sampled_from(["flip", "drop", "double", "cut", "put", "token"]))
        if kind == "flip":
            data = data[:at] + bytes([draw(st.integers(0, 255))]) + data[at + 1 :]
        elif kind == "drop":
            data = data[:at] + data[until:]
        elif kind == "double":
            data = data[:at] + data[at:until] * 2 + data[until:]
        elif kind == "cut":
            data = draw(st.sampled_from([data[:at], data[at:]]))
        else:
            data = data[:at] + draw(st.sampled_from(TOKENS)) + data[at:]
    return data


@settings(max_examples=1500, deadline=None)
@given(lines=st.lists(mutants(), max_size=4), read_size=st.sampled_from([5, 100, 1 << 18]))
@example(lines=[GOOD.replace(b"954", b"954.0")], read_size=100)
def test_the_accepted_records_are_those_of_the_oracle(lines, read_size):
    # A mutant may be open at its end, and is closed by no two good lines.
    parts = [SHORT]
    for mutant in lines:
        assume(b"\n" not in mutant)
        assume(b"NaN" not in mutant)
        assume(b"Infinity" not in mutant)
        assume(not mutant.lstrip(b" \t\r").startswith(b"["))
        assume(not mutant.startswith((b" ", b"\t", b"\r")))
        parts += [mutant, SHORT, SHORT]
    records = read(b"\n".join(parts), read_size=read_size)
    accepted = [
        (r.line, dict(zip(LOG_FEED.keys, r.values, strict=True)))
        for r in records
        if isinstance(r, Accepted)
    ]
    expected = [
        (number, record)
        for number, part in enumerate(parts, start=1)
        for record in accepted_on(part)
    ]
    assert accepted == [
        (number, {key: record[key] for key in LOG_FEED.keys}) for number, record in expected
    ]
    rejected = {r.line for r in records if isinstance(r, Reject)}
    good = {number for number, part in enumerate(parts, start=1) if part == SHORT}
    assert not rejected & good
