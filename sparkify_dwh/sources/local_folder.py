"""Lists the data files below a local folder."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from operator import attrgetter
from urllib.parse import quote_from_bytes

from sparkify_dwh.errors import SourceError
from sparkify_dwh.sources.listing import Listing, SourceFile, why_passed_over

_NEEDS_NO_QUOTES = re.compile(r"[A-Za-z0-9_.~/-]+").fullmatch


def list_folder(folder: str) -> Listing:
    """List the data files below the folder, links followed, each folder once.

    The fingerprint is size, time of change in nanoseconds and inode: what a changed file
    cannot keep all of. Reading every byte to find that nothing is new would make a no-op
    cost as much as a load.

    Raises:
        SourceError: The folder does not exist, is no folder or cannot be read.
    """
    root = os.path.abspath(os.path.expanduser(folder))
    if not os.path.isdir(root):
        what = "is not a folder" if os.path.exists(root) else "does not exist"
        raise SourceError(f"{root} {what}", advice="Set SPARKIFY_LOG_DATA and SPARKIFY_SONG_DATA.")
    passed_over: Counter[str] = Counter()
    files = []
    for folder_uri, entries in _walk(root, passed_over):
        for entry in entries:
            status = _status(entry)
            if status is None:
                passed_over["dangling link" if entry.is_symlink() else "not a regular file"] += 1
                continue
            reason = why_passed_over(entry.name, status.st_size)
            if reason is not None:
                passed_over[reason] += 1
                continue
            uri = folder_uri + _quoted(entry.name)
            files.append(SourceFile(uri, status.st_size, fingerprint(status), entry.path))
    files.sort(key=attrgetter("uri"))
    return Listing(root, tuple(files), passed_over)


def fingerprint(status: os.stat_result) -> str:
    """Return what tells this version of a local file from the next one."""
    return f"{status.st_size:x}-{status.st_mtime_ns:x}-{status.st_ino:x}"


def _quoted(path: str) -> str:
    """Return the path as a URI has it, whatever bytes it is made of."""
    # Most names need no quotes, and to see that takes a tenth of the time.
    return path if _NEEDS_NO_QUOTES(path) else quote_from_bytes(os.fsencode(path))


def _walk(root: str, passed_over: Counter[str]) -> Iterator[tuple[str, list[os.DirEntry[str]]]]:
    """Yield the URI of each folder and its entries that are no folder; enter each folder once."""
    folders, seen = [root], {os.path.realpath(root)}
    while folders:
        folder = folders.pop()
        folder_uri = f"file://{_quoted(folder).rstrip('/')}/"
        try:
            with os.scandir(folder) as entries:
                found = []
                for entry in entries:
                    if not entry.is_dir():
                        found.append(entry)
                    elif entry.is_symlink() and os.path.realpath(entry.path) in seen:
                        passed_over["link to a folder above"] += 1
                    else:
                        if entry.is_symlink():
                            seen.add(os.path.realpath(entry.path))
                        folders.append(entry.path)
        except OSError as error:
            raise SourceError(f"{folder} cannot be listed: {error.strerror}") from error
        yield folder_uri, found


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    """Return the status of a regular file: whoever opens a FIFO or a socket hangs."""
    try:
        return entry.stat() if entry.is_file() else None
    except OSError as error:
        raise SourceError(f"{entry.path} cannot be read: {error.strerror}") from error
