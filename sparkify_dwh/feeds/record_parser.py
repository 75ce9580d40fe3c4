"""One JSON value at a time out of a file's text, by the strict rules of RFC 8259.

The parsing is done by the C scanner behind :mod:`json`. Whether the value is whole, valid
and small enough is told here, the same for every size of the pieces that the file is read in.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

from sparkify_dwh.feeds.record_line import MAX_RECORD_BYTES
from sparkify_dwh.feeds.record_skip import may_follow, skip_broken, skip_line, skip_oversized
from sparkify_dwh.feeds.record_text import UTF8_MOST, RecordText, utf8_length
from sparkify_dwh.feeds.reject import Reason
from sparkify_dwh.feeds.reject_text import HugeInteger

__all__ = ["MAX_NESTING", "RecordFault", "RecordParser"]

#: Levels of arrays and objects. A limit of our own, because Python's depends on its version
#: and on how deep the caller's stack is already.
MAX_NESTING = 200
#: Text that has been cut here may look broken up to this far before the cut: ``-Infinit``.
_CUT_EFFECT = 16
#: With so many bytes read, nothing that is still to come can change the verdict.
_ENOUGH_BYTES = MAX_RECORD_BYTES + _CUT_EFFECT * UTF8_MOST
#: Integers of more digits are beyond every type, and slow to convert. Python refuses some of
#: them, how many depends on its settings, but never one of at most 640 digits.
_MOST_DIGITS = 400
_INVALID_BYTE = re.compile("[\udc80-\udcff]")
_TOO_DEEP = f"nested more than {MAX_NESTING} levels deep"


class RecordFault(Exception):
    """A value cannot be a record.

    Attributes:
        reason: The reason code.
        detail: The reason in words.
        length: The characters that certainly belong to the value.
        skip: How to get from behind them to where reading goes on; None for reading on there.
        odd_at: The character offset of the byte that is no UTF-8.
        otherwise: What is wrong if that byte turns out to stand in a later record.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str,
        *,
        length: int = 0,
        skip: Callable[[RecordText], None] | None = None,
        odd_at: int = 0,
        otherwise: "RecordFault | None" = None,
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.length = length
        self.skip = skip
        self.odd_at = odd_at
        self.otherwise = otherwise


