"""The exact reader: the final verdict on every record of a source file.

The bulk scan in SQL only proves files good; every other file is read here. This module is the
front door. :func:`read_records` gives the records one by one, and :func:`normalise` rewrites
the accepted ones of a file as JSON in a single canonical form, which any engine can then load
without a second look.
"""

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from json.encoder import encode_basestring
from typing import BinaryIO

from sparkify_dwh.feeds.contract import PLAY_PAGE, Feed
from sparkify_dwh.feeds.decompress import (
    CorruptCompression,
    DecompressionBomb,
    Readable,
    open_plain,
)
from sparkify_dwh.feeds.records import READ_SIZE, Accepted, read_records
from sparkify_dwh.feeds.reject import Reason, Reject

__all__ = [
    "REJECTS_KEPT",
    "UNKNOWN_KEYS_KEPT",
    "Accepted",
    "CorruptCompression",
    "DecompressionBomb",
    "FileVerdict",
    "normalise",
    "open_plain",
    "read_records",
]

#: The rejects of a file that are kept in full; the others are counted.
REJECTS_KEPT = 1000
#: The distinct unknown keys of a file that are kept, and the characters of each.
UNKNOWN_KEYS_KEPT = 1000
_KEY_SHOWN = 128

_WRITE_LINES = 1000


@dataclass(slots=True)
class FileVerdict:
    """What the exact reader found in one file."""

    records: int = 0  #: accepted and rejected
    accepted: int = 0
    plays: int = 0  #: of the accepted
    rejects: list[Reject] = field(default_factory=list)  #: the first ``rejects_kept``
    reasons: Counter[Reason] = field(default_factory=Counter)  #: every reject by its reason
    #: The keys that the feed does not know, the first UNKNOWN_KEYS_KEPT of them, long ones cut.
    unknown_keys: set[str] = field(default_factory=set)
    rejects_kept: int = REJECTS_KEPT  #: rejects that are kept in full; the others are counted

    @property
    def rejected(self) -> int:
        """The number of rejects, also of those that are not kept."""
        return self.records - self.accepted

    def add_reject(self, reject: Reject) -> None:
        """Count a reject, and keep it while there is room."""
        self.records += 1
        self.reasons[reject.reason] += 1
        if len(self.rejects) < self.rejects_kept:
            self.rejects.append(reject)

    def add_unknown(self, keys: tuple[str, ...]) -> None:
        """Keep the names of unknown keys while there is room."""
        for key in keys:
            if len(self.unknown_keys) == UNKNOWN_KEYS_KEPT:
                break
            self.unknown_keys.add(key[:_KEY_SHOWN])


def normalise(
    feed: Feed,
    source: str | os.PathLike[str] | Readable,
    *,
    uri: str,
    out: BinaryIO,
    file_id_key: str,
    number_key: str,
    file_id: int,
    read_size: int = READ_SIZE,
    max_output: int | None = None,
    rejects_kept: int = REJECTS_KEPT,
) -> FileVerdict:
    """Write the accepted records of a file to ``out``, one JSON object a line.

    Each line holds the file's id, the record's number and then the feed's keys in their order,
    with null for what is missing; integers and floats stay apart, text is not escaped.

    Args:
        feed: The feed, which gives the contract.
        source: The file: its path, or an open binary stream.
        uri: The file's URI, for the rejects.
        out: A seekable binary stream. When the file turns out to be corrupt, or cannot be
            read to its end, it is truncated to where it was.
        file_id_key: The key under which each line holds ``file_id``.
        number_key: The key under which each line holds the record's number.
        file_id: The number of the file version.
        read_size: The bytes to read at a time.
        rejects_kept: The rejects to keep in full; at least what a load may leave out.
        max_output: The bytes that a compressed file may grow to; None for no limit.

    Returns:
        The counts and the rejects. A corrupt compressed file counts as one rejected record.

    Raises:
        OSError: When the file cannot be read.
    """
    begin = out.tell()
    writer = _Writer(feed, out, keys=(file_id_key, number_key), file_id=file_id)
    verdict = FileVerdict(rejects_kept=rejects_kept)
    try:
        with open_plain(source, max_output=max_output) as stream:
            for record in read_records(feed, stream, uri=uri, read_size=read_size):
                if isinstance(record, Reject):
                    verdict.add_reject(record)
                else:
                    verdict.records += 1
                    verdict.accepted += 1
                    verdict.add_unknown(record.unknown)
                    writer.write(record)
            # A file that was given up as no JSON may be corrupt as well.
            while stream.read(READ_SIZE):
                pass
        writer.flush()
    except CorruptCompression as error:
        _truncate(out, begin)
        verdict = FileVerdict()
        verdict.add_reject(_corrupt(uri, error))
        return verdict
    except BaseException:
        _truncate(out, begin)
        raise
    verdict.plays = writer.plays
    return verdict


def _truncate(out: BinaryIO, position: int) -> None:
    out.seek(position)
    out.truncate()


def _corrupt(uri: str, error: CorruptCompression) -> Reject:
    return Reject(
        uri=uri,
        line=None,
        reason=Reason.CORRUPT_COMPRESSION,
        key=None,
        detail=error.detail,
        raw="",
    )


class _Writer:
    """Accepted records as lines of JSON, written in larger pieces."""

    def __init__(self, feed: Feed, out: BinaryIO, *, keys: tuple[str, str], file_id: int) -> None:
        self.plays = 0
        self._out = out
        file_id_key, number_key, *field_keys = (
            json.dumps(key, ensure_ascii=False).replace("%", "%%") for key in (*keys, *feed.keys)
        )
        # One template for all records takes half the time of a JSON encoder.
        fields = "".join(f",{key}:%s" for key in field_keys)
        self._template = f"{{{file_id_key}:{file_id},{number_key}:%s{fields}}}"
        self._page = feed.keys.index("page") if feed.has_plays else None
        self._lines: list[str] = []

    def write(self, record: Accepted) -> None:
        texts = [
            encode_basestring(value)
            if type(value) is str
            else "null"
            if value is None
            else repr(value)
            for value in record.values
        ]
        self._lines.append(self._template % (record.number, *texts))
        if self._page is not None and record.values[self._page] == PLAY_PAGE:
            self.plays += 1
        if len(self._lines) == _WRITE_LINES:
            self.flush()

    def flush(self) -> None:
        """Write what has been held back."""
        if self._lines:
            self._lines.append("")
            self._out.write("\n".join(self._lines).encode())
            self._lines.clear()
