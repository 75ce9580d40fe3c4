"""Stages a batch of files with DuckDB: at full speed where it can be proven right."""

import functools
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy.exc
from sqlalchemy import (
    Connection,
    Table,
    delete,
    func,
    or_,
    text,
)

from sparkify_dwh.errors import SourceChangedError
from sparkify_dwh.feeds.contract import Feed
from sparkify_dwh.staging.lines import LineLook, OddFiles
from sparkify_dwh.staging.spool import Sorted, Spool
from sparkify_dwh.staging.verdict import StagedFile
from sparkify_dwh.statements.accounting import staged_by_files
from sparkify_dwh.statements.numbering import number_by_counting, number_by_distance
from sparkify_dwh.statements.scan import (
    ScanPart,
    probe,
    stage,
)
from sparkify_dwh.statements.step import NO_VALUES, Step
from sparkify_dwh.statements.stored_texts import doubtful_files, doubtful_texts

#: DuckDB's JSON reader takes so much of a file at once, on one thread: a little less than twice its
#: maximum_object_size. The records of a file that is no larger are inserted in their order,
#: whatever comes between them.
READ_AT_ONCE_BYTES = 33_000_000

#: What DuckDB says of a file that it was told to read and that was gone when it listed or
#: opened it, even if it is there again by now.
_MISSED_A_FILE = ("No files found", "No such file or directory")

#: Told of what happens: a step's name, and how many files it is about.
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Target:
    """Where the records of a feed are staged."""

    feed: Feed
    table: Table
    in_file: bool  #: the table, and not in memory


def stage_batch(
    connection: Connection,
    sorted_files: Sorted,
    target: Target,
    *,
    room: Spool,
    progress: Progress,
    look: LineLook,
    on_cleaned: Callable[[Path], None] | None,
) -> None:
    """Stage files that are within reach, and note the verdict on each of them.

    Raises:
        SourceChangedError: A file vanished while it was read.
        SourceError: A file cannot be read to its end.
    """
    doubted = _scan(connection, sorted_files, target, room=room, progress=progress, look=look)
    exact = [*sorted_files.exact, *doubted]
    if exact:
        progress(f"judge {target.feed.name} files record by record", len(exact))
        part = room.normalise(target.feed, exact)
        if any(file.staged for file in exact):
            _insert(connection, part, target)
            if on_cleaned is not None:
                on_cleaned(Path(part.paths[0]))


def empty(connection: Connection, target: Target) -> None:
    """Delete what an earlier load has left."""
    _run(connection, _empty(target))


def count_by_file(connection: Connection, target: Target) -> dict[int | None, int]:
    """Return the records that are staged of each file; None stands for no file at all."""
    found: dict[int | None, int] = {}
    for first, last, count, _ in _run(connection, _count(target)):
        found |= dict.fromkeys((None,) if first is None else range(first, last + 1), count)
    return found


def _scan(
    connection: Connection,
    sorted_files: Sorted,
    target: Target,
    *,
    room: Spool,
    progress: Progress,
    look: LineLook,
) -> list[StagedFile]:
    """Stage what can be proven good; return the files for which that failed."""
    joined = [staged for staged, _ in sorted_files.joined]
    scanned = [*(staged for _, staged in sorted_files.in_place), *joined]
    by_id = {staged.file_id: staged for staged in scanned}
    doubted: set[int] = set()
    uncounted: set[int] = set()
    if sorted_files.in_place:
        progress(f"scan {target.feed.name} files", len(sorted_files.in_place))
        part = ScanPart(
            tuple(path for path, _ in sorted_files.in_place),
            tuple(staged.file_id for _, staged in sorted_files.in_place),
        )
        strictly, doubted = _stage_strictly(connection, part, target, room, look)
        uncounted |= strictly
        rest = part.only({*by_id} - strictly - doubted)
        if rest.paths:
            doubted |= _probe_and_stage(connection, rest, target, by_id)
    if sorted_files.joined_paths:
        progress(f"scan {target.feed.name} files", len(joined))
        paths, begins = zip(*sorted_files.joined_paths, strict=True)
        part = ScanPart(paths, begins, tagged=True)
        if _is_staged_strictly(connection, part, target, room):
            uncounted |= {staged.file_id for staged in joined}
        else:
            doubted |= _probe_and_stage(connection, part, target, by_id)
    if not scanned:
        return []
    are_all_proven = _take_counts(connection, target, by_id, uncounted)
    doubted |= _doubtful_files(connection, target, by_id)
    doubted |= {staged.file_id for staged in scanned if staged.staged != staged.records}
    # A joined line that is no JSON has lost its tag, so its file comes out one short.
    doubted |= {
        staged.file_id for staged, records in sorted_files.joined if staged.records != records
    }
    if doubted or not are_all_proven:
        file_id = target.table.c.file_id
        unproven = or_(file_id.is_(None), file_id < 0, file_id.in_(sorted(doubted)))
        _run(connection, Step("delete what is not proven", delete(target.table).where(unproven)))
    return [by_id[file_id] for file_id in sorted(doubted)]


