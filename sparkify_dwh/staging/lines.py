"""What a scan cannot see of a file's text: how its lines begin and end, and how long they are.

DuckDB takes a comma before a record's last brace, and white space around a record that JSON does
not have. It does not tell, either, how long a record's text was. Reading the lines here, beside a
scan that lands their fields, takes a third of the time of looking at each in a query.
"""

import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sparkify_dwh.feeds.record_line import MAX_RECORD_BYTES

#: So much of a line's end is looked at: a file has few such ends, however long it is.
_END = slice(-4, None)
#: Where each block of this size has a line's end, no line is longer than two of them.
_BLOCK_BYTES = MAX_RECORD_BYTES // 2
#: Lines are much shorter than this.
_GLANCE_BYTES = 8_192
_BUFFER_BYTES = 1_048_576
_BLANKS = b" \t\r\n"
#: What may stand between a comma and the last brace, and the comma.
_MAYBE_BEHIND_COMMA = b", \t\r\n"
#: The last brace, and what stands before it.
_SHORTEST = 2
_FIRST_BYTE = ord("{")
_EMPTY, _NO_RECORD = b"\n", b""


@dataclass(slots=True)
class OddFiles:
    """Files whose lines are not simply records."""

    unseen: set[str] = field(default_factory=set)  #: a scan that shows the text can tell
    doubtful: set[str] = field(default_factory=set)  #: only the exact reader can


#: What :func:`odd_files` does, by itself or with somebody's help.
LineLook = Callable[[Iterable[str], threading.Event], OddFiles]


def odd_files(paths: Iterable[str], stop: threading.Event) -> OddFiles:
    """Return the files with lines that may be too long, or may not begin or end as a record.

    Args:
        paths: Files of records, one a line.
        stop: Once it is set, nobody is interested in the rest of the files.

    Raises:
        OSError: A file cannot be read.
    """
    odd = OddFiles()
    for path in paths:
        if stop.is_set():
            break
        if _may_have_long_lines(path):
            odd.unseen.add(path)
            continue
        ends = _ends(path)
        if not all(end.endswith(b"}") for end in ends):
            odd.doubtful.add(path)
        elif any(end[-2:-1] in _MAYBE_BEHIND_COMMA or len(end) < _SHORTEST for end in ends):
            odd.unseen.add(path)
    return odd


def _ends(path: str) -> set[bytes]:
    """Return how lines end: their last bytes, without the blanks behind them.

    A line that does not begin as a record has no end, b"". Empty lines are left out.
    """
    end, first = _END, _FIRST_BYTE  # made, and looked up, for all lines at once
    with open(path, "rb", buffering=_BUFFER_BYTES) as lines:
        # To look at the first byte as a number makes no object.
        ends = {
            line[end] if line[0] == first else (_EMPTY if line == _EMPTY else _NO_RECORD)
            for line in lines
        }
    return {end.rstrip(_BLANKS) for end in ends - {_EMPTY}}


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
