"""Turns JSON values into column values the way COPY does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from .copy_statement import CopyStatement

# Error codes of STL_LOAD_ERRORS.
TOO_LONG = 1204
BAD_DATE = 1205
BAD_TIMESTAMP = 1206
BAD_DIGIT = 1207
BAD_BOOLEAN = 1210
MISSING = 1213
NUL = 1214
BAD_LINE = 1216
BAD_UTF8 = 1220
BAD_JSON = 1224


class RawNumber(str):
    """Holds a JSON number as it was written."""

    __slots__ = ()


class FieldError(Exception):
    """Raised when a value does not fit its column."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Column:
    """Describes a column that COPY fills."""

    name: str
    type: str
    length: str
    not_null: bool


Converter = Callable[[Any], str | None]
_INTEGERS = {"int2": ("Short", 16), "int4": ("Integer", 32), "int8": ("Long", 64)}
_WHOLE = re.compile(r"[+-]?\d+\Z")
_NUMERIC = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")
_EPOCH = datetime(1970, 1, 1)
_TO_ESCAPE = re.compile(r"[\\\n\r\t\b\f\v]")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"} | {
    character: f"\\x{ord(character):02x}" for character in "\b\f\v"
}
_TRUE = {"t", "true", "y", "yes", "1"}
_FALSE = {"f", "false", "n", "no", "0"}


def converter(column: Column, copy: CopyStatement, integral_floats: bool) -> Converter:
    """Returns the function that turns a JSON value into the text that PostgreSQL's COPY reads.

    The function returns None for NULL and raises FieldError for what does not fit.
    """
    if column.type in ("varchar", "bpchar", "text"):
        convert: Converter = _text_converter(column, copy)
    elif column.type in _INTEGERS:
        convert = _integer_converter(column.type, integral_floats)
    elif column.type in ("float4", "float8"):
        convert = _float
    elif column.type == "numeric":
        convert = _decimal_converter(column.length)
    elif column.type == "bool":
        convert = _boolean
    elif column.type in ("timestamp", "timestamptz"):
        convert = _timestamp_converter(copy.time_format)
    elif column.type == "date":
        convert = _date
    else:
        raise FieldError(BAD_LINE, f"type {column.type} is not supported by the stand-in")
    if not column.not_null:
        return convert

    def required(value: Any) -> str | None:
        answer = None if value is None else convert(value)
        if answer is None:
            raise FieldError(MISSING, "Missing data for not-null field")
        return answer

    return required


def as_text(value: Any) -> str:
    """Returns a JSON value as text; a string is its own."""
    if isinstance(value, str):
        return str(value)
    if value is True or value is False:
        return "true" if value else "false"
    if value is None:
        return ""
    return _dump(value)


