"""The ledger: which files are new, and the rows that a committed load leaves in it."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from json.encoder import encode_basestring_ascii as _text
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from sparkify_dwh import __version__
from sparkify_dwh.errors import InvariantError
from sparkify_dwh.feeds.contract import Feed
from sparkify_dwh.models import LoadFile, LoadReject, LoadRun, table_of
from sparkify_dwh.sources import Listing, SourceFile
from sparkify_dwh.staging.verdict import StagedFeed, StagedFile
from sparkify_dwh.statements.accounting import known_files, last_file_id


def new_files(
    connection: Connection, listings: dict[str, Listing], feeds: Sequence[Feed], *, rebuild: bool
) -> list[StagedFeed]:
    """Return the files of each feed that the ledger does not know, numbered.

    A version of a file that was loaded before is known, whenever that was. A rebuild knows
    nothing.
    """
    known = set() if rebuild else set(map(tuple, connection.execute(known_files())))
    file_id = connection.scalar(last_file_id()) or 0
    staged_feeds = []
    for feed in feeds:
        listing = listings[feed.name]
        fresh: Sequence[SourceFile] = listing.files
        if known:
            fresh = [file for file in fresh if (feed.name, file.uri, file.fingerprint) not in known]
        files = [StagedFile(file, file_id + number) for number, file in enumerate(fresh, start=1)]
        file_id += len(files)
        staged_feeds.append(StagedFeed(feed, files, listing.passed_over, listing.files))
    return staged_feeds


class FileAccounts:
    """What became of the plays of each file; proves that the sums come out."""

    def __init__(self, feeds: Sequence[StagedFeed]) -> None:
        """Begin with every play inserted, before duplicates are known."""
        self.feeds = feeds
        self._duplicates: dict[int, int] = {}

    def settle(
        self, contested: Iterable[tuple[int, int]], credited: Iterable[tuple[int, int]]
    ) -> None:
        """Take each file's contested play records, and those that were new after all."""
        self._duplicates = dict(contested)
        for file_id, plays in credited:
            self._duplicates[file_id] -= plays

    def duplicates(self, file: StagedFile) -> int:
        """Return the play records of the file that were there already."""
        return self._duplicates.get(file.file_id, 0)

    def inserted(self, file: StagedFile) -> int:
        """Return the plays that the fact has from this file."""
        return file.plays - self.duplicates(file)

    @property
    def total_inserted(self) -> int:
        """Plays that the load has inserted, by the accounts of the files."""
        plays = sum(file.plays for feed in self.feeds for file in feed.files)
        return plays - self.total_duplicates

    @property
    def total_duplicates(self) -> int:
        """Play records that were there already."""
        return sum(self._duplicates.values())

    def require(self, *, plays_inserted: int) -> None:
        """Prove that the accounts of the files agree with the fact table.

        Raises:
            InvariantError: They do not.
        """
        if plays_inserted != self.total_inserted:
            raise InvariantError(
                f"songplays has {plays_inserted:,} new rows, "
                f"but the files account for {self.total_inserted:,}"
            )
        for feed in self.feeds:
            for file in feed.files:
                if not file.is_balanced or self.inserted(file) < 0:
                    raise InvariantError(f"the accounts of {file.file.name} do not come out")


def run_row(
    run_id: str,
    accounts: FileAccounts,
    *,
    started_at: dt.datetime,
    finished_at: dt.datetime,
    mode: str,
) -> Any:
    """Return the INSERT of the run into load_runs."""
    by_name = {feed.feed.name: feed for feed in accounts.feeds}
    return insert(LoadRun).values(
        run_id=run_id,
        started_at=started_at,
        finished_at=finished_at,
        version=__version__,
        mode=mode,
        log_files=len(by_name["log"].files),
        song_files=len(by_name["song"].files),
        records_read=sum(feed.records for feed in accounts.feeds),
        records_staged=sum(feed.staged for feed in accounts.feeds),
        records_rejected=sum(feed.rejected for feed in accounts.feeds),
        plays_inserted=accounts.total_inserted,
        plays_duplicate=accounts.total_duplicates,
    )


_COUNTS = (
    "records_read",
    "records_staged",
    "records_rejected",
    "plays_inserted",
    "plays_duplicate",
    "not_plays",
    "unknown_keys",
)


class FileRows:
    """The rows of load_files: as mappings of columns, or written as JSON, one a line."""

    def __init__(self, run_id: str, accounts: FileAccounts) -> None:
        """Make no row yet."""
        self._run_id = run_id
        self._accounts = accounts

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the rows."""
        return map(json.loads, self.lines())

    def lines(self) -> Iterator[str]:
        """Yield the rows as JSON texts, each in a quarter of the time that an encoder takes."""
        for feed in self._accounts.feeds:
            has_plays = feed.feed.has_plays
            of_run = f'"run_id": {_text(self._run_id)}, "feed": {_text(feed.feed.name)}'
            # Most files of a feed of tiny ones have the same counts.
            written: dict[tuple[int, ...], str] = {}
            for file in feed.files:
                duplicates = self._accounts.duplicates(file)
                counts = (
                    file.records,
                    file.staged,
                    file.rejected,
                    file.plays - duplicates,
                    duplicates,
                    file.staged - file.plays if has_plays else 0,
                    len(file.unknown_keys),
                )
                if counts not in written:
                    written[counts] = json.dumps(dict(zip(_COUNTS, counts, strict=True)))[1:]
                yield (
                    f'{{"file_id": {file.file_id}, {of_run}, "uri": {_text(file.file.uri)}, '
                    f'"size_bytes": {file.file.size}, '
                    f'"fingerprint": {_text(file.file.fingerprint)}, {written[counts]}\n'
                )


def reject_rows(run_id: str, feeds: Sequence[StagedFeed]) -> Iterable[dict[str, Any]]:
    """Yield the rows of load_rejects."""
    number = 0
    for feed in feeds:
        for file, reject in feed.rejects:
            number += 1
            yield {
                "run_id": run_id,
                "reject_number": number,
                "file_id": file.file_id,
                "uri": file.file.uri,
                "line_number": reject.line,
                "reason": reject.reason.value,
                "column_name": _cut(reject.key, table_of(LoadReject).c.column_name),
                "detail": _cut(reject.detail, table_of(LoadReject).c.detail),
                "raw_text": reject.raw,
            }


def _cut(value: str | None, column: Any) -> str | None:
    """Cut a message, never data, to the bytes of its column."""
    if value is None:
        return None
    return value.encode()[: column.type.length].decode(errors="ignore")


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> bool:
    """Write rows as NDJSON for a bulk insert; return whether there are any."""
    lines = rows.lines() if isinstance(rows, FileRows) else (json.dumps(row) + "\n" for row in rows)
    with path.open("w", encoding="ascii") as file:
        file.writelines(lines)
        return file.tell() > 0


#: The tables that are filled in bulk, with the rows that a load leaves there.
LEDGER_TABLES = (table_of(LoadFile), table_of(LoadReject))
