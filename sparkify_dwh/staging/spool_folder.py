"""The folder of a spool: locked as long as its load lives, swept once that load is dead.

A load that is killed cannot clean up after itself, so a later one does. What tells a dead
load's folder from one in use is an advisory lock on the folder: the kernel takes it away with
the process, whatever has ended it, and no process id can be mistaken for another's.
"""

import errno
import fcntl
import os
import shutil
import tempfile
import time
import weakref
from pathlib import Path

from sparkify_dwh.errors import SpoolError

#: How the folders begin that a sweep looks at.
PREFIX = "sparkify-spool-"

#: What only a write can fail with: no space, over quota, over the limit of a file, read-only.
_WRITE_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
_ATTEMPTS = 3
_PATIENCE = 0.05
_FOLDER_ONLY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class SpoolFolder:
    """A folder for this load alone, which nobody else can read."""

    def __init__(self, parent: Path | None = None) -> None:
        """Create and lock it below ``parent``, by default where the system has such.

        Raises:
            SpoolError: There is no place for it.
        """
        try:
            root = Path(tempfile.gettempdir()) if parent is None else parent
            if parent is None:
                sweep(root)
            self.path, descriptor = _locked_folder(root)
        except OSError as error:
            raise spool_error(error, "the temporary folder cannot be used") from None
        # Also when nobody gets to call remove(): an exception may come at any moment.
        self.remove = weakref.finalize(self, _remove, self.path, descriptor)


def spool_error(error: OSError, what: str) -> SpoolError:
    """Return our error for one that the file system raised."""
    return SpoolError(f"{what}: {error.strerror or error}")


def is_write_error(error: OSError) -> bool:
    """Return whether the spool has caused the error, and not the file that is copied."""
    return error.errno in _WRITE_ERRORS


def sweep(root: Path) -> None:
    """Remove the spools of dead loads of this user below the folder, as far as that goes."""
    try:
        with os.scandir(root) as entries:
            folders = [entry.path for entry in entries if entry.name.startswith(PREFIX)]
    except OSError:
        return
    for folder in folders:
        descriptor = _lock(folder)
        if descriptor is not None:
            _remove(Path(folder), descriptor)


def _locked_folder(root: Path) -> tuple[Path, int | None]:
    for _ in range(_ATTEMPTS):
        path = tempfile.mkdtemp(prefix=PREFIX, dir=root)
        descriptor = _lock(path)
        if descriptor is not None:
            return Path(path), descriptor
        # The sweep of another load came between the two calls, and takes the folder away.
    # A file system without locks; nobody can sweep there either.
    return Path(tempfile.mkdtemp(prefix=PREFIX, dir=root)), None


def _lock(folder: str) -> int | None:
    """Lock a folder of this user; return its descriptor, or None when it is another's."""
    try:
        descriptor = os.open(folder, _FOLDER_ONLY)
    except OSError:
        return None
    try:
        if os.fstat(descriptor).st_uid == os.getuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Its path may be gone by now: swept between the two calls.
            if os.stat(folder).st_ino == os.fstat(descriptor).st_ino:
                return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def _remove(path: Path, descriptor: int | None) -> None:
    for _ in range(_ATTEMPTS):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            break
        # Another process was writing into it, and is about to see that nobody waits for that.
        time.sleep(_PATIENCE)
    if descriptor is not None:
        os.close(descriptor)
