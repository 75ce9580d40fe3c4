"""COPY by prefix, where no manifest can be written: everything below it is read again.

The star does not change by that: natural keys decide what is new. But COPY takes objects as
they lie there, so every one of them has to be plain, sound and of one compression; and rows of
the ledger go in by INSERT, a thousand to a statement.
"""

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from sparkify_dwh import tables
from sparkify_dwh.errors import SourceError
from sparkify_dwh.feeds.contract import LOG_FEED, Feed
from sparkify_dwh.redshift.copy import Copy
from sparkify_dwh.redshift.copy_source import CopyJob
from sparkify_dwh.settings import Settings
from sparkify_dwh.staging.verdict import StagedFeed

#: Rows of one INSERT into the ledger.
ROWS_AT_ONCE = 1000
_ADVICE = "Set SPARKIFY_MANIFEST_PREFIX=s3://bucket/prefix/, where the loader may write."
#: What is passed over, and does no harm to COPY either.
_HARMLESS = "empty file"


class PrefixSource:
    """Has COPY read all that lies below the prefix of a feed."""

    is_exact = False

    def __init__(self, settings: Settings) -> None:
        """Take the prefixes from the settings."""
        self.notes: list[str] = []
        self._settings = settings
        self._cleaned: set[str] = set()
        self._gzip: dict[str, bool] = {}

    def keep_cleaned(self, feed: Feed, path: Path) -> None:
        """Note that the feed has files that COPY must not read as they are."""
        del path
        self._cleaned.add(feed.name)

    def lay_ready(self, feeds: Sequence[StagedFeed]) -> None:
        """Check that COPY would read what the loader has read.

        Raises:
            SourceError: It would not; the message says why, and asks for a manifest.
        """
        for feed in feeds:
            if not feed.files:
                continue
            judged = next((file for file in feed.files if file.is_exact or file.rejected), None)
            if judged is not None:
                raise _needs_manifest(f"{judged.file.uri} cannot be read by COPY as it is")
            others = {why for why in feed.passed_over if why != _HARMLESS}
            if others:
                raise _needs_manifest(
                    f"{self._place(feed.feed)} holds other objects ({', '.join(sorted(others))}), "
                    "and COPY by prefix would read them"
                )
            self._gzip[feed.feed.name] = _compression(feed, self._place(feed.feed))
        self._cleaned.clear()

    def jobs(self, connection: Connection, feed: StagedFeed, target: Table) -> list[CopyJob]:
        """Return the one COPY of the feed, with the records of known files on top."""
        if not feed.files:
            return []
        name = feed.feed.name
        is_log = feed.feed is LOG_FEED
        jsonpaths = self._settings.log_jsonpaths if is_log else None
        statement = Copy(
            target,
            [field.column for field in feed.feed.fields],
            source_uri=self._place(feed.feed),
            iam_role=self._settings.iam_role,
            region=self._settings.aws_region,
            # The song feed's keys are the columns' names; the log feed's are not.
            jsonpaths=jsonpaths or "auto",
            gzip=self._gzip[name],
        )
        known = _known_records(connection, feed)
        note = (
            f"{name}: without SPARKIFY_MANIFEST_PREFIX everything below {self._place(feed.feed)} "
            f"was read, {len(feed.listed) - len(feed.files):,} known files among it"
        )
        if note not in self.notes:  # a second attempt says the same
            self.notes.append(note)
        return [CopyJob(statement, feed.records + known, None)]

    def land(self, connection: Connection, target: Table, rows: Iterable[dict[str, Any]]) -> None:
        """Insert the rows, a thousand to a statement."""
        remaining = iter(rows)
        while chunk := list(itertools.islice(remaining, ROWS_AT_ONCE)):
            connection.execute(insert(target).values(chunk))

    def remove(self) -> None:
        """Do nothing: nothing was written."""

    def _place(self, feed: Feed) -> str:
        data = self._settings.log_data if feed is LOG_FEED else self._settings.song_data
        return f"{data.rstrip('/')}/"


def _compression(feed: StagedFeed, place: str) -> bool:
    """Return whether all objects are compressed; known ones are told by their names."""
    new = {file.file.uri: file.is_gzip for file in feed.files}
    kinds = {new.get(file.uri, file.uri.lower().endswith(".gz")) for file in feed.listed}
    if len(kinds) > 1:
        raise _needs_manifest(
            f"{place} holds plain and compressed objects, and one COPY reads one kind"
        )
    return kinds.pop()


def _known_records(connection: Connection, feed: StagedFeed) -> int:
    """Return how many records the known files that COPY reads again have given.

    Raises:
        SourceError: One of them has rejects, which only a manifest can leave out.
    """
    new = {file.file.uri for file in feed.files}
    listed = {(file.uri, file.fingerprint) for file in feed.listed if file.uri not in new}
    files = tables.load_files
    rows = connection.execute(
        select(
            files.c.uri, files.c.fingerprint, files.c.records_staged, files.c.records_rejected
        ).where(files.c.feed == feed.feed.name)
    )
    known = 0
    for uri, fingerprint, staged, rejected in rows:
        if (uri, fingerprint) in listed:
            known += staged
            if rejected:
                raise _needs_manifest(f"{uri} was loaded without {rejected:,} rejected records")
    return known


def _needs_manifest(cause: str) -> SourceError:
    return SourceError(cause, advice=_ADVICE)
