"""The lines of the list of bad input, by name, each with the cases that stand for it.

The list is the project's promise about bad input; its table of contents stands here a second
time, so that a line without a case is noticed, and so that reports name the line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

#: Lines about records and files of records: the names of their cases in the corpus.
CASES_OF_LINE: dict[str, tuple[str, ...]] = {
    "last line truncated; missing closing brace; trailing comma; single quotes; comments": (
        "last line truncated",
        "only line truncated in a number",
        "missing closing brace",
        "trailing comma",
        "single quotes",
        "comment behind the record",
        "comment within the record",
        "comment line",
    ),
    "scalar, array or `null` where an object is due": (
        "scalar",
        "text",
        "null",
        "boolean",
        "empty array",
        "array of records",
        "whole file an array",
    ),
    "pretty-printed object; `}{` on one line; CRLF; no final newline; blank lines": (
        "pretty printed",
        "records on one line",
        "CRLF",
        "no final newline",
        "blank lines",
    ),
    "whole file is an HTML or XML error page, or UTF-16": (
        "HTML error page",
        "XML error page",
        "UTF-16 with a mark",
        "UTF-16 big-endian without a mark",
    ),
    "byte-order mark at the start": (
        "byte order mark",
        "two byte order marks",
        "gzip with a byte order mark",
        "large gzip with a byte order mark",
    ),
    "invalid UTF-8 (Latin-1 byte, cut sequence)": (
        "Latin-1 byte",
        "cut UTF-8 sequence",
        "overlong UTF-8",
        "surrogate in UTF-8",
        "Latin-1 byte in an unknown key",
    ),
    "`\\u0000` in a value": ("NUL escape", "NUL escape that is escaped"),
    "4-byte emoji × 100 in VARCHAR(256); `é` × 300 in VARCHAR(512)": (  # noqa: RUF001
        "emoji beyond 256 bytes",
        "emoji of 256 bytes",
        "é beyond 512 bytes",
        "é of 512 bytes",
        "text of 255 bytes in VARCHAR(256)",
        "text of 256 bytes in VARCHAR(256)",
        "text of 257 bytes in VARCHAR(256)",
    ),
    "record over 1 MB": ("record over 1 MB", "record of 1 MB", "endless text"),
    "`ts` missing, null, text, float with a fraction, boolean": (
        "missing ts",
        "ts null",
        "ts as text",
        "ts with a fraction",
        "ts as boolean",
    ),
    "`ts` in seconds, negative, beyond year 2100": (
        "ts in seconds",
        "ts negative",
        "ts beyond 2100",
    ),
    "play without userId, sessionId or itemInSession": (
        "play without userId",
        "play without sessionId",
        "play without itemInSession",
        "play with an empty userId",
    ),
    '`userId: ""` on a page that is no play': ("userId empty on another page",),
    "`userId: 8` (integer)": ("userId as an integer",),
    "unknown extra key": ("unknown key", "unknown keys on every line"),
    "`TS` or `UserId` (wrong case)": ("TS instead of ts", "UserId instead of userId"),
    "same song_id with different content in two files": (
        "same song with different content one",
        "same song with different content other",
    ),
    "gzip cut short or with a wrong checksum; plain text named `.gz`; gzip named `.json`": (
        "gzip cut short",
        "gzip with a wrong checksum",
        "plain text named gz",
        "gzip named json",
        "gzip without its trailer",
        "gzip with a wrong length",
        "large gzip cut short",
        "large gzip named json",
        "large plain text named gz",
    ),
    "SQL in a value; `%s`, `%(a)s`, `:name`, `{0}` in a value": (
        "SQL in a value",
        "placeholders in a value",
    ),
}
#: Lines about names, places and settings: test_places.py has tests with their names.
PLACES = (
    "file name with space, quote, `+`, `%2F`, `ü`, emoji, `*`, `?`, `[`, leading `-`",
    "directory named `x.json`, dangling link, unreadable file, FIFO",
    "folder or prefix with no data file; bucket that does not exist; no permission",
    "quote, backslash, newline in an S3 URI, role ARN, region, schema name",
    "malformed database URL, wrong password, server away",
)
#: How many lines the list has.
LINES = 24

_LINE_OF_CASE = {case: line for line, cases in CASES_OF_LINE.items() for case in cases}


def line_of(case: str) -> str:
    """Return the line that a case stands for."""
    return _LINE_OF_CASE.get(case, "beyond the list")


def stands_for(start: str) -> Callable[[Any], Any]:
    """Let a test bear the name of the line that begins so."""
    (line,) = (line for line in [*CASES_OF_LINE, *PLACES] if line.startswith(start))

    def mark(test: Any) -> Any:
        marked.setdefault(line, []).append(test.__name__)
        return pytest.mark.parametrize("line", [line])(test)

    return mark


#: Tests by line, of those that are no cases of the corpus.
marked: dict[str, list[str]] = {}
