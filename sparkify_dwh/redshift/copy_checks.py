"""Checks, before the commit, that COPY has read the objects that the loader has judged."""

from collections.abc import Sequence

import sqlalchemy.exc
from sqlalchemy import Connection, column, func, select, table

from sparkify_dwh.errors import CopyFailedError, SourceChangedError
from sparkify_dwh.feeds.contract import LOG_FEED
from sparkify_dwh.settings import Settings
from sparkify_dwh.sources.s3_prefix import list_prefix
from sparkify_dwh.staging.verdict import StagedFeed

#: Which files a COPY has read: view, its columns of query and file. STL is not there on
#: Serverless; what is written to SYS may take a moment to be seen.
_VIEWS = (
    ("stl_load_commits", "query", "filename"),
    ("sys_load_detail", "query_id", "file_name"),
)
#: The views hold a file's name as CHAR(256).
_NAME_BYTES = 256


class FilesRead:
    """Compares the files that a COPY has read with its list, where the server tells them."""

    def __init__(self) -> None:
        """Begin without knowing which view may be read."""
        self._view: tuple[str, str, str] | None = None

    def find_view(self, connection: Connection) -> None:
        """Find a view that may be read, outside of any transaction: a refusal would abort it."""
        for view in _VIEWS:
            try:
                with connection.begin():
                    connection.execute(select(column(view[1])).select_from(table(view[0])).limit(1))
            except sqlalchemy.exc.DBAPIError:
                if connection.invalidated:
                    raise
                continue
            self._view = view
            return

    def require(self, connection: Connection, uris: Sequence[str], *, target: str) -> None:
        """Prove that the last COPY has read these objects and no others.

        Raises:
            CopyFailedError: It has not.
        """
        if self._view is None:
            return
        name, query, file = self._view
        rows = connection.execute(
            select(func.trim(column(file)))
            .select_from(table(name))
            .where(column(query) == func.pg_last_copy_id())
            .distinct()
        )
        read = {row[0] for row in rows}
        listed = {_cut(uri) for uri in uris}
        if read and read != listed:
            raise CopyFailedError(
                target, f"COPY has read {len(read):,} objects where {len(listed):,} were listed"
            )


def require_unchanged(feeds: Sequence[StagedFeed], settings: Settings) -> None:
    """Prove that the objects are, after COPY, still the versions that were judged before.

    Raises:
        SourceChangedError: One changed or vanished in between.
    """
    for feed in feeds:
        if not feed.files:
            continue
        place = settings.log_data if feed.feed is LOG_FEED else settings.song_data
        now = {file.uri: file.fingerprint for file in list_prefix(place).files}
        for staged in feed.files:
            found = now.get(staged.file.uri)
            if found != staged.file.fingerprint:
                what = "vanished" if found is None else "changed"
                raise SourceChangedError(staged.file.uri, what)


def _cut(uri: str) -> str:
    return uri.encode()[:_NAME_BYTES].decode(errors="ignore").rstrip()
