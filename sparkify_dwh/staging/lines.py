"""What a scan cannot see of a file's text: how its lines end, and how long they are.

DuckDB takes a comma before a record's last brace, and white space around a record that JSON does
not have. It does not tell, either, how long a record's text was. Reading the lines here, beside a
scan that lands their fields, takes a third of the time of looking at each in a query.
"""

import os
import threading
from collections.abc import Iterable

from sparkify_dwh.feeds.contract import MAX_RECORD_BYTES

#: So many bytes at the end of a line are looked at: a file has few such ends, however long it is.
_END_BYTES = 4
#: Where each block of this size has a line's end, no line is longer than two of them.
_BLOCK_BYTES = MAX_RECORD_BYTES // 2
#: Lines are much shorter than this.
_GLANCE_BYTES = 8_192
_BUFFER_BYTES = 1_048_576
_BLANKS = b" \t\r\n"
#: What may stand before the last brace, and is no part of the record's last value.
_UNUSUAL = b", \t\r\n\v\f"


def odd_files(paths: Iterable[str], stop: threading.Event) -> set[str]:
    """Return the files with a line that may be too long, or whose end may not be a record's.

    Args:
        paths: Files of records, one a line.
        stop: Once it is set, nobody is interested in the rest of the files.

    Raises:
        OSError: A file cannot be read.
    """
    odd = set()
    for path in paths:
        if stop.is_set():
            break
        if _may_have_long_lines(path) or not all(map(_is_usual, _ends(path))):
            odd.add(path)
    return odd


def _ends(path: str) -> set[bytes]:
    with open(path, "rb", buffering=_BUFFER_BYTES) as lines:
        return {line[-_END_BYTES:] for line in lines}


def _is_usual(end: bytes) -> bool:
    """Return whether a line with this end is empty, or a record without a comma at its end."""
    text = end.rstrip(_BLANKS)
    if not text:
        return len(end) < _END_BYTES  # then it is the whole line
    return text[-1:] == b"}" and len(text) > 1 and text[-2:-1] not in _UNUSUAL


def _may_have_long_lines(path: str) -> bool:
    """Return whether a block of the file has no line's end, without reading all of it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        for start in range(0, size - _BLOCK_BYTES + 1, _BLOCK_BYTES):
            glance = os.pread(descriptor, _GLANCE_BYTES, start)
            if b"\n" not in glance and b"\n" not in os.pread(descriptor, _BLOCK_BYTES, start):
                return True
    finally:
        os.close(descriptor)
    return False