def _dump(value: Any) -> str:
    """Writes an object or an array; numbers stay as they were written."""
    if isinstance(value, RawNumber):
        return str(value)
    if isinstance(value, dict):
        names = (json.dumps(name, ensure_ascii=False) for name in value)
        parts = (f"{name}:{_dump(item)}" for name, item in zip(names, value.values(), strict=True))
        return "{" + ",".join(parts) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_dump(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _text_converter(column: Column, copy: CopyStatement) -> Converter:
    limit = int(column.length or 65535)
    safe = limit // 4
    empty_as_null, blanks_as_null = copy.empty_as_null, copy.blanks_as_null
    search = _TO_ESCAPE.search

    def convert(value: Any) -> str | None:
        if value is None:
            return None
        if type(value) is not str:
            value = as_text(value)
        if (empty_as_null and not value) or (blanks_as_null and not value.strip()):
            return None
        if len(value) > safe or not value.isascii():
            check(value)
        if "\0" in value:
            raise FieldError(NUL, "String contains a NUL character")
        if search(value):
            return "".join(_ESCAPES.get(character, character) for character in value)
        return str(value)

    def check(value: str) -> None:
        try:
            size = len(value.encode())
        except UnicodeEncodeError as error:
            raise FieldError(
                BAD_UTF8, "String contains invalid or unsupported UTF8 codepoints. "
                f"Bad UTF8 hex sequence: {ord(value[error.start]) & 0xFF:x} (error 4)"
            ) from None  # fmt: skip
        if size > limit:
            raise FieldError(TOO_LONG, "String length exceeds DDL length")

    return convert


def _bad_digit(text: str, kind: str, pattern: str = "0123456789") -> FieldError:
    """Names the first character that is no digit, and its position."""
    start = 1 if text[:1] in ("+", "-") else 0
    for position in range(start, len(text)):
        if text[position] not in pattern:
            break
    else:
        position = len(text)
    value = text[position : position + 1]
    return FieldError(BAD_DIGIT, f"Invalid digit, Value '{value}', Pos {position}, Type: {kind}")


def _integer_converter(kind: str, integral_floats: bool) -> Converter:
    name, bits = _INTEGERS[kind]
    bound = 1 << (bits - 1)

    def convert(value: Any) -> str | None:
        if value is None or value == "":
            return None
        text = as_text(value)
        if not _WHOLE.match(text):
            if not integral_floats or not _NUMERIC.match(text) or Decimal(text) % 1:
                raise _bad_digit(text, name)
            text = str(int(Decimal(text)))
        if len(text) > 9 and not -bound <= int(text) < bound:
            raise FieldError(BAD_LINE, f"Overflow, Value {text}, Type: {name}")
        if bits == 16 and not -bound <= int(text) < bound:
            raise FieldError(BAD_LINE, f"Overflow, Value {text}, Type: {name}")
        return text

    return convert


def _float(value: Any) -> str | None:
    if value is None or value == "":
        return None
    text = as_text(value)
    if not _NUMERIC.match(text):
        raise _bad_digit(text, "Double", "0123456789.eE+-")
    if abs(float(text)) == float("inf"):
        raise FieldError(BAD_LINE, f"Overflow, Value {text}, Type: Double")
    return text


def _decimal_converter(length: str) -> Converter:
    precision, scale = (int(part) for part in (length or "38,10").split(","))

    def convert(value: Any) -> str | None:
        if value is None or value == "":
            return None
        text = as_text(value)
        if not _NUMERIC.match(text):
            raise _bad_digit(text, "Decimal", "0123456789.eE+-")
        try:
            rounded = round(Decimal(text), scale)
        except InvalidOperation:
            rounded = Decimal(10) ** 40
        if abs(rounded) >= Decimal(10) ** (precision - scale):
            raise FieldError(BAD_DIGIT, f"Overflow for NUMERIC({precision},{scale})")
        return str(rounded)

    return convert


def _boolean(value: Any) -> str | None:
    if value is None or value == "":
        return None
    text = as_text(value).lower()
    if text in _TRUE or text in _FALSE:
        return "t" if text in _TRUE else "f"
    raise FieldError(BAD_BOOLEAN, "Unknown boolean format")


def _timestamp_converter(time_format: str) -> Converter:
    divisor = {"epochsecs": 1, "epochmillisecs": 1000}.get(time_format.lower())
    shown = time_format or "YYYY-MM-DD HH24:MI:SS"

    def convert(value: Any) -> str | None:
        if value is None or value == "":
            return None
        text = as_text(value)
        try:
            if divisor is not None:
                if not _WHOLE.match(text):
                    raise ValueError
                moment = _EPOCH + timedelta(milliseconds=int(text) * (1000 // divisor))
                return moment.isoformat(" ")
            return _parse_timestamp(text, time_format).isoformat(" ")
        except (ValueError, OverflowError):
            raise FieldError(
                BAD_TIMESTAMP, f"Invalid timestamp format or value [{shown}]"
            ) from None

    return convert


_FORMAT_PARTS = (
    *(("YYYY", "%Y"), ("HH24", "%H"), ("HH12", "%I"), ("MI", "%M"), ("SS", "%S"), ("MM", "%m")),
    *(("DD", "%d"), ("HH", "%H"), ("US", "%f"), ("MS", "%f")),
)


def _parse_timestamp(text: str, time_format: str) -> datetime:
    if time_format.lower() in ("", "auto"):
        return datetime.fromisoformat(text.strip()).replace(tzinfo=None)
    pattern = time_format
    for part, code in _FORMAT_PARTS:
        pattern = pattern.replace(part, code)
    return datetime.strptime(text, pattern)


def _date(value: Any) -> str | None:
    if value is None or value == "":
        return None
    text = as_text(value)
    try:
        return date.fromisoformat(text.strip()[:10]).isoformat()
    except ValueError:
        raise FieldError(BAD_DATE, "Invalid Date Format - length must be 10 or more") from None
