"""The verdict on a record that is left out: where it stands and why."""

import enum
from dataclasses import dataclass

#: The raw text that is kept of a rejected record, in bytes.
RAW_BYTES_KEPT = 4096
#: The part of a value that an error message shows, in characters.
VALUE_SHOWN = 80


class Reason(enum.StrEnum):
    """Why a record, or a whole file, is rejected."""

    MALFORMED_JSON = "malformed_json"
    NOT_AN_OBJECT = "not_an_object"
    NOT_JSON = "not_json"  #: the whole file
    INVALID_UTF8 = "invalid_utf8"
    NUL_CHARACTER = "nul_character"
    DUPLICATE_KEY = "duplicate_key"
    MISSING = "missing"
    BAD_TYPE = "bad_type"
    OUT_OF_RANGE = "out_of_range"
    TOO_LONG = "too_long"
    RECORD_TOO_LARGE = "record_too_large"
    CORRUPT_COMPRESSION = "corrupt_compression"  #: the whole file


@dataclass(frozen=True, slots=True)
class Reject:
    """One rejected record, or one rejected file when ``line`` is None."""

    uri: str
    line: int | None  #: the line on which the record begins, from 1
    reason: Reason
    key: str | None  #: the JSON key at fault
    detail: str  #: the reason in words, with the value cut to VALUE_SHOWN characters
    raw: str  #: the record's text, at most RAW_BYTES_KEPT UTF-8 bytes; odd bytes as \\xNN

    def __str__(self) -> str:
        """Say file, line, column, reason and value in one line."""
        place = self.uri if self.line is None else f"{self.uri}, line {self.line}"
        column = "" if self.key is None else f", {self.key}"
        return f"{place}{column}: {self.reason}: {self.detail}"
