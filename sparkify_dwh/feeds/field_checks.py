"""The contract of a feed applied to one parsed record, field by field."""

import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from operator import itemgetter

from sparkify_dwh.feeds.contract import PLAY_PAGE, Contract, Feed, Field
from sparkify_dwh.feeds.record_text import UTF8_MOST
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
_INFINITY = float("inf")
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
        self._checks = [_CHECKS[field.contract](field, field.required) for field in feed.fields]
        self._play_checks = [
            _CHECKS[field.contract](field, field.required or field.required_in_play)
            for field in feed.fields
        ]

    def __call__(self, pairs: Pairs) -> tuple[tuple[Value, ...], tuple[str, ...]]:
        """Return the values in the feed's order, and the keys that the feed does not know.

        Raises:
            FieldFault: When the record breaks the contract; it names the first such field.
        """
        record = dict(pairs)
        unknown: tuple[str, ...] = ()
        has_all = True
        try:
            values = self._values_of(record)
        except KeyError:
            values = tuple(map(record.get, self._keys))
            has_all = False
        # With every known key, each once, and none besides, there is nothing to look for.
        if not has_all or len(record) != len(values) or len(record) != len(pairs):
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


def _missing(field: Field, value: object) -> FieldFault:
    detail = "the value is empty" if value == "" else "the value is missing or null"
    return FieldFault(Reason.MISSING, field.key, detail)


def _bad_type(field: Field, value: object, due: str) -> FieldFault:
    return FieldFault(Reason.BAD_TYPE, field.key, f"{shown(value)} is {due}")


def _out_of_range(field: Field, value: object, bound: str) -> FieldFault:
    return FieldFault(Reason.OUT_OF_RANGE, field.key, f"{shown(value)} is {bound}")


# Each check below tells the good values first, in as few steps as it can, because nearly every
# value is good; what is wrong with the others is found out at leisure. The types are compared
# exactly, because a bool is an int in Python and no number in JSON.


def _text(field: Field, required: bool) -> _Check:
    most = field.max_bytes
    assert most is not None  # every text column has a width
    surely_fits, optional = most // UTF8_MOST, not required

    def check(value: object) -> Value:
        if type(value) is str:
            if value or optional:
                if "\0" in value:
                    raise _nul(field, value)
                if len(value) > surely_fits and (size := len(value.encode())) > most:
                    detail = f"{size} bytes, at most {most}: {shown(value)}"
                    raise FieldFault(Reason.TOO_LONG, field.key, detail)
                return value
        elif value is None:
            if optional:
                return None
        else:
            raise _bad_type(field, value, "not a text")
        raise _missing(field, value)

    return check


def _nul(field: Field, value: str) -> FieldFault:
    detail = f"{shown(value)} holds a NUL character"
    return FieldFault(Reason.NUL_CHARACTER, field.key, detail)


def _whole_number(field: Field, required: bool) -> _Check:
    low, high = field.low, field.high

    def check(value: object) -> Value:
        if type(value) is int and low <= value <= high:
            return value
        if value is None and not required:
            return None
        if required and _is_empty(value):
            raise _missing(field, value)
        if type(value) is not int and type(value) is not HugeInteger:
            raise _bad_type(field, value, "not an integer")
        if field.contract is Contract.EPOCH_MS:
            raise _out_of_range(field, value, _epoch_bound(value, low, high))
        raise _out_of_range(field, value, f"beyond {field.bits} bits")

    return check


def _is_empty(value: object) -> bool:
    return value is None or value == ""


def _epoch_bound(value: object, low: int, high: int) -> str:
    if not isinstance(value, int):
        return "no time"
    hint = ""
    if low <= value * 1000 <= high:
        hint = " (seconds instead of milliseconds?)"
    elif low <= value // 1000 <= high:
        hint = " (microseconds instead of milliseconds?)"
    return ("before 2000-01-01" if value < low else "after 2100-12-31") + hint


def _float(field: Field, required: bool) -> _Check:
    def check(value: object) -> Value:
        if type(value) is float and -_INFINITY < value < _INFINITY:
            return value
        if value is None and not required:
            return None
        if required and _is_empty(value):
            raise _missing(field, value)
        if type(value) is int:
            with suppress(OverflowError):
                return float(value)
        elif type(value) is not float and type(value) is not HugeInteger:
            raise _bad_type(field, value, "not a number")
        raise _out_of_range(field, value, "beyond double precision")

    return check


def _integral_float(field: Field, required: bool) -> _Check:
    def check(value: object) -> Value:
        if type(value) is float or type(value) is int:
            if -_EXACT_INTEGERS <= value <= _EXACT_INTEGERS:
                if value % 1:
                    detail = f"{shown(value)} has a fractional part"
                    raise FieldFault(Reason.BAD_TYPE, field.key, detail)
                return float(value)
        elif value is None and not required:
            return None
        elif required and _is_empty(value):
            raise _missing(field, value)
        elif type(value) is not HugeInteger:
            raise _bad_type(field, value, "not a number")
        raise _out_of_range(field, value, "beyond 2^53")

    return check


def _integer_text(field: Field, required: bool) -> _Check:
    low, high = field.low, field.high

    def check(value: object) -> Value:
        if _is_empty(value):
            if required:
                raise _missing(field, value)
            return None if value is None else ""
        if type(value) is str:
            _refuse_odd_text(field, value)
            if len(value) <= _LONGEST_INTEGER and low <= int(value) <= high:
                return value
        elif type(value) is int:
            if low <= value <= high:
                return str(value)
        elif type(value) is not HugeInteger:
            raise _bad_type(field, value, "neither an integer nor the text of one")
        raise _out_of_range(field, value, f"beyond {field.bits} bits")

    return check


def _refuse_odd_text(field: Field, value: str) -> None:
    if "\0" in value:
        raise _nul(field, value)
    if not _CANONICAL_INTEGER.fullmatch(value):
        raise _bad_type(field, value, "not the canonical text of an integer")


_CHECKS: dict[Contract, Callable[[Field, bool], _Check]] = {
    Contract.TEXT: _text,
    Contract.INTEGER: _whole_number,
    Contract.FLOAT: _float,
    Contract.INTEGRAL_FLOAT: _integral_float,
    Contract.EPOCH_MS: _whole_number,
    Contract.INTEGER_TEXT: _integer_text,
}
