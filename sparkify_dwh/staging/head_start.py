"""Begins with a load ahead of it: a second process works while the first one still imports.

To import what a load needs takes 0.4 seconds of one core. Meanwhile this one finds out what the
load will ask first: which files there are. Where all of them will most likely be loaded, it also
joins the tiny song files as it finds them, and looks at how the lines of large log files begin and
end.
"""

from __future__ import annotations

import itertools
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from sparkify_dwh.errors import SparkifyError, SpoolError
from sparkify_dwh.helper_process import Helper, Parent, is_worthwhile, packed, unpacked
from sparkify_dwh.sources.folder_walk import FolderWalk
from sparkify_dwh.sources.local_folder import listing_of, root_of, walk_through
from sparkify_dwh.staging.joined_walk import JoiningWalk, Outcome, SecondJoiner
from sparkify_dwh.staging.lines import OddFiles, odd_files
from sparkify_dwh.staging.spool_folder import SpoolFolder
from sparkify_dwh.staging.tiny import TINY_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sparkify_dwh.sources.folder_walk import FoundFiles
    from sparkify_dwh.sources.listing import Listing
    from sparkify_dwh.staging.verdict import StagedFile

#: A warehouse takes at least a sixteenth of the bytes of the log files that are in it. One that is
#: only half as large holds few of the files that are there.
_SHARE_OF_LOADED = 1 / 32
#: A migrated warehouse without a row takes 0.8 MB, and one that holds songs by the thousand more.
_EMPTY_BYTES = 1_048_576
_DUCKDB_FILE = "duckdb:///"
#: Of the number in front of the lists that says how long they are.
_LENGTH_BYTES = 8
#: So often it is seen that nobody waits any more, in seconds.
_PATIENCE = 0.02


class JoinedAhead(NamedTuple):
    """Tiny files of a listing that have been joined."""

    #: Where, and what the tags of the records there lack to be the number of their file.
    paths: list[tuple[str, int]]
    others: set[int]  #: numbers of the files that are not among them


class HeadStart(Helper):
    """Has the folders of a load listed, and some of the files read, ahead of it."""

    def __init__(self) -> None:
        """Start nothing yet."""
        super().__init__()
        self._places: tuple[str, str] | None = None
        self._folder: SpoolFolder | None = None  #: there as long as this is
        self._listed: int | None = None  #: at its end once all is listed, or the process is gone
        self._end_of_lists = 0
        self._walks: dict[str, FolderWalk] | None = None
        self._has_told_logs = False
        self._joined = JoinedAhead([], set())  #: of the songs, for numbers from 1
        self._songs: Listing | None = None  #: once it was told, if its order is that of the tags

    def begin(
        self,
        *,
        database_url: str | None,
        log_data: str | None,
        song_data: str | None,
        rebuild: bool,
    ) -> None:
        """Start, unless that was done, something is not known yet, or there is nothing to win.

        Args:
            database_url: Where the files are to be loaded to.
            log_data: Where the log files lie.
            song_data: Where the song files lie.
            rebuild: Whether files are to be loaded that are in the warehouse already.
        """
        if self._places is not None or not (log_data and song_data and database_url):
            return
        is_remote = "://" in log_data or "://" in song_data
        if is_remote or not database_url.startswith(_DUCKDB_FILE) or not is_worthwhile():
            return
        try:
            self._folder = SpoolFolder()
        except SpoolError:
            return  # the load says so
        self.callback(self._folder.remove)
        self._places = log_data, song_data
        question = {
            "places": self._places,
            "warehouse": database_url.removeprefix(_DUCKDB_FILE).partition("?")[0],
            "rebuild": rebuild,
            "folder": str(self._folder.path),
        }
        self._listed, ready = os.pipe()
        self.callback(os.close, self._listed)
        try:
            self.start(__name__, packed(question), str(ready), descriptors=(ready,))
        finally:
            os.close(ready)

    def listing(self, place: str) -> Listing | None:
        """Return what lies in the folder, None if that is not known: it has to be listed then."""
        if self._walks is None:
            self._walks = self._take_walks()
        walk = self._walks.pop(place, None)
        if walk is None:
            return None
        assert self._places is not None
        log_data, song_data = self._places
        self._has_told_logs |= place == log_data
        found = walk.found
        listing = listing_of(root_of(place), walk)
        if place == song_data and _is_in_order(listing, found):
            self._songs = listing
        return listing

    def _take_walks(self) -> dict[str, FolderWalk]:
        if self._process is None or self._answer is None or self._listed is None:
            return {}
        os.read(self._listed, 1)  # waits, and comes back with nothing
        # Read at a place: the process is writing where the file's own position is.
        descriptor = self._answer.fileno()
        length = int.from_bytes(os.pread(descriptor, _LENGTH_BYTES, 0))
        self._end_of_lists = _LENGTH_BYTES + length
        try:
            told = unpacked(os.pread(descriptor, length, _LENGTH_BYTES))
        except ValueError:
            return {}  # it has failed, or was killed, before the end
        return {place: self._walk_of(parts) for place, parts in told.items()}

    def _walk_of(self, parts: Outcome) -> FolderWalk:
        """Return a walk that has found what the parts of one have; note what they have joined."""
        walk = FolderWalk([], seen=None)
        for part in parts:
            listed, paths, others = unpacked(part)
            before = walk.files
            walk.take(*listed)
            self._joined.paths.extend((path, before) for path in paths)
            self._joined.others.update(before + other for other in others)
        return walk

    def joined(self, files: Sequence[StagedFile]) -> JoinedAhead | None:
        """Return where the tiny ones of these files were joined, None if that was not done.

        It was if they are all song files that were listed, in the order in which they were found.
        """
        if not (self._joined.paths and self._songs and _are_all_of(self._songs, files)):
            return None
        before = files[0].file_id - 1
        return JoinedAhead(
            [(path, before + lacking) for path, lacking in self._joined.paths],
            {before + place for place in self._joined.others},
        )

    def stop(self) -> None:
        """Let the process end, if it is still at work: nobody asks it for anything more."""
        if self._process is not None:
            self._process.kill()

    def odd_files(self, paths: Iterable[str], stop: threading.Event) -> OddFiles:
        """Return what :func:`~sparkify_dwh.staging.lines.odd_files` does, most of it known already.

        Raises:
            OSError: A file cannot be read.
        """
        paths = {*paths}
        looked_at, look = self._look(stop)
        odd = odd_files(paths - looked_at, stop)
        odd.unseen |= look.unseen & paths
        odd.doubtful |= look.doubtful & paths
        return odd

    def _look(self, stop: threading.Event) -> tuple[set[str], OddFiles]:
        """Wait for what the process has to say of lines; killed it says nothing."""
        if not self._has_told_logs:
            self.stop()  # files that were listed by somebody else may be other versions
            return set(), OddFiles()
        while self._process is not None and self._process.poll() is None:
            if stop.wait(_PATIENCE):
                self.stop()
        answer = self.answer()
        if answer is None:
            return set(), OddFiles()
        look = unpacked(answer[self._end_of_lists :])
        return {*look["looked_at"]}, OddFiles({*look["unseen"]}, {*look["doubtful"]})


