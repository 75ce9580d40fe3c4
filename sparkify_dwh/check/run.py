"""Runs a check: every promise over everything, a look at each table, the source's audit."""

import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy.exc
from sqlalchemy import Connection, Engine, Select, Table, func, select
from sqlalchemy.engine import Dialect

from sparkify_dwh import tables
from sparkify_dwh.check.report import Audit, CheckReport, Finding, Rejects, TableSample
from sparkify_dwh.check.shortcuts import shortcuts
from sparkify_dwh.engines.connect import explain, is_open_otherwise, open_engine, parse_url
from sparkify_dwh.errors import SparkifyError
from sparkify_dwh.feeds.contract import FEEDS
from sparkify_dwh.queries.loading import rejects_by_file, rejects_by_reason
from sparkify_dwh.schema import require_head
from sparkify_dwh.settings import Settings
from sparkify_dwh.sources import list_files
from sparkify_dwh.statements.accounting import known_files
from sparkify_dwh.statements.proofs import Proof, proofs
from sparkify_dwh.statements.publish import BOOKKEEPING, STAR
from sparkify_dwh.statements.reconciliation import expected_values, reconciliation

#: Every table, in the order staging, star, bookkeeping.
TABLES = (tables.staging_events, tables.staging_songs, *STAR, *BOOKKEEPING)
#: Rows that are shown of each table and of each violation.
SAMPLE_ROWS = 3
#: Files with rejects that are shown.
REJECTED_FILES = 10


def check(
    settings: Settings | None = None, *, audit: bool = True, engine: Engine | None = None
) -> CheckReport:
    """Check the warehouse of the settings, reading only.

    Args:
        settings: Which warehouse; by default from the environment.
        audit: Whether to list the source too and hold it against the ledger.
        engine: What to connect with where a DuckDB file cannot be opened for reading only,
            because this process has it open for writing, too.

    Raises:
        SparkifyError: The warehouse cannot be read, or its schema is not at head.
    """
    settings = settings or Settings.resolve()
    url = parse_url(settings)
    reader = open_engine(settings, read_only=True)
    try:
        with _connected(reader, engine) as connection:
            require_head(connection)
            return CheckReport(
                findings=_findings(connection),
                tables=tuple(_look(connection, table) for table in TABLES),
                rejects=_rejects(connection),
                audits=_audit(connection, settings) if audit else (),
            )
    except sqlalchemy.exc.DBAPIError as error:
        raise explain(error, url) from None
    finally:
        reader.dispose()


def _connected(reader: Engine, other: Engine | None) -> Connection:
    try:
        return reader.connect()
    except sqlalchemy.exc.DBAPIError as error:
        if other is None or not is_open_otherwise(error):
            raise
    return other.connect()


def all_proofs() -> list[Proof]:
    """Return every proof, over everything."""
    return [*proofs((*STAR, *BOOKKEEPING)), *reconciliation(), *expected_values()]


def _findings(connection: Connection) -> tuple[Finding, ...]:
    """Carry out every proof, several at once where a shortcut shows that they hold."""
    found = all_proofs()
    by_name = {proof.name: proof for proof in found}
    shown: dict[str, float] = {}
    for shortcut in shortcuts(by_name):
        began = time.perf_counter()
        if shortcut.shows(connection.execute(shortcut.query).one()):
            seconds = (time.perf_counter() - began) / len(shortcut.names)
            shown |= dict.fromkeys(shortcut.names, seconds)
    return tuple(
        _finding(connection, proof, seconds=shown[proof.name])
        if proof.name in shown
        else _prove(connection, proof)
        for proof in found
    )


def _prove(connection: Connection, proof: Proof) -> Finding:
    began = time.perf_counter()
    offending = connection.scalar(proof.count) or 0
    sample = _rows(connection, proof.offending) if offending else ()
    seconds = time.perf_counter() - began
    return _finding(connection, proof, seconds=seconds, offending=offending, sample=sample)


def _finding(
    connection: Connection,
    proof: Proof,
    *,
    seconds: float,
    offending: int = 0,
    sample: tuple[dict[str, Any], ...] = (),
) -> Finding:
    sql = _sql(proof.offending, connection.dialect)
    return Finding(proof.kind, proof.name, proof.severity, offending, sample, sql, seconds)


def _rejects(connection: Connection) -> Rejects:
    """Tell what loads have left out, by reason and by file."""
    reasons = connection.execute(rejects_by_reason()).mappings()
    files = connection.execute(rejects_by_file(n=REJECTED_FILES)).mappings()
    return Rejects(tuple(dict(row) for row in reasons), tuple(dict(row) for row in files))


def _look(connection: Connection, table: Table) -> TableSample:
    rows = connection.scalar(select(func.count()).select_from(table)) or 0
    began = time.perf_counter()
    sample = _rows(connection, select(table))
    return TableSample(table.name, rows, sample, time.perf_counter() - began)


def _rows(
    connection: Connection, query: Select[tuple[object, ...]]
) -> tuple[dict[str, object], ...]:
    result = connection.execute(query.limit(SAMPLE_ROWS))
    return tuple(dict(row) for row in result.mappings())


def _sql(query: Select[Any], dialect: Dialect) -> str:
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def _audit(connection: Connection, settings: Settings) -> tuple[Audit, ...]:
    """Hold what lies in the source against what the ledger knows."""
    ledger: dict[str, dict[str, set[str]]] = {feed.name: {} for feed in FEEDS}
    for feed, uri, fingerprint in connection.execute(known_files()):
        ledger[feed].setdefault(uri, set()).add(fingerprint)
    places = {"log": settings.log_data, "song": settings.song_data}
    return tuple(_audit_feed(feed.name, places[feed.name], ledger[feed.name]) for feed in FEEDS)


def _audit_feed(feed: str, location: str, ledger: dict[str, set[str]]) -> Audit:
    try:
        listing = list_files(location, setting=f"SPARKIFY_{feed.upper()}_DATA")
    except SparkifyError as error:
        return Audit(feed, location, error=error.cause)
    new: list[str] = []
    changed: list[str] = []
    known = 0
    for file in listing.files:
        versions = ledger.get(file.uri)
        if versions is None:
            new.append(file.uri)
        elif file.fingerprint not in versions:
            changed.append(file.uri)
        else:
            known += 1
    here = {file.uri for file in listing.files}
    lost = [uri for uri in sorted(ledger) if uri not in here]
    return Audit(
        feed, listing.location, known, new=tuple(new), changed=tuple(changed), lost=tuple(lost)
    )


def names_shown(names: Sequence[str], most: int = 5) -> str:
    """Return the first names in one line, and how many more there are."""
    more = f", and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
