"""Carries out a COPY: reads JSON from S3 and streams rows into PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from . import protocol
from .copy_log import CopyLog
from .copy_source import CopySource
from .copy_statement import CopyStatement
from .errors import BackendError, Refusal, translate
from .faults import DURING, CutConnection
from .json_records import Getter, Record, auto_getters, path_getters, records
from .plan import Plan
from .tokens import quote_name, quote_string
from .values import Column, Converter, FieldError, converter

if TYPE_CHECKING:
    from .session import Session

_PIECE = 1 << 17
_COLUMNS = """
SELECT a.attname, t.typname, information_schema._pg_char_max_length(a.atttypid, a.atttypmod),
       information_schema._pg_numeric_precision(a.atttypid, a.atttypmod),
       information_schema._pg_numeric_scale(a.atttypid, a.atttypmod),
       a.attnotnull, a.attidentity, a.attrelid,
       (SELECT oid FROM pg_roles WHERE rolname = session_user)
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = to_regclass({}) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""


class TooManyErrors(Exception):
    """Raised when more records are bad than MAXERROR allows."""


class CopyLoad:
    """Runs one COPY in the transaction of its session."""

    def __init__(self, session: Session, plan: Plan) -> None:
        assert plan.copy is not None
        self._session = session
        self._standin = session.standin
        self._backend = session.backend
        self._plan = plan
        self._copy: CopyStatement = plan.copy
        self._query_id = session.values["pg_last_query_id"]
        self._log = CopyLog(session, plan.copy.source, plan.copy.table[-1])
        self._columns: list[Column] = []
        self._row_plan: list[tuple[Column, Getter, Converter]] = []
        self._file = ""

    def run(self) -> bool:
        """Loads and answers the client; returns whether the load succeeded."""
        user = self._session.user
        with closing(CopySource(self._standin, self._copy, user, self._query_id)) as source:
            return self._run(source)

    def _run(self, source: CopySource) -> bool:
        session = self._session
        try:
            self._read_columns()
            source.check_roles()
            urls = source.files()
            self._plan_rows(source)
        except Refusal as refusal:
            return session.fail(refusal)
        except BackendError as error:
            return session.relay([(b"E", protocol.report(b"E", error.content)[5:])])
        # From here on the load has begun: a failure resets the count.
        session.values["pg_last_copy_count"] = 0
        status = "aborted"
        try:
            failure = self._stream(source, urls)
            status = "completed" if failure is None else "aborted"
        finally:
            self._log.write(status, urls)
        if failure is not None:
            session.outcome = failure.get("C", "")
            session.send(protocol.report(b"E", failure))
            return False
        self._finish()
        return True

    def _read_columns(self) -> None:
        name = quote_name(*self._copy.table)
        rows = self._backend.run(_COLUMNS.format(quote_string(name)))
        if not rows:
            raise Refusal("42P01", f"Cannot COPY into nonexistent table {self._copy.table[-1]}")
        self._log.identify(user_id=int(rows[0][8] or 0), table_id=int(rows[0][7] or 0))
        known: dict[str, tuple[Column, str]] = {}
        for title, kind, length, precision, scale, not_null, identity, *_ in rows:
            size = f"{precision},{scale}" if kind == "numeric" else length or ""
            column = Column(str(title), str(kind), size, not_null == "t")
            known[column.name] = (column, identity or "")
        wanted = self._copy.columns or [name for name, (_, i) in known.items() if i != "a"]
        for title in wanted:
            if title not in known:
                raise Refusal(
                    "42703",
                    f'column "{title}" of relation "{self._copy.table[-1]}" does not exist',
                )
            if known[title][1] == "a":
                raise Refusal("0A000", "cannot set an identity column to a value")
        self._columns = [known[title][0] for title in wanted]

    def _plan_rows(self, source: CopySource) -> None:
        names = [column.name for column in self._columns]
        document = source.jsonpaths()
        getters = path_getters(document, names) if document is not None else None
        if getters is None:
            getters = auto_getters(names)
        try:
            converters = [
                converter(column, self._copy, self._standin.integral_floats)
                for column in self._columns
            ]
        except FieldError as error:
            raise Refusal("0A000", error.reason) from None
        self._row_plan = list(zip(self._columns, getters, converters, strict=True))

    def _stream(self, source: CopySource, urls: list[str]) -> dict[str, str] | None:
        """Streams all rows; returns the fields of the error when the load failed."""
        table = quote_name(*self._copy.table)
        columns = ", ".join(quote_name(column.name) for column in self._columns)
        sql = f"COPY {table} ({columns}) FROM STDIN"
        if self._standin.table_locks:
            sql = f"SELECT pg_standin.write_lock({quote_string(self._plan.writes_to)}); {sql}"
        backend = self._backend
        backend.send(protocol.query(sql))
        while True:
            kind, body = backend.read()
            if kind == b"E":
                failure = translate(protocol.fields(body), self._session.pid, rewritten=True)
                for _ in backend.answer():
                    pass
                return failure
            if kind == b"G":
                break
        failed: Refusal | None = None
        try:
            for piece in self._pieces(source, urls):
                backend.send(protocol.message(b"d", piece))
        except TooManyErrors:
            failed = Refusal(
                "XX000",
                f"Load into table '{self._copy.table[-1]}' failed.  "
                "Check 'stl_load_errors' system table for details.",
            )
        except Refusal as refusal:
            failed = refusal
        except CutConnection:
            backend.send(protocol.message(b"f", protocol.text("cut")))
            raise
        end = protocol.message(b"c") if failed is None else protocol.message(b"f", b"failed\0")
        backend.send(end)
        failure_fields: dict[str, str] | None = None
        for kind, body in backend.answer():
            if kind == b"E":
                failure_fields = translate(protocol.fields(body), self._session.pid, rewritten=True)
        return failed.fields() if failed is not None else failure_fields

    def _pieces(self, source: CopySource, urls: list[str]) -> Iterator[bytes]:
        """Yields the rows of all files as pieces of PostgreSQL's COPY text."""
        lines: list[str] = []
        size = 0
        faults_due = True
        for url, stored, data in source.contents(urls):
            self._file = url
            text = data.decode("utf-8", "surrogateescape")
            scanned = 0
            bad_before = len(self._log.errors)
            for record in records(text):
                scanned = record.line
                row = self._row(record, text)
                if row is None:
                    continue
                lines.append(row)
                size += len(row)
                if size > _PIECE:
                    yield "".join(lines).encode()
                    lines, size = [], 0
                    if faults_due:
                        faults_due = False
                        self._suffer()
            bad = len(self._log.errors) - bad_before
            self._log.file_done(url, stored, len(data), scanned, bad)
        if lines:
            yield "".join(lines).encode()
        if faults_due:
            self._suffer()

    def _row(self, record: Record, text: str) -> str | None:
        """Returns a row, or None for a record that is skipped."""
        content = record.content
        if content is None:
            self._reject(record, text, None, None, record.error or FieldError(0, ""))
            return None
        if self._copy.json == "auto ignorecase":
            content = {key.lower(): value for key, value in content.items()}
        fields: list[str] = []
        for column, get, convert in self._row_plan:
            value = None
            try:
                value = get(content)
                field = convert(value)
            except FieldError as error:
                self._reject(record, text, column, value, error)
                return None
            fields.append("\\N" if field is None else field)
        self._log.rows += 1
        return "\t".join(fields) + "\n"

    def _reject(
        self, record: Record, text: str, column: Column | None, value: Any, error: FieldError
    ) -> None:
        self._log.reject(self._file, record, text, column, value, error)
        if len(self._log.errors) > self._copy.max_errors:
            raise TooManyErrors

    def _suffer(self) -> None:
        """Lets the faults happen that were ordered for the middle of a COPY."""
        session = self._session
        for fault in self._standin.faults.at(self._plan.text, DURING, session.user):
            if fault.action == "delay":
                time.sleep(fault.seconds)
            elif fault.action == "cut":
                raise CutConnection
            else:
                raise fault.refusal()

    def _finish(self) -> None:
        """Tells the session and the client what was loaded."""
        session, table = self._session, self._copy.table[-1]
        session.values["pg_last_copy_count"] = self._log.rows
        # This parameter goes back with a rollback, as PG_LAST_COPY_ID does.
        self._backend.run(f"SELECT set_config('standin.last_copy_id', '{self._query_id}', false)")
        self._info(
            f"Load into table '{table}' completed, {self._log.rows} record(s) loaded successfully."
        )
        if self._log.errors:
            self._info(
                f"Load into table '{table}' completed, {len(self._log.errors)} record(s) could not "
                "be loaded.  Check 'stl_load_errors' system table for details."
            )
        session.outcome = "COPY"
        session.send(protocol.command_complete("COPY"))

    def _info(self, text: str) -> None:
        fields = {"S": "INFO", "V": "INFO", "C": "00000", "M": text}
        self._session.send(protocol.report(b"N", fields))
