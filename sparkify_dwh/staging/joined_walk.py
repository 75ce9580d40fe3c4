"""A walk through folders that reads the tiny files as it finds them, and joins their records.

A file's status is read in any case, and a file that is open anyhow tells it at less than half of
what it costs to look the path up; so where all files will be loaded it is cheaper to read each at
once than to list all, pass the list on, and open them again. It only does what is simple: one
record each, unchanged, readable. The others are only found here, and read by who loads them.
"""

from __future__ import annotations

import itertools
import os
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sparkify_dwh.helper_process import Parent, packed, unpacked
from sparkify_dwh.sources.folder_walk import FolderWalk, FoundFiles, fingerprint
from sparkify_dwh.sources.listing import why_passed_over
from sparkify_dwh.sources.second_lister import SecondLister, walk_to_the_end
from sparkify_dwh.staging.joined_records import JoinedRecords, only_record
from sparkify_dwh.staging.tiny import FILES_OPEN_AT_ONCE, TINY_BYTES, read_ahead

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Of each walk, packed: what it has listed, the paths of joined records, and the places of files
#: that are not among them. So nobody on its way looks into it.
Outcome = list[bytes]

#: A folder with more files is only listed: the process that walks through it would read them alone.
_MOST_OF_A_FOLDER = 5_000
#: After so many files it is known whether most are one record.
_ON_TRIAL = 1_000
#: What has not changed for so long before the walk began, has not changed while it was read: a
#: change leaves its time. That saves to ask for the time before the reading as well.
_SETTLED_SECONDS = 60
_READ_BYTES = 65_536
_READ_ONLY = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class JoiningWalk(FolderWalk):
    """A walk that joins, too: each record is tagged with the place of its file among all found."""

    def __init__(self, folders: list[str], *, seen: set[str] | None, target: Path) -> None:
        """Begin with these folders, and write into the folder ``target``, which is there."""
        super().__init__(folders, seen=seen)
        numbers = itertools.count(1)
        self._records = JoinedRecords(
            lambda: str(target / f"{next(numbers):06d}-joined.json"), Parent().require_alive
        )
        self._read_files = 0
        self._settled = time.time() - _SETTLED_SECONDS
        self._others: list[int] = []
        self._parts: list[bytes] = []

    def outcome(self) -> Outcome:
        """Return what has come of this walk and of those that it has taken in.

        Raises:
            OSError: The last records cannot be written.
        """
        self._records.flush()
        own = packed((self.listed(), self._records.paths, self._others))
        return [own, *self._parts]

    def take_in(self, parts: Outcome) -> None:
        """Take what other walks have found, behind all that this one finds."""
        self._parts += parts

    def _take_all(
        self, entries: Sequence[os.DirEntry[str]], found: FoundFiles, descriptor: int
    ) -> None:
        if len(entries) <= _MOST_OF_A_FOLDER and not self._is_in_vain():
            for start in range(0, len(entries), FILES_OPEN_AT_ONCE):
                self._take_group(entries[start : start + FILES_OPEN_AT_ONCE], found, descriptor)
            return
        super()._take_all(entries, found, descriptor)
        self._others += range(self.files + 1, self.files + len(found.names) + 1)

    def _is_in_vain(self) -> bool:
        return self._read_files >= _ON_TRIAL and len(self._others) > self._read_files // 2

    def _take_group(
        self, entries: Sequence[os.DirEntry[str]], found: FoundFiles, folder: int
    ) -> None:
        opened: dict[str, int] = {}
        try:
            for entry in entries:
                if _is_plain(entry):
                    # What cannot be opened is found all the same, and read by who loads it.
                    with suppress(OSError):
                        opened[entry.name] = os.open(entry.name, _READ_ONLY, dir_fd=folder)
            read_ahead([*opened.values()])
            for entry in entries:
                descriptor = opened.get(entry.name)
                content = None if descriptor is None else self._read(descriptor)
                self._note(entry, content, found)
        finally:
            for descriptor in opened.values():
                os.close(descriptor)

    def _note(
        self, entry: os.DirEntry[str], content: tuple[bytes, str] | None, found: FoundFiles
    ) -> None:
        place, line = self.files + len(found.names) + 1, None
        if content is None:
            self._take(entry, found)
            if self.files + len(found.names) < place:
                return
        else:
            text, version = content
            found.names.append(entry.name)
            found.sizes.append(len(text))
            found.fingerprints.append(version)
            self._read_files += 1
            line = only_record(text)
        if line is None:
            self._others.append(place)
        else:
            self._records.add(place, line)

    def _read(self, descriptor: int) -> tuple[bytes, str] | None:
        """Return what is in a tiny file, and its fingerprint; None if it is another, or changes."""
        try:
            text = os.read(descriptor, _READ_BYTES)
            if len(text) == _READ_BYTES:
                text += os.read(descriptor, TINY_BYTES)
            status = os.fstat(descriptor)
            if status.st_ctime > self._settled:
                # It may have changed between the two calls: what is read now is of this status.
                text, before = os.pread(descriptor, TINY_BYTES + 1, 0), status
                status = os.fstat(descriptor)
                if status.st_ctime_ns != before.st_ctime_ns:
                    return None
        except OSError:
            return None
        is_whole = len(text) == status.st_size and stat.S_ISREG(status.st_mode)
        return (text, fingerprint(status)) if is_whole and 0 < len(text) <= TINY_BYTES else None


class SecondJoiner(SecondLister):
    """A second process that does so with a part of the folders."""

    def __init__(self, target: Path) -> None:
        """Take nothing yet; ``target`` is made when the process is started."""
        super().__init__()
        self._target = target

    def begin(self, folders: list[str]) -> None:
        """Start the process.

        Raises:
            OSError: The target cannot be made.
        """
        self._target.mkdir()
        self.start(__name__, packed(folders), str(self._target))

    def take(self, walk: FolderWalk, answer: bytes) -> None:
        """Add what the process answers to the walk, which has come to its own end."""
        assert isinstance(walk, JoiningWalk)
        walk.take_in(unpacked(answer))


def _is_plain(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a file, and no link, of plain JSON by its name."""
    is_data = why_passed_over(entry.name, size=1) is None  # its size is not known yet
    return is_data and entry.name.endswith(".json") and entry.is_file(follow_symlinks=False)


def main(question: BinaryIO, answer: BinaryIO, target: str) -> int:
    """List the folders of the question, join their tiny files, and answer what has come of it."""
    walk = JoiningWalk(unpacked(question.read()), seen=None, target=Path(target))
    if not walk_to_the_end(walk):
        return 1
    try:
        outcome = walk.outcome()
    except OSError:
        return 1  # who reads the files again finds out what is wrong
    answer.write(packed(outcome))
    return 0
