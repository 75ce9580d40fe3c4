"""Runs a load: lists, stages, publishes, proves, and commits all of it at once."""

import uuid
from collections.abc import Sequence

import sqlalchemy.exc
from sqlalchemy import Connection

from sparkify_dwh.engines.connect import explain, open_engine, parse_url
from sparkify_dwh.engines.stager import Stager, stager_class
from sparkify_dwh.errors import DataRejectedError, LoadInProgressError
from sparkify_dwh.feeds.contract import FEEDS
from sparkify_dwh.load.ledger import new_files
from sparkify_dwh.load.progress import Progress, Stopwatch, silent
from sparkify_dwh.load.publication import Published, count_rows, now, prepared, publish_run
from sparkify_dwh.load.result import LOADED, NOTHING_TO_DO, LoadResult
from sparkify_dwh.load.transaction import commit
from sparkify_dwh.schema import require_head
from sparkify_dwh.settings import Settings
from sparkify_dwh.sources import Listing, list_files
from sparkify_dwh.staging.head_start import HeadStart
from sparkify_dwh.staging.verdict import StagedFeed
from sparkify_dwh.statements.accounting import last_file_id
from sparkify_dwh.statements.publish import STAR


def load(
    settings: Settings | None = None,
    *,
    max_errors: int = 0,
    rebuild: bool = False,
    progress: Progress = silent,
    head_start: HeadStart | None = None,
) -> LoadResult:
    """Load the new files of both feeds into the warehouse.

    Args:
        settings: What to load and where to; by default from the environment.
        max_errors: Records that may be left out; one more fails the load.
        rebuild: Empty star and ledger first, in the same transaction, and load all files.
        progress: Told of each step.
        head_start: What was begun for this load already, by another process.

    Returns:
        What was done; the status says whether there was anything to do.

    Raises:
        SparkifyError: The load failed and nothing has changed. See
            :mod:`sparkify_dwh.errors` for its kinds.
    """
    settings = settings or Settings.resolve()
    url = parse_url(settings)
    stager_of_engine = stager_class(url.get_backend_name())
    stager_of_engine.require(settings)
    engine = open_engine(settings)
    watch = Stopwatch()
    run_id = str(uuid.uuid4())
    try:
        with watch.step("connect"):
            connection = engine.connect()
        with (
            connection,
            stager_of_engine(
                connection, settings, run_id=run_id, max_errors=max_errors, progress=progress
            ) as stager,
        ):
            run = _Run(
                connection,
                stager,
                settings,
                max_errors=max_errors,
                rebuild=rebuild,
                progress=progress,
                watch=watch,
                head_start=head_start or HeadStart(),
            )
            return run.load(run_id)
    except sqlalchemy.exc.DBAPIError as error:
        raise explain(error, url) from None
    finally:
        engine.dispose()