def _take_counts(
    connection: Connection, target: Target, by_id: dict[int, StagedFile], uncounted: set[int]
) -> bool:
    """Note what was staged of each file; return whether all that the table holds is proven."""
    are_all_proven = True
    for first, last, count, plays in _run(connection, _count(target)):
        # No range has both doubtful and other records, which lie on both sides of 0.
        if first is None or first < 0:
            are_all_proven = False
            if first is not None:
                for file_id in uncounted.intersection(range(-last, -first + 1)):
                    by_id[file_id].records += count
            continue
        for file_id in range(first, last + 1):
            staged = by_id.get(file_id)  # the others came with an earlier batch
            if staged is not None:
                staged.staged = count
                staged.plays = int(plays)
                if file_id in uncounted:
                    staged.records += count
    return are_all_proven


def _doubtful_files(
    connection: Connection, target: Target, by_id: dict[int, StagedFile]
) -> set[int]:
    """Return the ids of files with a stored text that is in doubt."""
    question = _doubtful_texts(target)
    if question is None or not any(_run(connection, question)[0]):
        return set()
    found = _run(connection, _files_with_doubtful_texts(target))
    # Records of other files have been judged with an earlier batch, or are in doubt already.
    return {file_id for (file_id,) in found if file_id in by_id}


def _stage_strictly(
    connection: Connection, part: ScanPart, target: Target, room: Spool, look: LineLook
) -> tuple[set[int], set[int]]:
    """Stage the files of a part in one scan; return for which that was enough, and the doubtful.

    What the scan cannot see of their lines is looked at here meanwhile. The files of neither
    have to be scanned twice.
    """
    nobody_waits = threading.Event()
    with ThreadPoolExecutor(max_workers=1) as beside:
        try:
            looking = beside.submit(look, part.paths, nobody_waits)
            is_staged = _is_staged_strictly(connection, part, target, room)
            odd = looking.result()
        except OSError:
            odd = OddFiles(unseen={*part.paths})  # who reads them next finds out what is wrong
        finally:
            nobody_waits.set()
    file_ids = dict(zip(part.paths, part.file_ids, strict=True))
    doubtful = {file_ids[path] for path in odd.doubtful}
    if not is_staged:
        return set(), doubtful
    unseen = {file_ids[path] for path in odd.unseen}
    if unseen:
        to_be_scanned_again = func.abs(target.table.c.file_id).in_(sorted(unseen))
        _run(connection, Step("delete the unseen", delete(target.table).where(to_be_scanned_again)))
    return {*part.file_ids} - unseen, doubtful


def _is_staged_strictly(
    connection: Connection, part: ScanPart, target: Target, room: Spool
) -> bool:
    """Stage a part in one scan, or nothing of it if a record has not the usual keys."""
    strict = room.strict(target.feed, part)
    try:
        _insert(connection, strict, target)
    except sqlalchemy.exc.DBAPIError as error:
        if not _is_about_input(error):
            raise
        return False
    except UnicodeDecodeError:
        return False  # of DuckDB's message, which has cut the record's text within a character
    return True


def _insert(connection: Connection, part: ScanPart, target: Target) -> None:
    """Insert the records of a part.

    That takes a fifth longer in the order in which they are read; so only where it is needed to
    number them afterwards.
    """
    is_to_be_numbered = "record_number" in target.table.c and not part.numbered
    keep_order(connection, is_to_be_numbered and any(map(_is_read_in_pieces, part.paths)))
    _run(connection, _stage(target, part.form), part.values)


def _is_read_in_pieces(path: str) -> bool:
    try:
        return os.stat(path).st_size > READ_AT_ONCE_BYTES
    except OSError:
        return False  # who reads it finds out what is wrong


