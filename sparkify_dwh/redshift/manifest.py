"""COPY by manifest: a list of exactly the new objects, written for each run.

Below SPARKIFY_MANIFEST_PREFIX a run has a folder of its own, named by its id. It holds a
manifest for each feed and compression, the JSONPaths made from the contract, the records
that the exact reader has cleaned, and the rows of the ledger. All of it is removed when the
run ends, however it ends.
"""

import gzip
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Table, func, select

from sparkify_dwh.errors import CopyFailedError
from sparkify_dwh.feeds.contract import LOG_FEED, Feed
from sparkify_dwh.redshift.copy import Copy
from sparkify_dwh.redshift.copy_source import CopyJob, json_line
from sparkify_dwh.settings import Settings
from sparkify_dwh.sources.object_store import delete_objects, put_object
from sparkify_dwh.staging.spool import Spool
from sparkify_dwh.staging.verdict import StagedFeed

#: Runs a COPY and turns its failure into ours.
RunCopy = Callable[[Copy], None]


class _Listed(NamedTuple):
    """A manifest that was written."""

    manifest: str
    is_gzip: bool
    records: int  #: in all of its objects
    uris: tuple[str, ...]


class ManifestSource:
    """Lists the new objects for COPY, and publishes what had to be cleaned beside the list."""

    is_exact = True

    def __init__(self, settings: Settings, *, run_id: str, spool: Spool, run: RunCopy) -> None:
        """Take the prefix from the settings; nothing is written yet."""
        assert settings.manifest_prefix is not None
        self.notes: list[str] = []
        self._settings = settings
        self._folder = f"{settings.manifest_prefix.rstrip('/')}/{run_id}/"
        self._spool = spool
        self._run = run
        self._written: list[str] = []
        self._cleaned: dict[str, list[str]] = {}
        self._manifests: dict[str, list[_Listed]] = {}
        self._jsonpaths: dict[str, str] = {}

    def keep_cleaned(self, feed: Feed, path: Path) -> None:
        """Publish the records, compressed, to be listed instead of the files they are from.

        The lines hold the numbers of file and record besides; COPY reads by JSONPaths and
        passes over them.
        """
        packed = self._spool.new_path("cleaned")
        with self._spool.writing(), path.open("rb") as plain, gzip.open(packed, "wb", 1) as target:
            shutil.copyfileobj(plain, target)
        uri = self._put(f"{feed.name}-cleaned.json.gz", packed)
        packed.unlink()
        self._cleaned.setdefault(feed.name, []).append(uri)

    def lay_ready(self, feeds: Sequence[StagedFeed]) -> None:
        """Write the manifests and JSONPaths of the feeds."""
        for feed in feeds:
            self._manifests[feed.feed.name] = list(self._list(feed))
        # A second call, after another load was faster, begins with none.
        self._cleaned.clear()

    def jobs(self, connection: Connection, feed: StagedFeed, target: Table) -> list[CopyJob]:
        """Return one COPY for each manifest of the feed."""
        del connection
        columns = [field.column for field in feed.feed.fields]
        return [
            CopyJob(
                self._copy(
                    target,
                    columns,
                    source_uri=listed.manifest,
                    gzip=listed.is_gzip,
                    jsonpaths=self._jsonpaths[feed.feed.name],
                ),
                listed.records,
                listed.uris,
            )
            for listed in self._manifests[feed.feed.name]
        ]

    def land(self, connection: Connection, target: Table, rows: Iterable[dict[str, Any]]) -> None:
        """Land the rows by one COPY of an object whose keys are the columns."""
        path = self._spool.new_path(target.name)
        count = 0
        with self._spool.writing(), gzip.open(path, "wt", 1, encoding="utf-8") as packed:
            for count, row in enumerate(rows, start=1):  # noqa: B007 - counted
                packed.write(json_line(row))
        if not count:
            return
        uri = self._put(f"{target.name}.json.gz", path)
        manifest = self._put_manifest(f"{target.name}.manifest", [uri])
        columns = [column.name for column in target.c]
        self._run(self._copy(target, columns, source_uri=manifest, gzip=True, jsonpaths="auto"))
        landed = connection.scalar(select(func.pg_last_copy_count()))
        if landed != count:
            raise CopyFailedError(target.name, f"{landed} rows were read of {count}")

    def remove(self) -> None:
        """Delete every object that was written."""
        written, self._written = self._written, []
        if written:
            delete_objects(written)

    def _list(self, feed: StagedFeed) -> Iterator[_Listed]:
        """Write the feed's manifests and tell what each of them lists."""
        name = feed.feed.name
        as_they_lie = [file for file in feed.files if file.staged and not file.is_exact]
        cleaned = sum(file.staged for file in feed.files if file.is_exact)
        for is_gzip in (False, True):
            files = [file for file in as_they_lie if file.is_gzip == is_gzip]
            uris = [file.file.uri for file in files]
            records = sum(file.staged for file in files)
            if is_gzip:
                uris += self._cleaned.get(name, [])
                records += cleaned
            if uris:
                kind = "gzip" if is_gzip else "plain"
                manifest = self._put_manifest(f"{name}-{kind}.manifest", uris)
                yield _Listed(manifest, is_gzip, records, tuple(uris))
        if feed.staged and name not in self._jsonpaths:
            own = self._settings.log_jsonpaths if feed.feed is LOG_FEED else None
            document = json.dumps(feed.feed.jsonpaths()).encode()
            self._jsonpaths[name] = own or self._put(f"{name}-jsonpaths.json", document)

    def _put_manifest(self, name: str, uris: Sequence[str]) -> str:
        # Without `mandatory` COPY passes over a missing object in silence.
        entries = [{"url": uri, "mandatory": True} for uri in uris]
        return self._put(name, json.dumps({"entries": entries}, ensure_ascii=False).encode())

    def _put(self, name: str, content: bytes | Path) -> str:
        # Noted before it is written: a failed upload may have arrived all the same.
        uri = f"{self._folder}{len(self._written) + 1:02d}-{name}"
        self._written.append(uri)
        put_object(uri, content)
        return uri

    def _copy(self, target: Table, columns: Sequence[str | Column[Any]], **options: Any) -> Copy:
        return Copy(
            target,
            columns,
            iam_role=self._settings.iam_role,
            region=self._settings.aws_region,
            manifest=True,
            **options,
        )