class _Run:
    """One load, once everything that it needs is there."""

    def __init__(
        self,
        connection: Connection,
        stager: Stager,
        settings: Settings,
        *,
        max_errors: int,
        rebuild: bool,
        progress: Progress,
        watch: Stopwatch,
        head_start: HeadStart,
    ) -> None:
        self._connection = connection
        self._stager = stager
        self._settings = settings
        self._max_errors = max_errors
        self._rebuild = rebuild
        self._progress = progress
        self._watch = watch
        self._head_start = head_start
        self._listings: dict[str, Listing] = {}
        self._last_file_id = 0

    def load(self, run_id: str) -> LoadResult:
        """Load what is new and return what was done."""
        started_at = now()
        feeds = self._list()
        if not _has_files(feeds):
            return self._nothing_to_do()
        self._stage(feeds)

        def publish() -> Published | None:
            self._stager.lock(self._connection)
            current = self._look_again(feeds)
            if not _has_files(current):
                return None
            return publish_run(
                self._connection,
                self._stager,
                current,
                run_id=run_id,
                started_at=started_at,
                rebuild=self._rebuild,
                progress=self._progress,
                watch=self._watch,
            )

        done = commit(
            self._connection,
            publish,
            stager=self._stager,
            run_id=run_id,
            progress=self._progress,
            watch=self._watch,
        )
        if done is None:
            return self._nothing_to_do()
        self._stager.committed()
        return self._loaded(run_id, done)

    def _list(self) -> list[StagedFeed]:
        """Return the feeds with the files that the ledger does not know."""
        with self._watch.step("list"):
            with self._connection.begin():
                require_head(self._connection)
            self._progress("list files")
            self._listings = {
                "log": self._listing(self._settings.log_data, "SPARKIFY_LOG_DATA"),
                "song": self._listing(self._settings.song_data, "SPARKIFY_SONG_DATA"),
            }
            try:
                with self._connection.begin():
                    return self._new_files()
            except sqlalchemy.exc.DBAPIError as error:
                # The lock of a load that publishes keeps others from reading the ledger, too.
                raise self._stager.explain(error) or error from None

    def _listing(self, place: str, setting: str) -> Listing:
        listing = self._head_start.listing(place)
        if listing is None or not listing.files:
            return list_files(place, setting=setting)
        return listing

    def _new_files(self) -> list[StagedFeed]:
        self._last_file_id = self._connection.scalar(last_file_id()) or 0
        return new_files(self._connection, self._listings, FEEDS, rebuild=self._rebuild)

    def _look_again(self, feeds: list[StagedFeed]) -> list[StagedFeed]:
        """Return the feeds as they are if no other load was faster, else what it has left.

        File numbers only grow, so the last one tells whether the ledger is as it was. The
        lock is held from here on: looking a third time is never needed.
        """
        if (self._connection.scalar(last_file_id()) or 0) == self._last_file_id:
            return feeds
        if not self._stager.stages_in_transaction:
            raise LoadInProgressError(seconds=0)
        feeds[:] = self._new_files()
        if _has_files(feeds):
            self._stage(feeds)
        return feeds

    def _stage(self, feeds: Sequence[StagedFeed]) -> None:
        if any(len(feed.files) < len(feed.listed) for feed in feeds):
            self._head_start.stop()  # it has begun with files that are known
        publication = prepared(self._stager.expected(feeds), self._connection.dialect)
        with self._watch.step("stage"), publication:
            self._stager.stage(feeds, self._head_start)
        total = sum(feed.rejected for feed in feeds)
        if total > self._max_errors:
            rejects = [reject for feed in feeds for _, reject in feed.rejects]
            raise DataRejectedError(rejects, total=total, allowed=self._max_errors)

    def _loaded(self, run_id: str, done: Published) -> LoadResult:
        feeds = done.feeds
        return LoadResult(
            run_id=run_id,
            status=LOADED,
            files={feed.feed.name: len(feed.files) for feed in feeds},
            rows=done.after,
            inserted=done.inserted,
            duplicates=done.accounts.total_duplicates,
            rejected=sum(feed.rejected for feed in feeds),
            seconds=self._watch.total(),
            read={feed.feed.name: feed.records for feed in feeds},
            staged={feed.feed.name: feed.staged for feed in feeds},
            passed_over=self._passed_over(),
            drifted_files=sum(len(feed.drifted) for feed in feeds),
            conflicting_songs=done.conflicts,
            warnings=tuple(self._stager.notes),
        )

    def _nothing_to_do(self) -> LoadResult:
        with self._connection.begin():
            rows = count_rows(self._connection)
        return LoadResult(
            run_id=None,
            status=NOTHING_TO_DO,
            files=dict.fromkeys(self._listings, 0),
            rows=rows,
            inserted=dict.fromkeys((table.name for table in STAR), 0),
            duplicates=0,
            rejected=0,
            seconds=self._watch.total(),
            passed_over=self._passed_over(),
        )

    def _passed_over(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for listing in self._listings.values():
            for reason, number in listing.passed_over.items():
                counts[reason] = counts.get(reason, 0) + number
        return counts


def _has_files(feeds: Sequence[StagedFeed]) -> bool:
    return any(feed.files for feed in feeds)
