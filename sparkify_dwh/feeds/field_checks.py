"""The contract of a feed applied to one parsed record, field by field."""

import re
from collections import Counter
from collections.abc import Callable
from operator import itemgetter

from sparkify_dwh.feeds.contract import EARLIEST_TS, PLAY_PAGE, Contract, Feed, Field
from sparkify_dwh.feeds.reject import Reason
from sparkify_dwh.feeds.reject_text import HugeInteger, shown

__all__ = ["FieldFault", "Pairs", "RecordCheck", "Value"]

#: A field's value as it is staged.
Value = str | int | float | None
#: A parsed object: its keys and values in the order of the text, duplicates included.
Pairs = tuple[tuple[str, object], ...]
_Check = Callable[[object], Value]

#: Up to here double precision holds every integer.
_EXACT_INTEGERS = 2**53
_CANONICAL_INTEGER = re.compile(r"(?:0|-?[1-9][0-9]*)")
#: An integer text with more characters than this is beyond 64 bits: -9223372036854775808.
_LONGEST_INTEGER = 20


class FieldFault(Exception):
    """A record breaks its feed's contract."""

    def __init__(self, reason: Reason, key: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.key = key
        self.detail = detail


class RecordCheck:
    """The contract of one feed, ready to be applied to many records."""

    def __init__(self, feed: Feed) -> None:
        self._keys = feed.keys
        self._known = frozenset(feed.keys)
        self._has_plays = feed.has_plays
        self._values_of = itemgetter(*feed.keys)
        self._checks = [_check(field, required=field.required) for field in feed.fields]
        self._play_checks = [
            _check(field, required=field.required or field.required_in_play)
            for field in feed.fields
        ]

    def __call__(self, pairs: Pairs) -> tuple[tuple[Value, ...], tuple[str, ...]]:
        """Return the values in the feed's order, and the keys that the feed does not know.

        Raises:
            FieldFault: When the record breaks the contract; it names the first such field.
        """
        record = dict(pairs)
        unknown: tuple[str, ...] = ()
        try:
            values = self._values_of(record)
        except KeyError:
            values = tuple(map(record.get, self._keys))
        if len(record) != len(values) or len(record) != len(pairs):
            self._refuse_duplicates(pairs)
            unknown = tuple(key for key in record if key not in self._known)
        is_play = self._has_plays and record.get("page") == PLAY_PAGE
        checks = self._play_checks if is_play else self._checks
        accepted = [check(value) for check, value in zip(checks, values, strict=True)]
        return tuple(accepted), unknown

    def _refuse_duplicates(self, pairs: Pairs) -> None:
        times = Counter(key for key, _ in pairs if key in self._known)
        for key in self._keys:
            if times[key] > 1:
                raise FieldFault(Reason.DUPLICATE_KEY, key, f"the key occurs {times[key]} times")


def _check(field: Field, *, required: bool) -> _Check:
    check = _CHECKS[field.contract](field)

    def check_required(value: object) -> Value:
        if value is None or value == "":
            detail = "the value is empty" if value == "" else "the value is missing or null"
            raise FieldFault(Reason.MISSING, field.key, detail)
        return check(value)

    return check_required if required else check


def _text(field: Field) -> _Check:
    key, most = field.key, field.max_bytes
    assert most is not None

    def check(value: object) -> Value:
        if value is None:
            return None
        if type(value) is not str:
            raise FieldFault(Reason.BAD_TYPE, key, f"{shown(value)} is not a text")
        if "\0" in value:
            raise _nul(key, value)
        size = len(value) if value.isascii() else len(value.encode())
        if size > most:
            raise FieldFault(Reason.TOO_LONG, key, f"{size} bytes, at most {most}: {shown(value)}")
        return value

    return check


def _nul(key: str, value: str) -> FieldFault:
    return FieldFault(Reason.NUL_CHARACTER, key, f"{shown(value)} holds a NUL character")


def _integer(field: Field) -> _Check:
    key, low, high, bits = field.key, field.low, field.high, field.bits

    def check(value: object) -> Value:
        if type(value) is int and low <= value <= high:
            return value
        if value is None:
            return None
        if type(value) not in (int, HugeInteger):
            raise FieldFault(Reason.BAD_TYPE, key, f"{shown(value)} is not an integer")
        raise FieldFault(Reason.OUT_OF_RANGE, key, f"{shown(value)} is beyond {bits} bits")

    return check


def _epoch_ms(field: Field) -> _Check:
    key, low, high = field.key, field.low, field.high

    def check(value: object) -> Value:
        if type(value) is int and low <= value <= high:
            return value
        if value is None:
            return None
        if type(value) not in (int, HugeInteger):
            raise FieldFault(Reason.BAD_TYPE, key, f"{shown(value)} is not an integer")
        raise FieldFault(Reason.OUT_OF_RANGE, key, _epoch_detail(value, low, high))

    return check


def _epoch_detail(value: object, low: int, high: int) -> str:
    if not isinstance(value, int):
        return f"{shown(value)} is not a time"
    hint = ""
    if low <= value * 1000 <= high:
        hint = " (seconds instead of milliseconds?)"
    elif low <= value // 1000 <= high:
        hint = " (microseconds instead of milliseconds?)"
    bound = "before 2000-01-01" if value < EARLIEST_TS else "after 2100-12-31"
    return f"{shown(value)} is {bound}{hint}"


def _float(field: Field) -> _Check:
    key = field.key

    def check(value: object) -> Value:
        if type(value) is float and -_INFINITY < value < _INFINITY:
            return value
        if value is None:
            return None
        if type(value) is int:
            try:
                return float(value)
            except OverflowError:
                pass
        elif type(value) not in (float, HugeInteger):
            raise FieldFault(Reason.BAD_TYPE, key, f"{shown(value)} is not a number")
        raise FieldFault(Reason.OUT_OF_RANGE, key, f"{shown(value)} is beyond double precision")

    return check


_INFINITY = float("inf")


def _integral_float(field: Field) -> _Check:
    key = field.key

    def check(value: object) -> Value:
        if type(value) is int or type(value) is float:
            if -_EXACT_INTEGERS <= value <= _EXACT_INTEGERS:
                if type(value) is float and not value.is_integer():
                    detail = f"{shown(value)} has a fractional part"
                    raise FieldFault(Reason.BAD_TYPE, key, detail)
                return float(value)
        elif value is None:
            return None
        elif type(value) is not HugeInteger:
            raise FieldFault(Reason.BAD_TYPE, key, f"{shown(value)} is not a number")
        raise FieldFault(Reason.OUT_OF_RANGE, key, f"{shown(value)} is beyond 2^53")

    return check


def _integer_text(field: Field) -> _Check:
    key, low, high, bits = field.key, field.low, field.high, field.bits

    def check(value: object) -> Value:
        if value is None or value == "":
            return None if value is None else ""
        if type(value) is str:
            if "\0" in value:
                raise _nul(key, value)
            if not _CANONICAL_INTEGER.fullmatch(value):
                detail = f"{shown(value)} is not the text of an integer"
                raise FieldFault(Reason.BAD_TYPE, key, detail)
            if len(value) <= _LONGEST_INTEGER and low <= int(value) <= high:
                return value
        elif type(value) is int:
            if low <= value <= high:
                return str(value)
        elif type(value) is not HugeInteger:
            detail = f"{shown(value)} is neither an integer nor the text of one"
            raise FieldFault(Reason.BAD_TYPE, key, detail)
        raise FieldFault(Reason.OUT_OF_RANGE, key, f"{shown(value)} is beyond {bits} bits")

    return check


_CHECKS: dict[Contract, Callable[[Field], _Check]] = {
    Contract.TEXT: _text,
    Contract.INTEGER: _integer,
    Contract.FLOAT: _float,
    Contract.INTEGRAL_FLOAT: _integral_float,
    Contract.EPOCH_MS: _epoch_ms,
    Contract.INTEGER_TEXT: _integer_text,
}
