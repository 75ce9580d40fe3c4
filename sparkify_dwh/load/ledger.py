"""The ledger: which files are new, and the rows that a committed load leaves in it."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from sparkify_dwh import __version__, tables
from sparkify_dwh.errors import InvariantError
from sparkify_dwh.feeds.contract import Feed
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
    return insert(tables.load_runs).values(
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


#: Files of a portion: few enough for a line of JSON that DuckDB takes, however long their names.
_PORTION = 500
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
    """The rows of load_files: as mappings of columns, or in portions of them."""

    #: The columns of which a portion has a list: a value for each of its rows.
    LISTED = ("file_id", "uri", "size_bytes", "fingerprint")

    def __init__(self, run_id: str, accounts: FileAccounts) -> None:
        """Make no row yet."""
        self._run_id = run_id
        self._accounts = accounts

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the rows."""
        for portion in self.portions():
            for values in zip(*(portion[name] for name in self.LISTED), strict=True):
                yield portion | dict(zip(self.LISTED, values, strict=True))

    def portions(self) -> Iterator[dict[str, Any]]:
        """Yield files that follow each other and have the same counts: most tiny ones have.

        What they have in common is said once, which takes half of the time of writing and
        reading a row for each.
        """
        for feed in self._accounts.feeds:
            counts_of = self._counts_of_plays if feed.feed.has_plays else self._counts
            of_feed: dict[str, Any] = {"run_id": self._run_id, "feed": feed.feed.name}
            for counts, same in groupby(feed.files, counts_of):
                common = of_feed | dict(zip(_COUNTS, counts, strict=True))
                while files := [*islice(same, _PORTION)]:
                    yield common | {
                        "file_id": [staged.file_id for staged in files],
                        "uri": [staged.file.uri for staged in files],
                        "size_bytes": [staged.file.size for staged in files],
                        "fingerprint": [staged.file.fingerprint for staged in files],
                    }

    def _counts(self, file: StagedFile) -> tuple[int, ...]:
        return file.records, file.staged, file.rejected, 0, 0, 0, len(file.unknown_keys)

    def _counts_of_plays(self, file: StagedFile) -> tuple[int, ...]:
        duplicates = self._accounts.duplicates(file)
        plays = (file.plays - duplicates, duplicates, file.staged - file.plays)
        return file.records, file.staged, file.rejected, *plays, len(file.unknown_keys)


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
                "column_name": _cut(reject.key, tables.load_rejects.c.column_name),
                "detail": _cut(reject.detail, tables.load_rejects.c.detail),
                "raw_text": reject.raw,
            }


def _cut(value: str | None, column: Any) -> str | None:
    """Cut a message, never data, to the bytes of its column."""
    if value is None:
        return None
    return value.encode()[: column.type.length].decode(errors="ignore")


def write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> bool:
    """Write rows, or portions of them, as NDJSON; return whether there are any."""
    with path.open("w", encoding="ascii") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
        return file.tell() > 0


#: The tables that are filled in bulk, with the rows that a load leaves there.
LEDGER_TABLES = (tables.load_files, tables.load_rejects)
