r"""The corpus of bad input: one file for each case, with its verdict stated once, here.

``python -m tests.bad_input.corpus FOLDER`` writes the files, to look at or to feed to something
else. Every file holds good records as well, where its case leaves room for them, so that a case
also tells which records survive.
"""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.load.records import TS, play, song, visit

#: A place and a reason: line (None for the whole file), reason code, key at fault.
Fault = tuple[int | None, str, str | None]

MEGABYTE = 1_048_576


@dataclass(frozen=True)
class Case:
    """A file of bad, or of odd but good, input."""

    name: str  #: what is the matter, in words; also the name of the file
    content: bytes
    accepted: int  #: records that survive
    faults: tuple[Fault, ...] = ()
    feed: str = "log"
    suffix: str = ".json"
    unknown_keys: int = 0

    @property
    def file_name(self) -> str:
        return self.name.replace(" ", "_") + self.suffix


def line(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode()


def lines(*of_file: bytes | dict[str, Any]) -> bytes:
    """Return a file of these lines; a record is written as JSON."""
    texts = [text if isinstance(text, bytes) else line(text) for text in of_file]
    return b"".join(text + b"\n" for text in texts)


def _good(number: int) -> dict[str, Any]:
    return play(ts=TS + number)


_FIRST, _LAST = _good(1), _good(2)


def _between(name: str, bad: bytes | dict[str, Any], reason: str, key: str | None = None) -> Case:
    """A bad record on the second line, between two good ones."""
    return Case(name, lines(_FIRST, bad, _LAST), 2, ((2, reason, key),))


def _good_between(name: str, odd: bytes | dict[str, Any], **about: Any) -> Case:
    """An odd record on the second line that is as good as the two around it."""
    return Case(name, lines(_FIRST, odd, _LAST), 3, **about)


def _changed(old: bytes, new: bytes) -> bytes:
    """A good record with a piece of its text replaced."""
    text = line(_good(9))
    assert text.count(old) == 1, (old, text)
    return text.replace(old, new)


def _without(key: str) -> dict[str, Any]:
    return {name: value for name, value in _good(9).items() if name != key}


def _of_size(size: int) -> bytes:
    """A record of exactly so many bytes, blanks between its keys included."""
    text = line(_good(9))
    return text.replace(b", ", b", " + b" " * (size - len(text)), 1)


def syntax() -> Iterator[Case]:
    """Text that is no JSON, or not a JSON object."""
    cut = line(_good(9))[:200]
    yield Case("last line truncated", lines(_FIRST, _LAST) + cut, 2, ((3, "malformed_json", None),))
    yield Case(
        "only line truncated in a number", b'{"ts": 15411', 0, ((1, "malformed_json", None),)
    )
    yield _between("missing closing brace", line(_good(9))[:-1], "malformed_json")
    yield _between("trailing comma", _changed(b"}", b",}"), "malformed_json")
    yield _between("single quotes", line(_good(9)).replace(b'"', b"'"), "malformed_json")
    # White space separates records: what follows it is a bad record of its own.
    for name, behind in (("comment", b" // yes"), ("text", b" ok")):
        bad = ((2, "malformed_json", None),)
        yield Case(
            f"{name} behind the record", lines(_FIRST, line(_good(9)) + behind, _LAST), 3, bad
        )
    yield _between("text at the record", line(_good(9)) + b"ok", "malformed_json")
    yield _between("comment within the record", _changed(b"{", b"{/* no */"), "malformed_json")
    yield _between("comment line", b"# what follows is data", "malformed_json")
    yield _between("key without quotes", _changed(b'"auth"', b"auth"), "malformed_json")
    yield _between("colon left out", _changed(b'"auth":', b'"auth"'), "malformed_json")
    yield _between("raw tab in a text", _changed(b"Kaylee", b"Kay\tlee"), "malformed_json")
    yield _between("raw NUL byte in a text", _changed(b"Kaylee", b"Kay\0lee"), "malformed_json")
    yield _between("unknown escape", _changed(b"Kaylee", b"\\xe9"), "malformed_json")
    yield _between("half a surrogate pair", _changed(b"Kaylee", b"\\ud83d"), "malformed_json")
    yield _between("NaN", _changed(b"246.30812", b"NaN"), "malformed_json")
    yield _between("Infinity", _changed(b"246.30812", b"-Infinity"), "malformed_json")
    yield _between("number with a leading zero", _changed(b": 139,", b": 0139,"), "malformed_json")
    yield _between("number with a plus", _changed(b": 139,", b": +139,"), "malformed_json")
    yield _between("hexadecimal number", _changed(b": 139,", b": 0x8b,"), "malformed_json")
    yield _between(
        "two records with a comma", line(_good(8)) + b"," + line(_good(9)), "malformed_json"
    )
    yield _between("scalar", b"42", "not_an_object")
    yield _between("text", b'"NextSong"', "not_an_object")
    yield _between("null", b"null", "not_an_object")
    yield _between("boolean", b"true", "not_an_object")
    yield _between("empty array", b"[]", "not_an_object")
    yield _between("array of records", b"[" + line(_good(8)) + b", {}]", "not_an_object")
    yield Case(
        "whole file an array",
        json.dumps([_FIRST, _LAST], indent=2).encode(),
        0,
        ((1, "not_an_object", None),),
    )
    yield Case(
        "two bad lines far apart",
        lines(*[_good(number) for number in range(50)], b"{", _LAST, b"[1]", b"", b"{}"),
        51,
        (
            (51, "malformed_json", None),
            (53, "not_an_object", None),
            (55, "missing", "page"),
        ),
    )


def forms() -> Iterator[Case]:
    """Records that are written in another way than one a line, and are as good."""
    both = [_FIRST, _LAST]
    yield Case("pretty printed", "\n".join(json.dumps(each, indent=4) for each in both).encode(), 2)
    yield Case("records on one line", b"".join(map(line, both)), 2)
    yield Case("CRLF", lines(*both).replace(b"\n", b"\r\n"), 2)
    yield Case("CR alone", lines(*both).replace(b"\n", b"\r"), 2)
    yield Case("no final newline", lines(*both)[:-1], 2)
    yield Case("blank lines", b"\n \n" + lines(_FIRST, b"", b"\t", _LAST) + b"\n\n", 2)
    yield Case("nothing but blanks", b" \r\n\t\n", 0)
    yield Case("indented", b"  " + line(_FIRST) + b"  \n\t" + line(_LAST), 2)
    yield Case(
        "pretty printed with one bad",
        "\n".join(
            json.dumps(each, indent=4) for each in (_FIRST, _good(9) | {"ts": "now"}, _LAST)
        ).encode(),
        2,
        ((21, "bad_type", "ts"),),
    )
    yield Case(
        "bad and good on one line",
        line(_FIRST) + line(_good(9) | {"ts": None}) + line(_LAST),
        2,
        ((1, "missing", "ts"),),
    )
    yield Case("byte order mark", b"\xef\xbb\xbf" + lines(*both), 2)
    yield Case(
        "two byte order marks",
        b"\xef\xbb\xbf" * 2 + lines(*both),
        1,
        ((1, "malformed_json", None),),
    )


def not_json() -> Iterator[Case]:
    """Files that are something else altogether: one message for the whole file."""
    page = b"<!DOCTYPE html>\n<html><body>\n" + b"<p>502 Bad Gateway</p>\n" * 2000 + b"</html>\n"
    error = b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>\n'
    for name, content in (
        ("HTML error page", page),
        ("XML error page", error),
        ("UTF-16 with a mark", lines(_FIRST, _LAST).decode().encode("utf-16")),
        ("UTF-16 big-endian without a mark", lines(_FIRST, _LAST).decode().encode("utf-16-be")),
    ):
        yield Case(name, content, 0, ((None, "not_json", None),))


def text() -> Iterator[Case]:
    """What is wrong with bytes and characters, and what is not."""
    yield _between("Latin-1 byte", _changed(b"Kaylee", b"Kayl\xe9e"), "invalid_utf8")
    yield _between("cut UTF-8 sequence", _changed(b"Kaylee", b"Kayl\xc3"), "invalid_utf8")
    yield _between("overlong UTF-8", _changed(b"Kaylee", b"Kayl\xc0\xafe"), "invalid_utf8")
    yield _between("surrogate in UTF-8", _changed(b"Kaylee", b"Kayl\xed\xa0\xbde"), "invalid_utf8")
    yield _between(
        "Latin-1 byte in an unknown key", _changed(b"{", b'{"\xe9": 1, '), "invalid_utf8"
    )
    yield _between(
        "NUL escape", _changed(b"Kaylee", b"Kay\\u0000lee"), "nul_character", "firstName"
    )
    yield _good_between("NUL escape that is escaped", _changed(b"Kaylee", b"Kay\\\\u0000lee"))
    yield _between(
        "emoji beyond 256 bytes", _good(9) | {"location": "😀" * 100}, "too_long", "location"
    )
    yield _good_between("emoji of 256 bytes", _good(9) | {"location": "😀" * 64})
    yield _between("é beyond 512 bytes", _good(9) | {"song": "é" * 300}, "too_long", "song")
    yield _good_between("é of 512 bytes", _good(9) | {"song": "é" * 256})
    for size in (255, 256):
        name = f"text of {size} bytes in VARCHAR(256)"
        yield _good_between(name, _good(9) | {"location": "x" * size})
    long = _good(9) | {"location": "é" * 128 + "x"}
    yield _between("text of 257 bytes in VARCHAR(256)", long, "too_long", "location")
    yield _good_between("escaped pair of surrogates", _changed(b"Kaylee", b"\\ud83d\\ude00"))
    yield _good_between("line separator in a text", _changed(b"Kaylee", "\u2028\x85".encode()))
    yield _good_between("SQL in a value", _good(9) | {"firstName": "'); DROP TABLE users; --"})
    yield _good_between("placeholders in a value", _good(9) | {"song": "%s %(a)s :name {0} ?"})
    yield _good_between("backslashes in a value", _good(9) | {"userAgent": 'a\\"b\\\\n\\'})
    yield _good_between("escaped key", _changed(b'"ts"', b'"\\u0074s"'))


def sizes() -> Iterator[Case]:
    """Records about as large as one may be."""
    yield _between("record over 1 MB", _of_size(MEGABYTE + 1), "record_too_large")
    yield _good_between("record of 1 MB", _of_size(MEGABYTE))
    endless = b'{"a": "' + b"x" * (17 * MEGABYTE)
    yield Case("endless text", lines(_FIRST, endless, _LAST), 2, ((2, "record_too_large", None),))
    yield _between("deeply nested", _changed(b"{", b'{"a": ' + b"[" * 5000), "malformed_json")


def values() -> Iterator[Case]:
    """Values that break the contract of a field, and such that do not."""
    ts = {
        "missing ts": ({}, "missing"),
        "ts null": ({"ts": None}, "missing"),
        "ts as text": ({"ts": str(TS)}, "bad_type"),
        "ts with a fraction": ({"ts": TS + 0.5}, "bad_type"),
        "ts as boolean": ({"ts": True}, "bad_type"),
        "ts in seconds": ({"ts": TS // 1000}, "out_of_range"),
        "ts negative": ({"ts": -1}, "out_of_range"),
        "ts beyond 2100": ({"ts": 4_133_980_800_000}, "out_of_range"),
    }
    for name, (change, reason) in ts.items():
        yield _between(name, _without("ts") | change, reason, "ts")
    for key in ("userId", "sessionId", "itemInSession"):
        yield _between(f"play without {key}", _without(key), "missing", key)
    yield _between("play with an empty userId", _good(9) | {"userId": ""}, "missing", "userId")
    yield _between("page missing", _without("page"), "missing", "page")
    yield _good_between("userId empty on another page", visit(userId=""))
    yield _good_between("userId as an integer", _good(9) | {"userId": 8})
    yield _between("userId as a float", _good(9) | {"userId": 8.0}, "bad_type", "userId")
    yield _between("number rounded", _good(9) | {"status": 139.5}, "bad_type", "status")
    yield _between(
        "boolean as a number", _good(9) | {"itemInSession": True}, "bad_type", "itemInSession"
    )
    yield _between("number as text", _good(9) | {"firstName": 5}, "bad_type", "firstName")
    yield _between("object as text", _good(9) | {"artist": {"name": "x"}}, "bad_type", "artist")
    yield _between("array as text", _good(9) | {"song": ["x"]}, "bad_type", "song")
    yield _between("text as a number", _good(9) | {"length": "246.3"}, "bad_type", "length")
    yield _between(
        "number beyond double", _changed(b"246.30812", b"1e999"), "out_of_range", "length"
    )


def keys() -> Iterator[Case]:
    """Keys that are unknown, written otherwise, or there twice."""
    yield _good_between("unknown key", _good(9) | {"mood": {"deep": [1, None]}}, unknown_keys=1)
    yield Case(
        "unknown keys on every line",
        lines(*(_good(number) | {"mood": number, "tempo": None} for number in range(20))),
        20,
        unknown_keys=2,
    )
    for key, other in (("ts", "TS"), ("userId", "UserId")):
        record = _without(key) | {other: _good(9)[key]}
        yield _between(f"{other} instead of {key}", record, "missing", key)
    yield _good_between(
        "known key renamed", _without("firstName") | {"firstname": "x"}, unknown_keys=1
    )
    yield Case(
        "known key renamed beside a bad line",
        lines(_without("firstName") | {"firstname": "x"}, b"{]", _LAST),
        2,
        ((2, "malformed_json", None),),
        unknown_keys=1,
    )
    yield _good_between("unknown key in another case", _good(9) | {"TS": "x"}, unknown_keys=1)
    yield _between("key twice", _changed(b"{", b'{"ts": 1541105830799, '), "duplicate_key", "ts")
    yield _good_between("unknown key twice", _changed(b"{", b'{"x": 1, "x": 2, '), unknown_keys=1)
    yield _good_between(
        "keys of the loader",
        _good(9) | {"__sparkify_file_id": 1, "__sparkify_record_number": 7},
        unknown_keys=2,
    )
    for name, other in (("one", {}), ("other", {"title": "Life", "year": 0})):
        content = lines(song(song_id="SOCONFLICT", **other))
        yield Case(f"same song with different content {name}", content, 1, feed="song")
    yield Case(
        "song without its id",
        lines(song(), {**song(), "song_id": ""}, {**song(), "artist_id": None}),
        1,
        ((2, "missing", "song_id"), (3, "missing", "artist_id")),
        feed="song",
    )


def compression() -> Iterator[Case]:
    """Compressed files, sound and not; the name tells nothing."""
    many = lines(*(_good(number) for number in range(2000)))
    sound = gzip.compress(many, mtime=0)
    corrupt = ((None, "corrupt_compression", None),)
    yield Case("gzip", sound, 2000, suffix=".json.gz")
    yield Case("gzip named json", gzip.compress(lines(_FIRST, _LAST)), 2)
    yield Case("plain text named gz", lines(_FIRST, _LAST), 2, suffix=".json.gz")
    yield Case("large plain text named gz", many, 2000, suffix=".gz")
    yield Case("large gzip named json", gzip.compress(many, 0), 2000)
    yield Case(
        "gzip of two members",
        gzip.compress(lines(_FIRST)) + gzip.compress(lines(_LAST)),
        2,
        suffix=".json.gz",
    )
    yield Case(
        "gzip with a byte order mark", gzip.compress(b"\xef\xbb\xbf" + many), 2000, suffix=".gz"
    )
    yield Case("large gzip with a byte order mark", gzip.compress(b"\xef\xbb\xbf" + many, 0), 2000)
    yield Case("gzip cut short", sound[: len(sound) // 2], 0, corrupt, suffix=".json.gz")
    yield Case("gzip without its trailer", sound[:-8], 0, corrupt, suffix=".json.gz")
    yield Case("gzip with a wrong checksum", sound[:-8] + bytes(4) + sound[-4:], 0, corrupt)
    yield Case("gzip with a wrong length", sound[:-4] + bytes(4), 0, corrupt)
    yield Case("gzip with text behind it", sound + lines(_FIRST), 0, corrupt)
    yield Case("gzip with a damaged middle", _damaged(sound), 0, corrupt)
    yield Case("large gzip cut short", gzip.compress(many, 0)[:-100], 0, corrupt, suffix=".gz")
    yield Case("gzip cut at a flush", _flushed(many), 0, corrupt, suffix=".json.gz")
    yield Case("large gzip cut at a flush", _flushed(many, level=0), 0, corrupt, suffix=".json.gz")
    yield Case(
        "gzip with one bad line",
        gzip.compress(lines(_FIRST, b"{", _LAST)),
        2,
        ((2, "malformed_json", None),),
        suffix=".json.gz",
    )


def _damaged(sound: bytes) -> bytes:
    middle = len(sound) // 2
    return sound[:middle] + bytes(16) + sound[middle + 16 :]


def _flushed(content: bytes, *, level: int = 9) -> bytes:
    """A gzip stream that ends where its writer flushed it: every byte is there, not the end."""
    writer = zlib.compressobj(level, wbits=31)
    return writer.compress(content) + writer.flush(zlib.Z_FULL_FLUSH)


def _all() -> list[Case]:
    kinds = (syntax, forms, not_json, text, sizes, values, keys, compression)
    return [case for kind in kinds for case in kind()]


CASES = _all()


def main(folder: str) -> None:
    """Write every file of the corpus below a folder, those of each feed in one of its own."""
    for case in CASES:
        path = Path(folder, f"{case.feed}_data", case.file_name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(case.content)
        print(f"{path}: {case.accepted} accepted, {len(case.faults)} rejected")


if __name__ == "__main__":
    main(*sys.argv[1:])
