"""Runs a check: every promise over everything, a look at each table, the source's audit."""

import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy.exc
from sqlalchemy import Connection, Select, Table, func, select
from sqlalchemy.engine import Dialect

from sparkify_dwh.check.report import Audit, CheckReport, Finding, TableSample
from sparkify_dwh.engines.connect import explain, open_engine, parse_url
from sparkify_dwh.errors import SparkifyError
from sparkify_dwh.feeds.contract import FEEDS
from sparkify_dwh.models import Base, StagingEvent, StagingSong, table_of
from sparkify_dwh.schema import require_head
from sparkify_dwh.settings import Settings
from sparkify_dwh.sources import list_files
from sparkify_dwh.statements.accounting import known_files
from sparkify_dwh.statements.proofs import Proof, proofs
from sparkify_dwh.statements.publish import BOOKKEEPING, STAR
from sparkify_dwh.statements.reconciliation import expected_values, reconciliation

#: Every table, in the order staging, star, bookkeeping.
TABLES: tuple[type[Base], ...] = (StagingEvent, StagingSong, *STAR, *BOOKKEEPING)
#: Rows that are shown of each table and of each violation.
SAMPLE_ROWS = 3


def check(settings: Settings | None = None, *, audit: bool = True) -> CheckReport:
    """Check the warehouse of the settings, reading only.

    Args:
        settings: Which warehouse; by default from the environment.
        audit: Whether to list the source too and hold it against the ledger.

    Raises:
        SparkifyError: The warehouse cannot be read, or its schema is not at head.
    """
    settings = settings or Settings.resolve()
    url = parse_url(settings)
    engine = open_engine(settings, read_only=True)
    try:
        with engine.connect() as connection:
            require_head(connection)
            return CheckReport(
                findings=tuple(_prove(connection, proof) for proof in all_proofs()),
                tables=tuple(_look(connection, table_of(model)) for model in TABLES),
                audits=_audit(connection, settings) if audit else (),
            )
    except sqlalchemy.exc.DBAPIError as error:
        raise explain(error, url) from None
    finally:
        engine.dispose()


def all_proofs() -> list[Proof]:
    """Return every proof, over everything."""
    tables = [table_of(model) for model in (*STAR, *BOOKKEEPING)]
    return [*proofs(tables), *reconciliation(), *expected_values()]


def _prove(connection: Connection, proof: Proof) -> Finding:
    began = time.perf_counter()
    offending = connection.scalar(proof.count) or 0
    sample = _rows(connection, proof.offending) if offending else ()
    return Finding(
        proof.kind,
        proof.name,
        proof.severity,
        offending,
        sample,
        _sql(proof.offending, connection.dialect),
        time.perf_counter() - began,
    )


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
