"""Examines what a load needs, one thing after the other; changes nothing."""

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import sqlalchemy.exc
from sqlalchemy import Connection, column, select, table

import sparkify_dwh
from sparkify_dwh import tables
from sparkify_dwh.display import shown_url
from sparkify_dwh.doctor.report import Finding, Report, State
from sparkify_dwh.doctor.setting_sources import setting_sources
from sparkify_dwh.engines.connect import DUCKDB, REDSHIFT, explain, open_engine, parse_url
from sparkify_dwh.errors import DatabaseLockedError, SparkifyError
from sparkify_dwh.feeds.contract import FEEDS
from sparkify_dwh.load.ledger import new_files
from sparkify_dwh.schema import HEAD, require_head
from sparkify_dwh.settings import Settings
from sparkify_dwh.sources import Listing, is_s3, list_files

#: What decides about how the library behaves; the extras are the last ones.
PACKAGES = (
    "SQLAlchemy",
    "alembic",
    "duckdb",
    "duckdb-sqlalchemy",
    "sqlalchemy-redshift",
    "psycopg2-binary",
    "obstore",
    "pydantic-settings",
    "polars",
    "pandas",
    "pyarrow",
    "ua-parser",
    "altair",
    "vl-convert-python",
    "statsmodels",
    "boto3",
)
SETTINGS, CONNECTION, REVISION, LOCK = "settings", "connection", "revision", "lock"

#: New files by feed; None where the ledger could not be asked.
NewFiles = dict[str, int] | None


def examine(**flags: Any) -> Report:
    """Examine settings, database and sources.

    Args:
        **flags: Settings that beat the environment, by name; None stands for not given.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    return Report(
        versions=_versions(), settings=setting_sources(given), findings=tuple(_findings(given))
    )


def _versions() -> dict[str, str | None]:
    versions: dict[str, str | None] = {
        "python": platform.python_version(),
        "sparkify-dwh": sparkify_dwh.__version__,
    }
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = None
    return versions


def _findings(flags: dict[str, Any]) -> list[Finding]:
    try:
        settings = Settings.resolve(**flags)
        backend = parse_url(settings).get_backend_name()
    except SparkifyError as error:
        return [Finding.of_error(SETTINGS, error)]
    listings, sources = _list_sources(settings)
    database, new = _examine_database(settings, listings)
    sources += [
        Finding(f"{feed} source", State.OK, _in_words(listing, None if new is None else new[feed]))
        for feed, listing in listings.items()
    ]
    return [_settings_fit(settings, backend), *database, *sources]


def _settings_fit(settings: Settings, backend: str) -> Finding:
    """Return whether the settings go together."""
    for setting, place in (
        ("SPARKIFY_LOG_DATA", settings.log_data),
        ("SPARKIFY_SONG_DATA", settings.song_data),
    ):
        if backend == REDSHIFT and not is_s3(place):
            return Finding(
                SETTINGS,
                State.CONFIGURATION,
                f"{setting} is the local folder {place}, but Redshift's COPY reads S3 only",
                f"Set {setting} to s3://bucket/prefix/, or load into a DuckDB file.",
            )
    return Finding(SETTINGS, State.OK, "make sense")


def _list_sources(settings: Settings) -> tuple[dict[str, Listing], list[Finding]]:
    """List the files of each feed; return also what is wrong with those that have none."""
    listings, failures = {}, []
    for feed, place in (("log", settings.log_data), ("song", settings.song_data)):
        try:
            listings[feed] = list_files(place, setting=f"SPARKIFY_{feed.upper()}_DATA")
        except SparkifyError as error:
            failures.append(Finding.of_error(f"{feed} source", error))
    return listings, failures


def _in_words(listing: Listing, new: int | None) -> str:
    others = sum(listing.passed_over.values())
    told = "unknown how many are new" if new is None else f"{new:,} new"
    passed_over = f", {others:,} others passed over" if others else ""
    return f"{listing.location}: {len(listing.files):,} files, {told}{passed_over}"


def _examine_database(
    settings: Settings, listings: dict[str, Listing]
) -> tuple[list[Finding], NewFiles]:
    """Connect, and look at revision, lock and ledger."""
    url = parse_url(settings)
    if url.get_backend_name() == DUCKDB and not Path(str(url.database)).exists():
        # Connecting would make the file.
        missing = Finding(
            CONNECTION, State.PROBLEM, f"{url.database} does not exist", "Run: alembic upgrade head"
        )
        return [missing, *_skipped(REVISION, LOCK)], None
    try:
        engine = open_engine(settings, read_only=True)
    except SparkifyError as error:
        return [Finding.of_error(CONNECTION, error), *_skipped(REVISION, LOCK)], None
    connected = Finding(CONNECTION, State.OK, shown_url(url))
    try:
        with engine.connect() as connection:
            try:
                require_head(connection)
            except SparkifyError as error:
                return [connected, Finding.of_error(REVISION, error), _lock(connection)], None
            revision = Finding(REVISION, State.OK, f"{HEAD} (head)")
            new = _count_new(connection, listings)
            return [connected, revision, _lock(connection)], new
    except sqlalchemy.exc.DBAPIError as error:
        return list(_unreachable(explain(error, url))), None
    finally:
        engine.dispose()


def _count_new(connection: Connection, listings: dict[str, Listing]) -> dict[str, int]:
    feeds = [feed for feed in FEEDS if feed.name in listings]
    found = new_files(connection, listings, feeds, rebuild=False)
    return {staged.feed.name: len(staged.files) for staged in found}


def _unreachable(error: SparkifyError) -> Iterator[Finding]:
    """Yield what a failed connection tells; that of a locked file names who holds it."""
    yield Finding.of_error(CONNECTION, error)
    yield from _skipped(REVISION)
    if isinstance(error, DatabaseLockedError):
        holder = "another process" if error.pid is None else f"process {error.pid}"
        yield Finding(LOCK, State.PROBLEM, f"held by {holder}", error.advice)
    else:
        yield from _skipped(LOCK)


def _skipped(*names: str) -> list[Finding]:
    return [Finding(name, State.SKIPPED, "there is no connection") for name in names]


def _lock(connection: Connection) -> Finding:
    """Return who is loading right now.

    Another load is no problem: the next one waits for it. A DuckDB file that is being
    written to cannot be opened at all, so that getting here says that nobody writes.
    """
    if connection.dialect.name == DUCKDB:
        return Finding(LOCK, State.OK, "nobody else writes")
    try:
        holders = [str(row[0]) for row in connection.execute(_lock_holders())]
    except sqlalchemy.exc.DBAPIError:
        connection.rollback()
        return Finding(LOCK, State.SKIPPED, "svv_transactions cannot be read")
    if not holders:
        return Finding(LOCK, State.OK, "nobody else writes")
    return Finding(LOCK, State.OK, f"held by the load of process {', '.join(holders)}")


def _lock_holders() -> Any:
    """Select the processes that hold the ledger on Redshift.

    A user who is no superuser sees the own transactions only.
    https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TRANSACTIONS.html
    """
    transactions = table(
        "svv_transactions",
        column("pid"),
        column("relation"),
        column("lock_mode"),
        column("granted"),
    )
    classes = table("pg_class", column("oid"), column("relname"))
    return (
        select(transactions.c.pid)
        .join_from(transactions, classes, classes.c.oid == transactions.c.relation)
        .where(
            classes.c.relname == tables.load_runs.name,
            transactions.c.lock_mode.in_(("ExclusiveLock", "AccessExclusiveLock")),
        )
        .distinct()
    )
