"""Runs a load: lists, stages, publishes, proves, and commits all of it at once."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy.exc
from sqlalchemy import Connection, Table, func, select

from sparkify_dwh.engines.connect import REDSHIFT, explain, open_engine, parse_url
from sparkify_dwh.engines.duckdb_stager import DuckDBStager
from sparkify_dwh.errors import ConfigurationError, DataRejectedError
from sparkify_dwh.feeds.contract import FEEDS
from sparkify_dwh.load.ledger import FileAccounts, file_rows, new_files, reject_rows, run_row
from sparkify_dwh.load.progress import Progress, Stopwatch, silent
from sparkify_dwh.load.proving import prove
from sparkify_dwh.load.result import LOADED, NOTHING_TO_DO, LoadResult
from sparkify_dwh.models import LoadFile, LoadReject, StagingEvent, StagingSong, table_of
from sparkify_dwh.schema import require_head
from sparkify_dwh.settings import Settings
from sparkify_dwh.sources import Listing, is_s3, list_files
from sparkify_dwh.staging.verdict import StagedFeed
from sparkify_dwh.statements.accounting import contested_by_file, credited_by_file
from sparkify_dwh.statements.catalogue import conflicting_songs
from sparkify_dwh.statements.fact import contested_table
from sparkify_dwh.statements.publish import STAR, Staged, drop_scratch, empty_warehouse, publish

#: The tables whose rows the result counts.
COUNTED: tuple[Table, ...] = tuple(table_of(model) for model in (StagingEvent, StagingSong, *STAR))


def load(
    settings: Settings | None = None,
    *,
    max_errors: int = 0,
    rebuild: bool = False,
    progress: Progress = silent,
) -> LoadResult:
    """Load the new files of both feeds into the warehouse.

    Args:
        settings: What to load and where to; by default from the environment.
        max_errors: Records that may be left out; one more fails the load.
        rebuild: Empty star and ledger first, in the same transaction, and load all files.
        progress: Told of each step.

    Returns:
        What was done; the status says whether there was anything to do.

    Raises:
        SparkifyError: The load failed and nothing has changed. See
            :mod:`sparkify_dwh.errors` for its kinds.
    """
    settings = settings or Settings.resolve()
    url = parse_url(settings)
    if url.get_backend_name() == REDSHIFT:
        _require_s3(settings)
    engine = open_engine(settings)
    watch = Stopwatch()
    try:
        with watch.step("connect"):
            connection = engine.connect()
        with connection:
            return _load(
                connection,
                settings,
                max_errors=max_errors,
                rebuild=rebuild,
                progress=progress,
                watch=watch,
            )
    except sqlalchemy.exc.DBAPIError as error:
        raise explain(error, url) from None
    finally:
        engine.dispose()


def _require_s3(settings: Settings) -> None:
    for setting, location in (
        ("SPARKIFY_LOG_DATA", settings.log_data),
        ("SPARKIFY_SONG_DATA", settings.song_data),
    ):
        if not is_s3(location):
            raise ConfigurationError(
                f"{setting} is the local folder {location}, but Redshift's COPY reads S3 only",
                advice=f"Set {setting} to s3://bucket/prefix/, or load into a DuckDB file.",
            )


def _load(
    connection: Connection,
    settings: Settings,
    *,
    max_errors: int,
    rebuild: bool,
    progress: Progress,
    watch: Stopwatch,
) -> LoadResult:
    started_at = _now()
    with watch.step("list"):
        with connection.begin():
            require_head(connection)
        progress("list files")
        listings = {
            "log": list_files(settings.log_data, setting="SPARKIFY_LOG_DATA"),
            "song": list_files(settings.song_data, setting="SPARKIFY_SONG_DATA"),
        }
        with connection.begin():
            feeds = new_files(connection, listings, FEEDS, rebuild=rebuild)
    if not any(feed.files for feed in feeds):
        return _nothing_to_do(connection, listings, watch)
    with DuckDBStager(
        connection, keep=settings.keep_staging, max_errors=max_errors, progress=progress
    ) as stager:
        with watch.step("stage"):
            stager.stage(feeds)
        _require_few_rejects(feeds, allowed=max_errors)
        accounts = FileAccounts(feeds)
        run_id = str(uuid.uuid4())
        with connection.begin():
            before, conflicts = _publish(
                connection,
                stager.staged(feeds),
                accounts,
                rebuild=rebuild,
                progress=progress,
                watch=watch,
            )
            with watch.step("ledger"):
                mode = "rebuild" if rebuild else "incremental"
                connection.execute(
                    run_row(run_id, accounts, started_at=started_at, finished_at=_now(), mode=mode)
                )
                stager.land(table_of(LoadFile), file_rows(run_id, accounts))
                stager.land(table_of(LoadReject), reject_rows(run_id, feeds))
                stager.leave_staging(connection)
            after = _count_rows(connection)
            progress("commit")
            began_commit = watch.step("commit")
            began_commit.__enter__()
        began_commit.__exit__(None, None, None)
    return LoadResult(
        run_id=run_id,
        status=LOADED,
        files={feed.feed.name: len(feed.files) for feed in feeds},
        rows=after,
        inserted={name: after[name] - before[name] for name in before},
        duplicates=accounts.total_duplicates,
        rejected=sum(feed.rejected for feed in feeds),
        seconds=watch.total(),
        read={feed.feed.name: feed.records for feed in feeds},
        staged={feed.feed.name: feed.staged for feed in feeds},
        passed_over=_passed_over(listings),
        drifted_files=sum(len(feed.drifted) for feed in feeds),
        conflicting_songs=conflicts,
    )


def _publish(
    connection: Connection,
    staged: Staged,
    accounts: FileAccounts,
    *,
    rebuild: bool,
    progress: Progress,
    watch: Stopwatch,
) -> tuple[dict[str, int], int]:
    """Publish what is staged; return the star's rows before, and conflicting songs."""
    conflicts = 0
    with watch.step("publish"):
        if rebuild:
            for step in empty_warehouse():
                progress(step.name)
                connection.execute(step.statement)
        before = _count_rows(connection, STAR)
        for step in publish(staged):
            progress(step.name)
            connection.execute(step.statement)
    with watch.step("prove"):
        progress("prove keys, references and sums")
        if staged.events is not None:
            contested = contested_table(staged.events)
            accounts.settle(
                [tuple(row) for row in connection.execute(contested_by_file(contested))],
                [tuple(row) for row in connection.execute(credited_by_file(contested))],
            )
        if staged.songs is not None:
            conflicts = connection.scalar(conflicting_songs(staged.songs)) or 0
        prove(connection, staged)
        plays = _count_rows(connection, STAR)["songplays"] - before["songplays"]
        accounts.require(plays_inserted=plays)
        for step in drop_scratch(staged):
            connection.execute(step.statement)
    return before, conflicts


