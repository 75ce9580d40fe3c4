"""Stages the new files of the feeds, batch by batch, and proves that none of them is amiss."""

import itertools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from sparkify_dwh.errors import InvariantError, SourceChangedError
from sparkify_dwh.feeds.contract import Feed
from sparkify_dwh.sources.folder_walk import fingerprint
from sparkify_dwh.staging.ahead import Lookahead
from sparkify_dwh.staging.bulk import Progress, Target, count_by_file, empty, stage_batch
from sparkify_dwh.staging.fetch import batches
from sparkify_dwh.staging.spool import TINY_BYTES, Spool
from sparkify_dwh.staging.verdict import StagedFile


@dataclass(frozen=True, slots=True)
class Work:
    """The new files of a feed, and where they are to be staged."""

    files: list[StagedFile]  #: their counts, rejects and drift are filled in
    target: Target  #: rows that its table holds are deleted


def stage_feeds(
    connection: Connection,
    work: Sequence[Work],
    *,
    spool: Spool,
    progress: Progress,
    on_cleaned: Callable[[Path], None] | None = None,
) -> None:
    """Stage the files of the feeds, and note the verdict on each of them.

    Args:
        connection: A DuckDB connection outside a transaction; each statement commits.
        work: The feeds with their new files.
        spool: Where local copies can be written.
        progress: Told of each step.
        on_cleaned: Given a file of records, one a line, as long as it exists: what the exact
            reader has accepted of the files that it had to judge.

    Raises:
        SourceChangedError: A file changed or vanished while it was read.
        SourceError: A file cannot be read to its end.
    """
    of_feeds = [list(batches(of_feed.files)) for of_feed in work]
    with Lookahead(itertools.chain(*of_feeds), spool) as ahead:
        for of_feed, its_batches in zip(work, of_feeds, strict=True):
            empty(connection, of_feed.target)
            for batch in its_batches:
                _announce(of_feed.target.feed, batch, progress)
                with ahead.batch() as (room, sorted_files):
                    stage_batch(
                        connection,
                        sorted_files,
                        of_feed.target,
                        room=room,
                        progress=progress,
                        on_cleaned=on_cleaned,
                    )
                    _require_unchanged(batch)
            _require_all_staged(connection, of_feed)


def _announce(feed: Feed, batch: Sequence[StagedFile], progress: Progress) -> None:
    """Tell of what begins now, or has begun while the batch before was scanned."""
    remote = sum(staged.file.path is None for staged in batch)
    if remote:
        progress("fetch objects", remote)
    progress(f"read {feed.name} files", len(batch))


def _require_unchanged(batch: Sequence[StagedFile]) -> None:
    for staged in batch:
        # A tiny file was proven unchanged when it was read, unless it was read again.
        if not (staged.is_exact or staged.file.size > TINY_BYTES):
            continue
        path = staged.file.path
        if path is None or not staged.file.uri.startswith("file:"):
            continue
        try:
            now = fingerprint(os.stat(path))
        except FileNotFoundError:
            raise SourceChangedError(staged.file.name, "vanished") from None
        if now != staged.file.fingerprint:
            raise SourceChangedError(staged.file.name, "changed")


def _require_all_staged(connection: Connection, work: Work) -> None:
    """Prove that the table holds what the verdicts say, file by file."""
    found = count_by_file(connection, work.target)
    for staged in work.files:
        if not staged.is_balanced or found.pop(staged.file_id, 0) != staged.staged:
            raise InvariantError(
                f"{staged.file.name}: {staged.records} records were read, "
                f"{staged.staged} accepted and {staged.rejected} rejected, "
                "but the staging table holds another number"
            )
    if found:
        raise InvariantError(f"{work.target.table.name} holds records of {len(found)} other files")
