"""Walks a tree of local folders and finds the data files in it."""

import os
from collections import Counter
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple, Self

from sparkify_dwh.errors import SourceError
from sparkify_dwh.sources.listing import why_passed_over

_FOLDER_ONLY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class FoundFiles(NamedTuple):
    """The data files of a folder, each with its size and fingerprint at the same place."""

    folder: str
    names: list[str]
    sizes: list[int]
    fingerprints: list[str]


class LinkedFolderError(Exception):
    """A folder that is entered by a link, where links are not to be followed."""


class FolderWalk:
    """A walk through folders: those still to be entered, and what was found in the others.

    It goes through them in the order of their names, as far as files do not lie beside folders.
    """

    def __init__(self, folders: list[str], *, seen: set[str] | None) -> None:
        """Begin with these folders.

        ``seen`` has the real paths that no link is to lead into once more. Without it a link to a
        folder ends the walk.
        """
        self.folders = folders
        self.found: list[FoundFiles] = []
        self.files = 0  #: how many were found so far
        self.passed_over: Counter[str] = Counter()
        self._seen = seen

    @classmethod
    def below(cls, root: str, **given: Any) -> Self:
        """Return a walk through all folders below the root, links followed, each folder once."""
        return cls([root], seen={os.path.realpath(root)}, **given)

    def enter_next(self) -> None:
        """Enter one of the folders, note its files, and those that are in it for later.

        Raises:
            SourceError: It cannot be listed, or the status of a file in it cannot be read.
            LinkedFolderError: There is a link to a folder.
        """
        folder = self.folders.pop()
        found = FoundFiles(folder, [], [], [])
        others = len(self.folders)
        try:
            # By an open folder the system finds a file's status without walking down its path.
            descriptor = os.open(folder, _FOLDER_ONLY)
            try:
                with os.scandir(descriptor) as entries:
                    self._take_all(sorted(entries, key=attrgetter("name")), found, descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise SourceError(f"{folder} cannot be listed: {error.strerror}") from error
        # The next one is the first of those in this one, of which each name ends with a slash.
        self.folders[others:] = sorted(self.folders[others:], key=_as_folder, reverse=True)
        if found.names:
            self.found.append(found)
            self.files += len(found.names)

    def listed(self) -> tuple[list[tuple[Any, ...]], dict[str, int]]:
        """Return what was found and what was passed over, for another process to take."""
        return [tuple(found) for found in self.found], dict(self.passed_over)

    def take(self, found: list[tuple[Any, ...]], passed_over: dict[str, int]) -> None:
        """Take what another walk has listed."""
        taken = [FoundFiles(*of_folder) for of_folder in found]
        self.found += taken
        self.files += sum(len(of_folder.names) for of_folder in taken)
        self.passed_over.update(passed_over)

    def _take_all(
        self, entries: Sequence[os.DirEntry[str]], found: FoundFiles, descriptor: int
    ) -> None:
        """Take what is in a folder, in its order; ``descriptor`` is the open folder."""
        del descriptor
        for entry in entries:
            self._take(entry, found)

    def _take(self, entry: os.DirEntry[str], found: FoundFiles) -> None:
        name = entry.name
        if entry.is_dir():
            self._add_folder(os.path.join(found.folder, name), is_link=entry.is_symlink())
            return
        status = _status(entry, found.folder)
        if status is None:
            is_link = entry.is_symlink()
            self.passed_over["dangling link" if is_link else "not a regular file"] += 1
        elif reason := why_passed_over(name, status.st_size):
            self.passed_over[reason] += 1
        else:
            found.names.append(name)
            found.sizes.append(status.st_size)
            found.fingerprints.append(fingerprint(status))

    def _add_folder(self, folder: str, *, is_link: bool) -> None:
        if is_link:
            if self._seen is None:
                raise LinkedFolderError(folder)
            target = os.path.realpath(folder)
            if target in self._seen:
                self.passed_over["link to a folder above"] += 1
                return
            self._seen.add(target)
        self.folders.append(folder)


def fingerprint(status: os.stat_result) -> str:
    """Return what tells this version of a local file from the next one."""
    return f"{status.st_size:x}-{status.st_mtime_ns:x}-{status.st_ino:x}"


def _as_folder(path: str) -> str:
    return f"{path}/"


def _status(entry: os.DirEntry[str], folder: str) -> os.stat_result | None:
    """Return the status of a regular file: whoever opens a FIFO or a socket hangs."""
    try:
        return entry.stat() if entry.is_file() else None
    except OSError as error:
        path = os.path.join(folder, entry.name)
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error