def keep_order(connection: Connection, keep: bool) -> None:
    """Let DuckDB insert rows in the order in which it reads them, or faster than that."""
    with connection.begin():
        connection.execute(text(f"SET preserve_insertion_order = {str(keep).lower()}"))


def _is_about_input(error: sqlalchemy.exc.DBAPIError) -> bool:
    """Return whether DuckDB's reader has refused a file."""
    words = ("JSON", "maximum_object_size", *_MISSED_A_FILE)
    return any(word in str(error.orig) for word in words)


def _probe_and_stage(
    connection: Connection, part: ScanPart, target: Target, by_id: dict[int, StagedFile]
) -> set[int]:
    """Probe and stage one part; return the ids of the files that are in doubt.

    Some lines make DuckDB's reader fail the statement instead of the line: one longer than
    its buffer, or a first line that is cut. Then each file is scanned alone.
    """
    doubted: set[int] = set()
    try:
        for file_id, records, doubtful, unknown_keys in _run(
            connection, _probe(target, part.form), part.values
        ):
            # A line without its tag has no file; the count of its file will tell.
            if file_id in by_id:
                by_id[file_id].records = records
                by_id[file_id].unknown_keys = frozenset(unknown_keys or ())
                if doubtful:
                    doubted.add(file_id)
        certain = part if part.tagged else part.only({*part.file_ids} - doubted)
        if certain.paths:
            _insert(connection, certain, target)
    except sqlalchemy.exc.DBAPIError as error:
        if any(words in str(error.orig) for words in _MISSED_A_FILE):
            raise SourceChangedError(_missing(part, by_id), "vanished") from None
        if not _is_about_input(error):
            raise
        return doubted | _scan_each(connection, part, target, by_id)
    return doubted


def _scan_each(
    connection: Connection, part: ScanPart, target: Target, by_id: dict[int, StagedFile]
) -> set[int]:
    """Scan the files of a part one by one, as the reader has refused them together."""
    if part.tagged:
        # Nothing was staged; the counts will send every joined file to the exact reader.
        return set()
    if len(part.paths) == 1:
        return set(part.file_ids)
    doubted: set[int] = set()
    for path, file_id in zip(part.paths, part.file_ids, strict=True):
        alone = ScanPart((path,), (file_id,))
        doubted |= _probe_and_stage(connection, alone, target, by_id)
    return doubted


def _missing(part: ScanPart, by_id: dict[int, StagedFile]) -> str:
    for path, file_id in zip(part.paths, part.file_ids, strict=True):
        if not os.path.exists(path):
            return by_id[file_id].file.name
    return part.paths[0]


def number_records(connection: Connection, target: Target) -> None:
    """Number the records that were scanned in place, from 1 in the order of their file."""
    with connection.begin():  # one commit, and one wait for the disk
        for step in _numbering(target):
            step.run(connection)


@functools.cache
def _empty(target: Target) -> Step:
    return Step("delete what an earlier load left", delete(target.table))


@functools.cache
def _probe(target: Target, form: ScanPart) -> Step:
    return Step("count records, find doubtful ones", probe(target.feed, form))


@functools.cache
def _stage(target: Target, form: ScanPart) -> Step:
    return Step("stage", stage(target.feed, form, target.table, in_file=target.in_file))


@functools.cache
def _count(target: Target) -> Step:
    return Step("count by file", staged_by_files(target.table))


@functools.cache
def _doubtful_texts(target: Target) -> Step | None:
    question = doubtful_texts(target.feed, target.table, in_file=target.in_file)
    return None if question is None else Step("find doubtful texts", question)


@functools.cache
def _files_with_doubtful_texts(target: Target) -> Step:
    question = doubtful_files(target.feed, target.table, in_file=target.in_file)
    return Step("find the files of doubtful texts", question)


@functools.cache
def _numbering(target: Target) -> tuple[Step, ...]:
    return (
        Step("number the records that follow each other", number_by_distance(target.table)),
        Step("number the others", number_by_counting(target.table)),
    )


def _run(connection: Connection, step: Step, values: Mapping[str, Any] = NO_VALUES) -> Any:
    """Execute in a transaction of its own, and return the rows if there are any."""
    with connection.begin():
        result = step.run(connection, values)
        return result.all() if result.returns_rows else []
