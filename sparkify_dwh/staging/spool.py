"""The spool: a temporary folder for what DuckDB cannot scan where it lies.

- Tiny files are joined, one record a line, each record tagged with its file: opening
  300,000 files one by one costs DuckDB ten seconds, and reading them here two
  (:mod:`sparkify_dwh.staging.tiny`).
- Compressed files are decompressed, every checksum verified: DuckDB takes half a gzip
  file for a whole one.
- Files that the bulk scan doubts are written again by the exact reader, their accepted
  records only, tagged with file and number.
"""

import io
import itertools
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO

from sparkify_dwh.errors import SparkifyError
from sparkify_dwh.feeds.contract import Feed
from sparkify_dwh.feeds.decompress import CorruptCompression, open_plain
from sparkify_dwh.feeds.exact import REJECTS_KEPT, normalise
from sparkify_dwh.feeds.record_line import (
    BLANKS,
    FILE_TAG,
    NUMBER_TAG,
    looks_like_a_record,
)
from sparkify_dwh.feeds.reject import Reason, Reject
from sparkify_dwh.staging.joined_records import JoinedRecords, only_record
from sparkify_dwh.staging.second_reader import SecondReader
from sparkify_dwh.staging.spool_folder import SpoolFolder, is_write_error, spool_error
from sparkify_dwh.staging.tiny import TINY_BYTES, contents, unreadable
from sparkify_dwh.staging.verdict import StagedFile
from sparkify_dwh.statements.scan import ScanPart, prototype

if TYPE_CHECKING:
    from sparkify_dwh.staging.head_start import HeadStart

#: What one compressed file may grow to, however large it is. The ratio that decompression
#: is held to does not bound what a large file takes up on the disk.
MAX_PLAIN_BYTES = 17_179_869_184

#: A tiny compressed file is still joined when it grows to this size.
_TINY_CONTENT_BYTES = 4_194_304

_READ_BYTES = 1_048_576
_GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_LINES_AT_ONCE = 1_000


@dataclass(slots=True)
class Sorted:
    """Where each file of a feed is to be read."""

    in_place: list[tuple[str, StagedFile]] = field(default_factory=list)  #: path and file
    joined: list[tuple[StagedFile, int]] = field(default_factory=list)  #: file and its records
    #: Path, and what the tags of its records lack to be the number of their file.
    joined_paths: list[tuple[str, int]] = field(default_factory=list)
    exact: list[StagedFile] = field(default_factory=list)

    def take_joined(self, files: list[StagedFile], others: set[int]) -> list[StagedFile]:
        """Take files that are one record each and were joined; return those that were not.

        ``others`` has the numbers of these.
        """
        left: list[StagedFile] = []
        if others:
            left = [staged for staged in files if staged.file_id in others]
            files = [staged for staged in files if staged.file_id not in others]
        self.joined.extend(zip(files, itertools.repeat(1), strict=False))
        return left


class SpoolStopped(Exception):
    """Nobody needs what was being written into the spool."""


