"""The records of a source file, one by one, each with its verdict."""

from collections.abc import Iterator
from typing import NamedTuple, cast

from sparkify_dwh.feeds.contract import Feed
from sparkify_dwh.feeds.decompress import Readable
from sparkify_dwh.feeds.field_checks import FieldFault, Pairs, RecordCheck, Value
from sparkify_dwh.feeds.record_parser import RecordFault, RecordParser
from sparkify_dwh.feeds.record_text import RecordText
from sparkify_dwh.feeds.reject import RAW_BYTES_KEPT, Reason, Reject
from sparkify_dwh.feeds.reject_text import raw_text, shown

__all__ = ["DOUBTFUL_RECORDS", "READ_SIZE", "Accepted", "read_records"]

#: The bytes that a file is read in at a time; larger pieces fit the processor's cache less.
READ_SIZE = 32_768
#: A file that does not begin as JSON does is given up as no JSON after so many rejects.
DOUBTFUL_RECORDS = 1000

_BEGINS_JSON = frozenset('{["-0123456789tfn')
#: Rejects of text in which no JSON object was found.
_NO_OBJECT = frozenset(
    (Reason.MALFORMED_JSON, Reason.NOT_AN_OBJECT, Reason.INVALID_UTF8, Reason.RECORD_TOO_LARGE)
)


class Accepted(NamedTuple):
    """A record that keeps its feed's contract."""

    number: int  #: its position in the file, from 1, rejected records counted
    line: int  #: the line on which it begins, from 1
    values: tuple[Value, ...]  #: in the feed's order; None for null and for a missing key
    unknown: tuple[str, ...]  #: the keys that the feed does not know, usually none


def read_records(
    feed: Feed, stream: Readable, *, uri: str, read_size: int = READ_SIZE
) -> Iterator[Accepted | Reject]:
    """Read the records of one file of a feed, in their order.

    The memory that is used does not grow with the file nor with its lines: it is that of one
    record of MAX_RECORD_BYTES, which takes at most some 50 MB as Python objects. A file that
    is no JSON at all gives one reject with no line.

    Args:
        feed: The feed, which gives the contract.
        stream: The file's bytes, without compression, see
            :func:`~sparkify_dwh.feeds.decompress.open_plain`.
        uri: The file's URI, for the rejects.
        read_size: The bytes to read at a time; it makes no difference to the result.

    Raises:
        CorruptCompression: When ``stream`` finds its file corrupt; nothing that was read
            before it counts then.
        OSError: When the file cannot be read.
    """
    source = RecordText(stream, read_size=read_size)
    if source.is_utf16:
        yield _not_json(source, uri, "UTF-16 or UTF-32 text, or binary")
        return
    if not source.next_record():
        return
    records = iter(_Records(feed, source, uri))
    if source.text[source.start] in _BEGINS_JSON:
        yield from records
        return
    page = _not_json(source, uri, None)
    doubtful: list[Reject] = []
    for record in records:
        if isinstance(record, Accepted) or record.reason not in _NO_OBJECT:
            yield from doubtful
            yield record
            yield from records
            return
        doubtful.append(record)
        if len(doubtful) == DOUBTFUL_RECORDS:
            break
    yield page


def _not_json(source: RecordText, uri: str, detail: str | None) -> Reject:
    source.ensure(RAW_BYTES_KEPT)
    raw = raw_text(source.text[source.start :])
    if detail is None:
        detail = f"the file holds no JSON object, it begins with {shown(raw)}"
    return Reject(uri=uri, line=None, reason=Reason.NOT_JSON, key=None, detail=detail, raw=raw)


class _Records:
    """The iterator over the records of a file that may be JSON."""

    def __init__(self, feed: Feed, source: RecordText, uri: str) -> None:
        self._source = source
        self._uri = uri
        self._parser = RecordParser(source)
        self._check = RecordCheck(feed)
        self._number = 0

    def __iter__(self) -> Iterator[Accepted | Reject]:
        source, parse, check = self._source, self._parser.parse, self._check
        scalar_line = 0  # the line of the last record, if it was no object and no array
        while source.next_record():
            line = source.line()
            try:
                value, end = parse()
            except RecordFault as fault:
                reject = self._skip(fault, line)
                # "404 Not Found" is one broken line, not a number and another reject.
                if line != scalar_line:
                    self._number += 1
                    yield reject
                continue
            self._number += 1
            scalar_line = 0
            if type(value) is not tuple:
                yield self._reject(end, line, Reason.NOT_AN_OBJECT, None, _no_object(value))
                scalar_line = 0 if type(value) is list else line
            else:
                try:
                    values, unknown = check(cast(Pairs, value))
                except FieldFault as fault:
                    yield self._reject(end, line, fault.reason, fault.key, fault.detail)
                else:
                    yield Accepted(self._number, line, values, unknown)
            source.start = end

    def _reject(self, end: int, line: int, reason: Reason, key: str | None, detail: str) -> Reject:
        source = self._source
        last = min(end, source.start + RAW_BYTES_KEPT)
        raw = raw_text(source.text[source.start : last])
        return Reject(uri=self._uri, line=line, reason=reason, key=key, detail=detail, raw=raw)

    def _skip(self, fault: RecordFault, line: int) -> Reject:
        source = self._source
        source.ensure(RAW_BYTES_KEPT)
        begin = source.passed + source.start
        raw = source.text[source.start : source.start + RAW_BYTES_KEPT]
        source.start += fault.length
        if fault.skip is not None:
            fault.skip(source)
        length = source.passed + source.start - begin
        raw = raw_text(raw[:length])
        if fault.otherwise is not None and fault.odd_at >= length:
            fault = fault.otherwise
        return Reject(
            uri=self._uri, line=line, reason=fault.reason, key=None, detail=fault.detail, raw=raw
        )


def _no_object(value: object) -> str:
    return f"{shown(value)} where an object is due"