def _is_in_order(listing: Listing, found: Iterable[FoundFiles]) -> bool:
    """Return whether the listing has the files in the order in which they were found."""
    versions = [*itertools.chain.from_iterable(of_folder.fingerprints for of_folder in found)]
    return versions == [file.fingerprint for file in listing.files]


def _are_all_of(listing: Listing, files: Sequence[StagedFile]) -> bool:
    """Return whether these are all files that were listed, numbered in their order."""
    return (
        len(files) == len(listing.files) > 0
        and files[-1].file_id - files[0].file_id == len(files) - 1
        and [staged.file for staged in files] == [*listing.files]
    )


def _size(warehouse: str) -> int:
    with suppress(OSError):
        return os.stat(warehouse).st_size
    return 0


def _worth_a_look(walk: FolderWalk, warehouse: str, *, rebuild: bool) -> list[str]:
    """Return the files that a scan will most likely read where they lie."""
    if not rebuild:
        loaded = _size(warehouse)
        if loaded > _SHARE_OF_LOADED * sum(sum(found.sizes) for found in walk.found):
            return []
    return sorted(
        os.path.join(found.folder, name)
        for found in walk.found
        for name, size in zip(found.names, found.sizes, strict=True)
        if size > TINY_BYTES and not name.lower().endswith(".gz")
    )


def _look_at(paths: list[str], parent: Parent) -> OddFiles:
    """Look at the lines of the files as long as the process lives that asks for it.

    Raises:
        OSError: A file cannot be read, or the process was killed.
    """
    odd = OddFiles()
    for path in paths:
        parent.require_alive()
        of_file = odd_files([path], threading.Event())
        odd.unseen |= of_file.unseen
        odd.doubtful |= of_file.doubtful
    return odd


def _outcome(walk: FolderWalk) -> Outcome:
    return [packed((walk.listed(), [], []))]


def _walk_songs(place: str, target: Path | None) -> Outcome:
    """List the song files, and join the tiny ones, if there is a folder for that."""
    if target is None:
        *_, walk = walk_through(FolderWalk.below(root_of(place)))
        return _outcome(walk)
    joining = JoiningWalk.below(root_of(place), target=target)
    for _ in walk_through(joining, SecondJoiner(target / "second")):
        pass
    return joining.outcome()


def main(question: BinaryIO, answer: BinaryIO, ready: str) -> int:
    """List the folders of the question, and say so; then look at the lines of the log files."""
    parent = Parent()
    asked = unpacked(question.read())
    (log_data, song_data), warehouse = asked["places"], asked["warehouse"]
    rebuild = asked["rebuild"]
    try:
        *_, logs = walk_through(FolderWalk.below(root_of(log_data)))
        folder = Path(asked["folder"]) if rebuild or _size(warehouse) <= _EMPTY_BYTES else None
        lists = packed({log_data: _outcome(logs), song_data: _walk_songs(song_data, folder)})
        answer.write(len(lists).to_bytes(_LENGTH_BYTES) + lists)
        answer.flush()
        os.close(int(ready))
        paths = _worth_a_look(logs, warehouse, rebuild=rebuild)
        odd = _look_at(paths, parent)
    except (SparkifyError, OSError):
        return 1  # who lists the folders or reads the files again finds out what is wrong
    look = {"looked_at": paths, "unseen": [*odd.unseen], "doubtful": [*odd.doubtful]}
    answer.write(packed(look))
    return 0
