"""Sees to it that the memory which is free has been used before."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_FREE = "SC_AVPHYS_PAGES"  #: not known on every system: nothing is filled there
_READ_BYTES = 1 << 20
#: What stays free for the processes that are measured.
_SPARE_SHARE = 0.1


@contextmanager
def touched_memory(folder: Path, *, size: int | None = None) -> Iterator[Path]:
    """Fill free memory with the pages of a file, by default nine tenths of it, as long as it runs.

    A virtual machine may give memory that is free back to its host, and pays when it takes a page
    again: several microseconds each, which is more than writing to it takes. So a run that writes a
    gigabyte would measure the host. Pages of a file are kept, and handed over when somebody needs
    them. The file is a hole, so that nothing is written to a disk.

    Args:
        folder: Where the file is made; it is removed in the end.
        size: Its size in bytes.
    """
    if size is None:
        free_pages = os.sysconf(_FREE) if _FREE in os.sysconf_names else 0
        size = int(free_pages * _PAGE_BYTES * (1 - _SPARE_SHARE))
    with TemporaryDirectory(dir=folder) as place:
        path = Path(place, "hole")
        with path.open("w+b", buffering=0) as hole:
            hole.truncate(size)
            while hole.read(_READ_BYTES):
                pass
            yield path