def _nothing_to_do(
    connection: Connection, listings: dict[str, Listing], watch: Stopwatch
) -> LoadResult:
    with connection.begin():
        rows = _count_rows(connection)
    return LoadResult(
        run_id=None,
        status=NOTHING_TO_DO,
        files=dict.fromkeys(listings, 0),
        rows=rows,
        inserted=dict.fromkeys((table_of(model).name for model in STAR), 0),
        duplicates=0,
        rejected=0,
        seconds=watch.total(),
        passed_over=_passed_over(listings),
    )


def _require_few_rejects(feeds: Sequence[StagedFeed], *, allowed: int) -> None:
    total = sum(feed.rejected for feed in feeds)
    if total > allowed:
        rejects = [reject for feed in feeds for _, reject in feed.rejects]
        raise DataRejectedError(rejects, total=total, allowed=allowed)


def _count_rows(connection: Connection, models: Sequence[Any] | None = None) -> dict[str, int]:
    tables = COUNTED if models is None else [table_of(model) for model in models]
    counts = {
        table.name: select(func.count()).select_from(table).scalar_subquery() for table in tables
    }
    row = connection.execute(select(*(count.label(name) for name, count in counts.items()))).one()
    return dict(row._mapping)


def _passed_over(listings: dict[str, Listing]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for listing in listings.values():
        for reason, number in listing.passed_over.items():
            counts[reason] = counts.get(reason, 0) + number
    return counts


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