class Spool:
    """A temporary folder, removed at the end whatever happens."""

    def __init__(self, parent: Path | None = None, *, rejects_kept: int = REJECTS_KEPT) -> None:
        """Create the folder below ``parent``, by default where the system has such.

        ``rejects_kept`` is the number of a file's rejects that verdicts hold in full.
        """
        self._rejects_kept = rejects_kept
        self._folder = SpoolFolder(parent)
        self.folder = self._folder.path
        self._numbers = itertools.count(1)
        self.is_stopped = False

    def __enter__(self) -> "Spool":
        """Return the spool."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove the folder and all that is in it."""
        self._folder.remove()

    def new_path(self, name: str) -> Path:
        """Return a path in the spool that was not given out before."""
        return self.folder / f"{next(self._numbers):06d}-{name}.json"

    def room(self) -> "Spool":
        """Return a spool inside this one, for what is needed only for a while."""
        return Spool(self.folder, rejects_kept=self._rejects_kept)

    def stop(self) -> None:
        """Let a thread that sorts files into this spool end soon."""
        self.is_stopped = True

    def require_needed(self) -> None:
        """Go on, unless the spool was stopped.

        Raises:
            SpoolStopped: It was.
        """
        if self.is_stopped:
            raise SpoolStopped

    def sort(self, files: list[StagedFile], head_start: "HeadStart | None" = None) -> Sorted:
        """Decide where each file is read; join and decompress on the way.

        Args:
            files: The files of a batch.
            head_start: May have joined some of them already.

        Raises:
            SpoolStopped: Another thread has stopped the spool.
        """
        sorted_files = Sorted()
        tiny = [staged for staged in files if staged.file.size <= TINY_BYTES]
        if head_start is not None and (ahead := head_start.joined(files)):
            sorted_files.joined_paths += ahead.paths
            tiny = sorted_files.take_joined(tiny, ahead.others)
        with (
            self.writing(),
            SecondReader(tiny, self.folder / f"{next(self._numbers):06d}") as second,
            closing(_Joiner(self, sorted_files)) as joiner,
        ):
            for staged, content in contents(second.rest):
                joiner.add(staged, content)
            paths, others = second.result()
            sorted_files.joined_paths += ((path, 0) for path in paths)
            left = sorted_files.take_joined(second.share, {*others})
            for staged, content in contents(left):
                joiner.add(staged, content)
        for staged in files:
            if staged.file.size > TINY_BYTES:
                try:
                    self._place(staged, sorted_files)
                except OSError as error:
                    raise self._why(error, staged.file.name) from error
        return sorted_files

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Tell an error of the block, which only writes into the spool, as one of the spool.

        Raises:
            SpoolError: The spool cannot be written to.
        """
        try:
            yield
        except OSError as error:
            raise self._why(error) from error

    def _why(self, error: OSError, name: str | None = None) -> SparkifyError:
        """Return our error for one that came while the file of the name was copied here."""
        if name is None or is_write_error(error):
            return spool_error(error, f"{self.folder} cannot be written to")
        return unreadable(error, name)

    def normalise(self, feed: Feed, files: list[StagedFile]) -> ScanPart:
        """Write the accepted records of the files, and note the verdict on each."""
        path = self.new_path("exact")
        with self.writing(), path.open("w+b") as out:
            for staged in files:
                try:
                    verdict = normalise(
                        feed,
                        _source(staged),
                        uri=staged.file.name,
                        out=out,
                        file_id_key=FILE_TAG,
                        number_key=NUMBER_TAG,
                        file_id=staged.file_id,
                        rejects_kept=self._rejects_kept,
                    )
                except OSError as error:
                    raise self._why(error, staged.file.name) from error
                staged.records = verdict.records
                staged.staged = verdict.accepted
                staged.plays = verdict.plays
                staged.rejected = verdict.records - verdict.accepted
                staged.rejects = list(verdict.rejects)
                staged.unknown_keys = frozenset(verdict.unknown_keys)
                staged.is_exact = True
        return ScanPart((str(path),), (0,), tagged=True, numbered=True)

    def strict(self, feed: Feed, part: ScanPart) -> ScanPart:
        """Return the part as one that is scanned strictly, by a prototype that is written here."""
        path = self.new_path("prototype")
        with self.writing():
            path.write_text(prototype(feed, part))
        return replace(part, prototype=str(path))

    def _place(self, staged: StagedFile, sorted_files: Sorted) -> None:
        path = Path(_path(staged))
        with path.open("rb") as file:
            start = file.read(len(_BOM))
        # DuckDB passes over a byte-order mark, which Redshift's COPY takes for a bad record.
        if start.startswith(_GZIP_MAGIC):
            staged.is_gzip = True
            plain = self.new_path("plain")
            try:
                with (
                    open_plain(path, max_output=MAX_PLAIN_BYTES) as source,
                    plain.open("wb") as target,
                ):
                    while chunk := source.read(_READ_BYTES):
                        self.require_needed()
                        target.write(chunk)
            except CorruptCompression as error:
                plain.unlink()
                _reject_whole(staged, error)
                return
            if _begins_with_bom(plain):
                sorted_files.exact.append(staged)
            else:
                sorted_files.in_place.append((str(plain), staged))
        elif start == _BOM:
            sorted_files.exact.append(staged)
        elif _can_be_named(path):
            sorted_files.in_place.append((str(path), staged))
        else:
            link = self.new_path("link")
            link.symlink_to(path.absolute())
            sorted_files.in_place.append((str(link), staged))


class _Joiner:
    """Joins tiny files whose records stand one a line; others go to the exact reader.

    What is done for a file that is one record, as nearly all are, is done in one place and with
    few objects: of 300,000 files each call less is a tenth of a second.
    """

    def __init__(self, spool: Spool, sorted_files: Sorted) -> None:
        self._sorted = sorted_files
        self._records = JoinedRecords(
            lambda: str(spool.new_path("joined")), require_needed=spool.require_needed
        )

    def add(self, staged: StagedFile, content: bytes) -> None:
        line = only_record(content)
        if line is None:
            self._add_lines(staged, content)
            return
        self._records.add(staged.file_id, line)
        self._sorted.joined.append((staged, 1))

    def _add_lines(self, staged: StagedFile, content: bytes) -> None:
        try:
            plain = _plain(staged, content)
        except CorruptCompression as error:
            _reject_whole(staged, error)
            return
        lines = None if plain is None else _one_record_a_line(plain)
        if lines is None:
            self._sorted.exact.append(staged)
            return
        for line in lines:
            self._records.add(staged.file_id, line)
        self._sorted.joined.append((staged, len(lines)))

    def close(self) -> None:
        self._records.flush()
        self._sorted.joined_paths += ((path, 0) for path in self._records.paths)


def _plain(staged: StagedFile, content: bytes) -> bytes | None:
    """Return the file's plain content, or None if it is not as tiny as the file."""
    if not content.startswith(_GZIP_MAGIC):
        return content
    staged.is_gzip = True
    with open_plain(io.BytesIO(content)) as source:
        plain = b""
        while len(plain) <= _TINY_CONTENT_BYTES:
            chunk = source.read(_READ_BYTES)
            if not chunk:
                return plain
            plain += chunk
    return None


def _one_record_a_line(content: bytes) -> list[bytes] | None:
    """Return the records if each line looks like one, or None."""
    if content.startswith(_BOM):
        return None
    lines = [line for line in (line.strip(BLANKS) for line in content.split(b"\n")) if line]
    return lines if all(map(looks_like_a_record, lines)) else None


def _source(staged: StagedFile) -> Path | BinaryIO:
    """Return where the file can be read: its path, or its content."""
    content = staged.file.content
    return Path(_path(staged)) if content is None else io.BytesIO(content)


def _path(staged: StagedFile) -> str:
    assert staged.file.path is not None
    return staged.file.path


def _begins_with_bom(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_BOM)) == _BOM


def _can_be_named(path: Path) -> bool:
    """Return whether DuckDB can be told the file's name.

    A name has to be UTF-8, and in a pattern a backslash cannot be escaped.
    """
    name = os.fspath(path)
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return "\\" not in name


def _reject_whole(staged: StagedFile, error: CorruptCompression) -> None:
    staged.records = staged.rejected = 1
    staged.rejects = [
        Reject(staged.file.name, None, Reason.CORRUPT_COMPRESSION, None, str(error), "")
    ]
