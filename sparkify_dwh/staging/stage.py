"""Stages the new files of the feeds, batch by batch, and proves that none of them is amiss."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection

from sparkify_dwh.errors import InvariantError, SourceChangedError
from sparkify_dwh.feeds.contract import Feed
from sparkify_dwh.sources.folder_walk import fingerprint
from sparkify_dwh.staging.ahead import Lookahead
from sparkify_dwh.staging.bulk import Progress, Target, count_by_file, empty, stage_batch
from sparkify_dwh.staging.fetch import batches
from sparkify_dwh.staging.head_start import HeadStart
from sparkify_dwh.staging.spool import Spool
from sparkify_dwh.staging.tiny import TINY_BYTES
from sparkify_dwh.staging.verdict import StagedFile


def stage_feeds(
    connection: Connection,
    files: Mapping[Target, list[StagedFile]],
    *,
    spool: Spool,
    progress: Progress,
    head_start: HeadStart | None = None,
    on_cleaned: Callable[[Path], None] | None = None,
) -> None:
    """Stage the files of the feeds, and note the verdict on each of them.

    Args:
        connection: A DuckDB connection outside a transaction; each statement commits.
        files: The new files of each feed, by where they are staged. Their counts, rejects and drift
            are filled in; rows that the tables hold are deleted.
        spool: Where local copies can be written.
        progress: Told of each step.
        head_start: What was begun already: it may have looked at lines, and joined files.
        on_cleaned: Given a file of records, one a line, as long as it exists: what the exact
            reader has accepted of the files that it had to judge.

    Raises:
        SourceChangedError: A file changed or vanished while it was read.
        SourceError: A file cannot be read to its end.
    """
    for target in files:
        empty(connection, target)
    in_order = [(target, batch) for target in files for batch in batches(files[target])]
    head_start = head_start or HeadStart()  # which has begun with nothing
    with Lookahead([batch for _, batch in in_order], spool, head_start) as ahead:
        for target, batch in in_order:
            _announce(target.feed, batch, progress)
            with ahead.batch() as (room, sorted_files):
                stage_batch(
                    connection,
                    sorted_files,
                    target,
                    room=room,
                    progress=progress,
                    look=head_start.odd_files,
                    on_cleaned=on_cleaned,
                )
                _require_unchanged(batch)
    for target, staged in files.items():
        _require_all_staged(connection, target, staged)


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


def _require_all_staged(
    connection: Connection, target: Target, files: Sequence[StagedFile]
) -> None:
    """Prove that the table holds what the verdicts say, file by file."""
    found = count_by_file(connection, target)
    for staged in files:
        if not staged.is_balanced or found.pop(staged.file_id, 0) != staged.staged:
            raise InvariantError(
                f"{staged.file.name}: {staged.records} records were read, "
                f"{staged.staged} accepted and {staged.rejected} rejected, "
                "but the staging table holds another number"
            )
    if found:
        raise InvariantError(f"{target.table.name} holds records of {len(found)} other files")
