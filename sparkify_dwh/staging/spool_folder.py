"""The folder of a spool: locked as long as its load lives, swept once that load is dead.

A load that is killed cannot clean up after itself, so a later one does. What tells a dead
load's folder from one in use is an advisory lock on the folder: the kernel takes it away with
the process, whatever has ended it, and no process id can be mistaken for another's.
"""

import errno
import fcntl
import os
import shutil
import signal
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
            root = _temporary_root() if parent is None else parent
            if parent is None:
                sweep(root)
            for _ in range(_ATTEMPTS):
                if self._is_made(Path(os.path.abspath(root))):
                    break
                # The sweep of another load came between making and locking, and takes the folder
                # away; or the file system has no locks, and nobody can sweep there.
        except OSError as error:
            raise spool_error(error, "the temporary folder cannot be used") from None

    def _is_made(self, root: Path) -> bool:
        """Make the folder, and tell whether it could be locked."""
        self.path = root / f"{PREFIX}{os.urandom(8).hex()}"
        held: list[int] = []
        # Also when nobody gets to call remove(): an exception may come at any moment, as soon as
        # there is a folder, and before anybody has this object.
        self.remove = weakref.finalize(self, _remove, self.path, held)
        try:
            self.path.mkdir(mode=0o700)
        except OSError:
            self.remove.detach()  # what is there is not ours
            raise
        held.extend(_lock(str(self.path)))
        return bool(held)


def spool_error(error: OSError, what: str) -> SpoolError:
    """Return our error for one that the file system raised."""
    return SpoolError(f"{what}: {error.strerror or error}")


def is_write_error(error: OSError) -> bool:
    """Return whether the spool has caused the error, and not the file that is copied."""
    return error.errno in _WRITE_ERRORS


def _temporary_root() -> Path:
    """Return where the system has temporary folders.

    To find that out Python makes a file there, once in a process. A signal to stop waits until it
    is gone again, unless another thread takes the signal: there is none yet where a local load
    begins.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
        return Path(tempfile.gettempdir())
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def sweep(root: Path) -> None:
    """Remove the spools of dead loads of this user below the folder, as far as that goes."""
    try:
        with os.scandir(root) as entries:
            folders = [entry.path for entry in entries if entry.name.startswith(PREFIX)]
    except OSError:
        return
    for folder in folders:
        if held := _lock(folder):
            _remove(Path(folder), held)


def _lock(folder: str) -> list[int]:
    """Lock a folder of this user; return its descriptor, or nothing when it is another's."""
    try:
        descriptor = os.open(folder, _FOLDER_ONLY)
    except OSError:
        return []
    try:
        if os.fstat(descriptor).st_uid == os.getuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Its path may be gone by now: swept between the two calls.
            if os.stat(folder).st_ino == os.fstat(descriptor).st_ino:
                return [descriptor]
    except OSError:
        pass
    os.close(descriptor)
    return []


def _remove(path: Path, held: list[int]) -> None:
    for _ in range(_ATTEMPTS):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            break
        # Another process was writing into it, and is about to see that nobody waits for that.
        time.sleep(_PATIENCE)
    for descriptor in held:
        os.close(descriptor)
