"""Writes a load as a script: every statement in order, with no connection and no secret.

The script shows the load of everything the source holds into an empty ledger, where plays are
contested and tracks get new songs: a load leaves out what there is nothing to do for. What only a
running load can know stands as a comment.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import Executable, delete, func, insert, literal, select, text
from sqlalchemy.engine import Dialect

from sparkify_dwh import __version__, tables
from sparkify_dwh.engines.connect import REDSHIFT, parse_url
from sparkify_dwh.errors import ConfigurationError
from sparkify_dwh.feeds.contract import FEEDS, LOG_FEED, SONG_FEED, Feed
from sparkify_dwh.load.proving import load_proofs
from sparkify_dwh.load.publication import STAGING_TABLES
from sparkify_dwh.settings import Settings
from sparkify_dwh.sources import is_s3, list_files
from sparkify_dwh.statements.accounting import (
    contested_by_file,
    contested_keys,
    credited_by_file,
    known_files,
    last_file_id,
    row_counts,
    staged_by_files,
)
from sparkify_dwh.statements.catalogue import conflicting_songs
from sparkify_dwh.statements.digest import digest
from sparkify_dwh.statements.fact import any_kept_play, contested_table
from sparkify_dwh.statements.moments import count_moments, moments_of
from sparkify_dwh.statements.publish import STAR, empty_warehouse, publish
from sparkify_dwh.statements.scan import ScanPart, probe, stage
from sparkify_dwh.statements.staged import Staged, play_window
from sparkify_dwh.statements.step import Step, in_full
from sparkify_dwh.statements.stored_texts import doubtful_texts

#: Stands for the random id of a run.
RUN_ID = "00000000-0000-0000-0000-000000000000"
#: Stands for the bucket where none is set: the shipped sample lies in a local folder.
EXAMPLE_BUCKET = "s3://example-bucket"


def script(settings: Settings, *, max_errors: int = 0, rebuild: bool = False) -> Iterator[str]:
    """Yield the lines of the script, for the engine of the settings' URL.

    Raises:
        ConfigurationError: A setting does not make sense, such as a local folder for
            Redshift.
        SourceError: A local source cannot be listed.
    """
    dialect = _dialect(settings)
    on_redshift = dialect.name == REDSHIFT
    yield f"-- sparkify_dwh {__version__}: a load on {dialect.name}, as SQL."
    yield f"-- Up to {max_errors} rejected records are left out. No connection was made."
    if settings.schema_name is not None:
        schema = settings.schema_name
        yield f"SET search_path TO {schema};" if on_redshift else f"SET search_path = '{schema}';"
    for question in (
        Step("load_files: the last number", last_file_id()),
        Step("load_files: which files are known", known_files()),
    ):
        yield from _lines(dialect, question)
    stage_steps = _copy_steps(settings) if on_redshift else _scan_steps(settings)
    if on_redshift:
        yield from _transaction(dialect, [*stage_steps, *_publish_steps(dialect, rebuild=rebuild)])
    else:
        yield "-- Staging is scratch: it is committed ahead of the publishing transaction."
        for step in stage_steps:
            yield from _lines(dialect, step)
        yield from _transaction(dialect, list(_publish_steps(dialect, rebuild=rebuild)))


def _dialect(settings: Settings) -> Dialect:
    """Return the dialect of the URL, such that a percent sign comes out as one."""
    url = parse_url(settings)
    if url.get_backend_name() == REDSHIFT:
        from sparkify_dwh.redshift import register

        register()
    dialect: Any = url.get_dialect()
    return cast("Dialect", dialect(paramstyle="named"))


def _transaction(dialect: Dialect, steps: list[Step]) -> Iterator[str]:
    yield ""
    yield "BEGIN;"
    if dialect.name == REDSHIFT:
        yield from _lines(
            dialect,
            Step("one writer: the next load waits here", text("LOCK TABLE load_files")),
        )
    yield from _lines(dialect, Step("load_files: was another load faster", last_file_id()))
    for step in steps:
        yield from _lines(dialect, step)
    yield ""
    yield "-- load_files and load_rejects: one row per file and reject, in bulk."
    yield from _lines(dialect, Step("count rows for the result", row_counts(STAGING_TABLES)))
    yield "COMMIT;"


def _lines(dialect: Dialect, step: Step) -> Iterator[str]:
    yield ""
    yield f"-- {step.name}"
    yield in_full(step.statement, dialect) + ";"


def _scan_steps(settings: Settings) -> Iterator[Step]:
    """Yield the staging on DuckDB, every file read where it lies.

    It is that of files with other keys than the feed's: where there are none, a load does
    without the probe, but needs a prototype, which exists only while it runs. And it is that of
    plays that do not follow each other in time: where they do, a load does not group them.
    """
    last = 0
    for feed, place, setting in (
        (LOG_FEED, settings.log_data, "SPARKIFY_LOG_DATA"),
        (SONG_FEED, settings.song_data, "SPARKIFY_SONG_DATA"),
    ):
        files = list_files(place, setting=setting).files
        numbers = tuple(range(last + 1, last + 1 + len(files)))
        last += len(files)
        paths = tuple(file.path or file.uri for file in files)
        part = ScanPart(paths, numbers)
        yield Step(f"{feed.table.name}: delete what an earlier load left", delete(feed.table))
        yield Step(f"{feed.name} files: count records, find doubtful ones", probe(feed, part))
        # A file that is compressed, tiny or in doubt is read from a copy in the spool instead.
        yield Step(f"{feed.table.name}: stage", stage(feed, part, feed.table, in_file=True))
        yield Step(f"{feed.table.name}: count by file", staged_by_files(feed.table))
        yield Step(
            f"{feed.name} files: find doubtful texts",
            doubtful_texts(feed, feed.table, in_file=True),
        )
    yield from count_moments(LOG_FEED.table)


def _copy_steps(settings: Settings) -> Iterator[Step]:
    """Yield the staging on Redshift."""
    for feed in FEEDS:
        yield Step(f"{feed.table.name}: delete what an earlier load left", delete(feed.table))
        yield Step(f"{feed.table.name}: copy", _copy(feed, settings))
        yield Step(
            f"{feed.table.name}: how many records COPY has read", select(func.pg_last_copy_count())
        )
        if settings.manifest_prefix is not None:
            yield Step(
                f"{feed.table.name}: are they those that the loader has judged",
                digest(feed, feed.table),
            )


def _copy(feed: Feed, settings: Settings) -> Executable:
    from sparkify_dwh.redshift.copy import Copy
    from sparkify_dwh.redshift.safe_literals import UnsafeLiteralError

    try:
        return Copy(
            feed.table,
            [field.column for field in feed.fields],
            iam_role=settings.iam_role,
            region=settings.aws_region,
            **_copy_source(feed, settings),
        )
    except UnsafeLiteralError as error:
        raise ConfigurationError(str(error)) from None


def _copy_source(feed: Feed, settings: Settings) -> dict[str, Any]:
    prefix = settings.manifest_prefix
    named = settings.log_jsonpaths if feed is LOG_FEED else None
    if prefix is not None:
        folder = f"{prefix.rstrip('/')}/{RUN_ID}"
        # The loader numbers what it writes: for each feed its manifests, then its JSONPaths.
        number = 2 * FEEDS.index(feed) + 1
        return {
            "source_uri": f"{folder}/{number:02d}-{feed.name}-plain.manifest",
            "manifest": True,
            "jsonpaths": named or f"{folder}/{number + 1:02d}-{feed.name}-jsonpaths.json",
        }
    place = settings.log_data if feed is LOG_FEED else settings.song_data
    if settings.uses_shipped_sample:
        place = f"{EXAMPLE_BUCKET}/{feed.name}_data/"
    elif not is_s3(place):
        raise ConfigurationError(
            f"SPARKIFY_{feed.name.upper()}_DATA is the local folder {place}, "
            "but Redshift's COPY reads S3 only",
            advice="Set it to s3://bucket/prefix/, or load into a DuckDB file.",
        )
    # The song feed's keys are the columns' names; the log feed's are not.
    jsonpaths = "auto" if feed is SONG_FEED else f"{EXAMPLE_BUCKET}/log_jsonpaths.json"
    return {"source_uri": f"{place.rstrip('/')}/", "jsonpaths": named or jsonpaths}


def _publish_steps(dialect: Dialect, *, rebuild: bool) -> Iterator[Step]:
    staged = Staged(events=LOG_FEED.table, songs=SONG_FEED.table)
    if dialect.name != REDSHIFT:
        staged = replace(staged, moments=moments_of(LOG_FEED.table), numbers_rows=True)
    yield Step("staging_events: from when to when plays are", play_window(LOG_FEED.table))
    if rebuild:
        yield from empty_warehouse()
    yield Step("count what is there", row_counts(STAR))
    if dialect.name != REDSHIFT:
        yield any_kept_play(staged)
    # The others stand for a load in which no play is contested.
    yield from (step for step in publish(staged) if not step.unless_rows_of)
    contested = contested_table(staged)
    if dialect.name == REDSHIFT:
        yield Step("account for plays: contested keys", contested_keys(contested))
    else:
        yield Step("account for plays: records of contested keys", contested_by_file(contested))
        yield Step("account for plays: contested keys that were new", credited_by_file(contested))
    yield Step("songs: how many contradict each other", conflicting_songs(SONG_FEED.table))
    yield from (step for step, _ in load_proofs(staged))
    yield Step("count what is there now", row_counts(STAR))
    yield Step("load_runs: leave a trace", _run_row(dialect))


def _run_row(dialect: Dialect) -> Executable:
    runs = tables.load_runs
    known = {"run_id": literal(RUN_ID), "version": literal(__version__)}
    known |= {"mode": literal("incremental")}
    # Redshift has CURRENT_TIMESTAMP on its leader node only.
    now = text("GETDATE()" if dialect.name == REDSHIFT else "CURRENT_TIMESTAMP")
    moments = dict.fromkeys(("started_at", "finished_at"), now)
    values = [known.get(column.name, moments.get(column.name, literal(0))) for column in runs.c]
    return insert(runs).values(dict(zip((c.name for c in runs.c), values, strict=True)))
