"""Every field of both feeds, with values that it takes and values that it does not.

The contract is written down here a second time, on purpose: field, kind and size as the
description of the feeds and of bad input has them, not as the library's models do.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.bad_input.corpus import line
from tests.load.records import TS, play, song

BAD, RANGE, MISSING, LONG = "bad_type", "out_of_range", "missing", "too_long"
NUL, JSON = "nul_character", "malformed_json"

#: Bytes of the text fields, bits of the integers.
LOG_FIELDS: dict[str, tuple[str, int]] = {
    "artist": ("text", 512),
    "auth": ("text", 64),
    "firstName": ("text", 256),
    "gender": ("text", 64),
    "itemInSession": ("integer", 32),
    "lastName": ("text", 256),
    "length": ("float", 0),
    "level": ("text", 64),
    "location": ("text", 256),
    "method": ("text", 64),
    "page": ("text", 64),
    "registration": ("integral_float", 0),
    "sessionId": ("integer", 64),
    "song": ("text", 512),
    "status": ("integer", 32),
    "ts": ("epoch", 0),
    "userAgent": ("text", 512),
    "userId": ("integer_text", 64),
}
SONG_FIELDS: dict[str, tuple[str, int]] = {
    "num_songs": ("integer", 32),
    "artist_id": ("text", 32),
    "artist_latitude": ("float", 0),
    "artist_longitude": ("float", 0),
    "artist_location": ("text", 512),
    "artist_name": ("text", 512),
    "song_id": ("text", 32),
    "title": ("text", 512),
    "duration": ("float", 0),
    "year": ("integer", 32),
}
#: Required in the play and in the song that the cases are made of.
REQUIRED = {"ts", "page", "userId", "sessionId", "itemInSession", "song_id", "artist_id"}

#: Stands in a record for the value that a case is about.
_HOLE = "\ue000"


@dataclass(frozen=True)
class FieldCase:
    """One record with one field changed; ``reason`` is None when it is good."""

    feed: str
    key: str
    what: str
    text: bytes
    reason: str | None

    @property
    def name(self) -> str:
        return f"{self.key}-{self.what}"

    @property
    def faults(self) -> list[tuple[int, str, str | None]]:
        if self.reason is None:
            return []
        return [(1, self.reason, None if self.reason == JSON else self.key)]


def field_cases() -> Iterator[FieldCase]:
    for feed, record, fields in (("log", play(), LOG_FIELDS), ("song", song(), SONG_FIELDS)):
        for key, (kind, size) in fields.items():
            empty = MISSING if key in REQUIRED else None
            without = {name: value for name, value in record.items() if name != key}
            yield FieldCase(feed, key, "missing", line(without), empty)
            template = line({**record, key: _HOLE}).decode()
            for literal, reason in [("null", empty), *_KINDS[kind](size, empty)]:
                text = template.replace(json.dumps(_HOLE), literal).encode()
                yield FieldCase(feed, key, _short(literal), text, reason)


def _short(literal: str) -> str:
    if len(literal) <= 24:
        return literal
    return f"{literal[:8]}…{len(literal.encode())}"


def _no_number() -> Iterator[tuple[str, str]]:
    for literal in ('"5"', '"x"', "true", "false", "{}", "[]", "[1]", '{"a": 1}', '"NaN"'):
        yield literal, BAD
    for literal in ("NaN", "Infinity", "-Infinity", "nan", "05", "+5", ".5", "5.", "0x5", "5_0"):
        yield literal, JSON


def _text(size: int, empty: str | None) -> Iterator[tuple[str, Any]]:
    yield '""', empty
    for literal in ("5", "-1", "1.5", "true", "false", "{}", "[]", '["x"]', '{"a": "b"}', "1e5"):
        yield literal, BAD
    for literal in ("NaN", "Infinity", "-Infinity", "nan", "05", "'x'", "x"):
        yield literal, JSON
    for length in (size - 1, size):
        yield json.dumps("x" * length), None
    yield json.dumps("x" * (size + 1)), LONG
    yield json.dumps("é" * (size // 2), ensure_ascii=False), None
    yield json.dumps("é" * (size // 2) + "x", ensure_ascii=False), LONG
    yield json.dumps("😀" * (size // 4)), None
    yield json.dumps("x" + "😀" * (size // 4)), LONG
    yield '"a\\u0000b"', NUL
    for text in (
        "5",
        "-",
        "1979",
        "true",
        "null",
        "NaN",
        "[spunge]",
        "{}",
        "\\",
        '"',
        "'",
        "\t",
        " ",
    ):
        yield json.dumps(text), None


def _integer(bits: int, empty: str | None) -> Iterator[tuple[str, Any]]:
    yield from _no_number()
    yield '""', empty or BAD
    high = 2 ** (bits - 1) - 1
    for number in (0, 1, -1, high - 1, high, -high, -high - 1):
        yield str(number), None
    yield "-0", None
    for number in (high + 1, -high - 2, 2**64, -(2**64), 10**30, 10**700):
        yield str(number), RANGE
    for literal in ("5.0", "5.5", "0.0", "139.5", "1e2", "1E2", "1e1", "1e-1", "5.0e0"):
        yield literal, BAD
    # Small ones, which DuckDB writes with an exponent and no point, and takes for 0.
    for literal in ("1e-7", "-1e-30", "0e0", "1e-400"):
        yield literal, BAD


def _epoch(_: int, empty: str | None) -> Iterator[tuple[str, Any]]:
    yield from _no_number()
    yield '""', empty
    # From 2000-01-01 to the last millisecond of 2100, UTC.
    for number in (946_684_800_000, TS, 4_133_980_799_999):
        yield str(number), None
    for number in (946_684_799_999, 4_133_980_800_000, 0, -1, TS // 1000, TS * 1000, 10**700):
        yield str(number), RANGE
    for literal in (f"{TS}.0", f"{TS}.5", "1.541105830796e12", "1541105830796E0"):
        yield literal, BAD
    # As long as a time is, and none: with a point, or an exponent.
    for literal in ("99999999999.9", "1541105830.79", "1.5411058e+12", "1541105830e+3"):
        yield literal, BAD


def _float(_: int, empty: str | None) -> Iterator[tuple[str, Any]]:
    yield from _no_number()
    yield '""', BAD
    for literal in (
        "0",
        "-0.0",
        "5",
        "1.5",
        "-1.5e-7",
        "1E5",
        "1e308",
        "5e-324",
        "1e-400",
        "9" * 300,
    ):
        yield literal, None
    for literal in ("1e309", "-1e309", "1" * 400, "1e999999"):
        yield literal, RANGE


def _integral_float(_: int, empty: str | None) -> Iterator[tuple[str, Any]]:
    yield from _no_number()
    yield '""', BAD
    for literal in ("0", "1540919166796.0", "1540919166796", "1.540919166796e12", "-5"):
        yield literal, None
    yield "9007199254740992.0", None
    for literal in ("9007199254740994.0", "9007199254740993", "1e300", "1" * 400):
        yield literal, RANGE
    for literal in ("1540919166796.5", "0.1", "1e-5"):
        yield literal, BAD


def _integer_text(bits: int, empty: str | None) -> Iterator[tuple[str, Any]]:
    high = 2 ** (bits - 1) - 1
    yield '""', empty
    for number in (0, 8, -1, high, -high - 1):
        yield str(number), None
        yield f'"{number}"', None
    for number in (high + 1, -high - 2, 10**30, 10**700):
        yield str(number), RANGE
        yield f'"{number}"', RANGE
    for literal in ('" 8"', '"8 "', '"08"', '"+8"', '"-0"', '"8.0"', '"1e2"', '"x"', '"٨"', '" "'):
        yield literal, BAD
    for literal in ("8.0", "8.5", "1e2", "true", "{}", "[]", "[8]", '"true"', '"null"', '"NaN"'):
        yield literal, BAD
    yield "NaN", JSON
    yield '"8\\u0000"', NUL


_KINDS = {
    "text": _text,
    "integer": _integer,
    "epoch": _epoch,
    "float": _float,
    "integral_float": _integral_float,
    "integer_text": _integer_text,
}