class RecordParser:
    """Reads the value at the ``start`` of a text, reading on as far as it has to."""

    def __init__(self, source: RecordText) -> None:
        self._source = source
        self._constants: list[str] = []  # NaN and Infinity, which json takes and JSON has not
        self._decode = self._decoder(int).raw_decode
        # Used where Python refuses to convert an integer.
        self._patient_decode = self._decoder(_integer).raw_decode

    def _decoder(self, parse_int: Callable[[str], Any]) -> json.JSONDecoder:
        # Objects become tuples of pairs: duplicates are kept, and arrays remain lists.
        return json.JSONDecoder(
            object_pairs_hook=tuple,
            parse_int=parse_int,
            parse_constant=self._constants.append,
        )

    def parse(self) -> tuple[object, int]:
        """Return the value and its end in the text; an object is a tuple of its pairs.

        Raises:
            RecordFault: When the value is not valid JSON, or too large.
        """
        source = self._source
        decode = self._decode
        while True:
            text, start = source.text, source.start
            try:
                value, end = decode(text, start)
            except json.JSONDecodeError as error:
                self._constants.clear()
                cut = error.msg.startswith("Unterminated string")
                if source.ended or not (cut or error.pos + _CUT_EFFECT > len(text)):
                    self._refuse_broken(error, len(text) if cut else error.pos)
            except RecursionError:
                self._constants.clear()
                self._refuse_endless()
            except ValueError:
                self._constants.clear()
                decode = self._patient_decode
                continue
            else:
                # The end of an object is certain, that of a number at a cut is not.
                ahead = 0 if type(value) is tuple else _CUT_EFFECT
                if end + ahead < len(text) or source.ended:
                    self._check(value, start, end)
                    return value, end
                self._constants.clear()
            if source.holds(_ENOUGH_BYTES):
                raise _oversized()
            source.more()

    def _refuse_broken(self, error: json.JSONDecodeError, extent: int) -> NoReturn:
        source = self._source
        if _is_oversized(source.text, source.start, extent):
            raise _oversized()
        message = error.msg.removesuffix(": ").removesuffix(" at")
        place = f"at character {error.pos - source.start + 1}"
        fault = _malformed(f"{message[:1].lower()}{message[1:]} {place}", skip=skip_broken)
        odd = self._invalid_byte(source.start, extent + 1)
        if odd is None:
            raise fault
        # A record that lacks its end runs on into the next one, until that does not fit.
        raise RecordFault(
            Reason.INVALID_UTF8, odd[1], skip=skip_broken, odd_at=odd[0], otherwise=fault
        )

    def _refuse_endless(self) -> NoReturn:
        # Brackets that only open: malformed if they do so within the size of a record.
        source = self._source
        if not source.holds(MAX_RECORD_BYTES):
            raise _malformed(_TOO_DEEP, skip=skip_broken) from None
        most = source.text[source.start : source.start + MAX_RECORD_BYTES]
        most = most.encode("utf-8", "surrogateescape")[:MAX_RECORD_BYTES].decode("utf-8", "replace")
        try:
            self._patient_decode(most)
        except RecursionError:
            raise _malformed(_TOO_DEEP, skip=skip_broken) from None
        except json.JSONDecodeError:
            self._constants.clear()
        raise _oversized()

    def _check(self, value: object, start: int, end: int) -> None:
        """Refuse what the scanner takes, and JSON or this library does not."""
        source, text = self._source, self._source.text
        constant = ""
        if self._constants:
            constant = self._constants[0]
            self._constants.clear()
        if _is_oversized(text, start, end):
            raise _oversized()
        length = end - start
        stray = not may_follow(text[end : end + 1])
        skip = skip_line if stray else None
        if source.has_invalid_bytes:
            odd = self._invalid_byte(start, end + stray)
            if odd is not None:
                raise RecordFault(Reason.INVALID_UTF8, odd[1], length=length, skip=skip)
        if stray:
            detail = f"unexpected text at character {length + 1}, behind the value"
            raise _malformed(detail, length=length, skip=skip)
        if constant:
            raise _malformed(f"{constant} is not JSON", length=length)
        openings = text.count("{", start, end) + text.count("[", start, end)
        if openings > MAX_NESTING or source.has_surrogate_escapes:
            deep_fault = _deep_fault(value)
            if deep_fault is not None:
                raise _malformed(deep_fault, length=length)

    def _invalid_byte(self, start: int, end: int) -> tuple[int, str] | None:
        """Say which character between start and end is a byte that is no UTF-8, if one is."""
        text = self._source.text
        found = _INVALID_BYTE.search(text, start, end) if self._source.has_invalid_bytes else None
        if found is None:
            return None
        byte = ord(found.group()) & 0xFF
        offset = utf8_length(text[start : found.start()])
        detail = f"byte 0x{byte:02X} at offset {offset} of the record is no UTF-8"
        return found.start() - start, detail


def _malformed(
    detail: str, *, length: int = 0, skip: Callable[[RecordText], None] | None = None
) -> RecordFault:
    return RecordFault(Reason.MALFORMED_JSON, detail, length=length, skip=skip)


def _oversized() -> RecordFault:
    detail = f"more than {MAX_RECORD_BYTES} bytes"
    return RecordFault(Reason.RECORD_TOO_LARGE, detail, skip=skip_oversized)


def _is_oversized(text: str, start: int, end: int) -> bool:
    if (end - start) * UTF8_MOST <= MAX_RECORD_BYTES:
        return False
    return utf8_length(text[start:end]) > MAX_RECORD_BYTES


def _integer(digits: str) -> int | HugeInteger:
    count = len(digits) - digits.startswith("-")
    return int(digits) if count <= _MOST_DIGITS else HugeInteger(count)


def _deep_fault(value: object) -> str | None:
    """Say what is wrong with the strings in a value, or with its depth, if anything is."""
    level = [value]
    depth = 0
    while level:
        if any(type(part) is str and _has_lone_surrogate(part) for part in level):
            return "an escape stands for half a character (a lone surrogate)"
        inner: list[object] = []
        nested = False
        for part in level:
            if isinstance(part, tuple):
                nested = True
                for pair in part:
                    inner += pair
            elif isinstance(part, list):
                nested = True
                inner += part
        depth += nested
        if depth > MAX_NESTING:
            return _TOO_DEEP
        level = inner
    return None


def _has_lone_surrogate(value: str) -> bool:
    if value.isascii():
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False
