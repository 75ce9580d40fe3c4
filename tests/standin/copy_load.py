"""Carries out a COPY: reads JSON from S3 and streams rows into PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import protocol
from .copy_source import CopySource
from .copy_statement import CopyStatement
from .errors import BackendError, Refusal, translate
from .faults import DURING, CutConnection
from .json_records import Getter, Record, auto_getters, path_getters, records
from .plan import Plan
from .system_log import now, write_log
from .tokens import quote_name, quote_string
from .values import Column, Converter, FieldError, as_text, converter

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
        self._errors: list[dict[str, Any]] = []
        self._commits: list[dict[str, Any]] = []
        self._rows = 0
        self._bytes = 0
        self._table_id = 0
        self._user_id = 0
        self._started = now()
        self._clock = time.perf_counter()
        self._columns: list[Column] = []
        self._row_plan: list[tuple[Column, Getter, Converter]] = []
        self._file = ""

    def run(self) -> bool:
        """Loads and answers the client; returns whether the load succeeded."""
        session = self._session
        source = CopySource(self._standin, self._copy, session.user, self._query_id)
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
        try:
            failure = self._stream(source, urls)
        finally:
            self._write_logs()
        if failure is not None:
            self._write_history("aborted", urls)
            session.send(protocol.report(b"E", failure))
            return False
        self._write_history("completed", urls)
        self._finish()
        return True

    def _read_columns(self) -> None:
        name = quote_name(*self._copy.table)
        rows = self._backend.run(_COLUMNS.format(quote_string(name)))
        if not rows:
            raise Refusal("42P01", f"Cannot COPY into nonexistent table {self._copy.table[-1]}")
        self._table_id, self._user_id = int(rows[0][7] or 0), int(rows[0][8] or 0)
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
            bad_before = len(self._errors)
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
            self._bytes += len(data)
            self._commits.append(self._commit_row(url, stored, scanned, bad_before))
        if lines:
            yield "".join(lines).encode()
        if faults_due:
            self._suffer()

    def _row(self, record: Record, text: str) -> str | None:
        """Returns a row, or None for a record that is skipped."""
        if record.error is not None or record.content is None:
            self._reject(record, text, None, None, record.error)
            return None
        content = record.content
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
        self._rows += 1
        return "\t".join(fields) + "\n"

    def _reject(
        self, record: Record, text: str, column: Column | None, value: Any, error: FieldError | None
    ) -> None:
        raw = text[record.text_start : min(record.text_end, record.text_start + 1024)]
        self._errors.append(
            {
                **self._common(),
                "filename": self._file,
                "line_number": record.line,
                "colname": column.name if column else "",
                "type": column.type.replace("bpchar", "char") if column else "",
                "col_length": column.length if column else "",
                "position": 0,
                "raw_line": _printable(raw)[:1024],
                "raw_field_value": _printable(as_text(value))[:1024],
                "err_code": error.code if error else 0,
                "err_reason": error.reason if error else "",
            }
        )
        if len(self._errors) > self._copy.max_errors:
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
        session.values["pg_last_copy_count"] = self._rows
        # This parameter goes back with a rollback, as PG_LAST_COPY_ID does.
        self._backend.run(f"SELECT set_config('standin.last_copy_id', '{self._query_id}', false)")
        self._info(
            f"Load into table '{table}' completed, {self._rows} record(s) loaded successfully."
        )
        if self._errors:
            self._info(
                f"Load into table '{table}' completed, {len(self._errors)} record(s) could not be "
                "loaded.  Check 'stl_load_errors' system table for details."
            )
        session.send(protocol.command_complete("COPY"))

    def _info(self, text: str) -> None:
        fields = {"S": "INFO", "V": "INFO", "C": "00000", "M": text}
        self._session.send(protocol.report(b"N", fields))

    def _common(self) -> dict[str, Any]:
        return {
            "userid": self._user_id,
            "query": self._query_id,
            "xid": self._query_id,
            "session": self._session.pid,
            "tbl": self._table_id,
            "starttime": self._started,
        }

    def _commit_row(self, url: str, stored: int, scanned: int, bad_before: int) -> dict[str, Any]:
        return {
            **self._common(),
            "filename": url,
            "bytes": stored,
            "lines_scanned": scanned,
            "errors": len(self._errors) - bad_before,
            "curtime": now(),
        }

    def _write_logs(self) -> None:
        session = self._session
        write_log(self._standin.postgres, session.database, "load_errors", self._errors)

    def _write_history(self, status: str, urls: list[str]) -> None:
        session = self._session
        if status == "completed":
            write_log(self._standin.postgres, session.database, "load_commits", self._commits)
        row = {
            **self._common(),
            "status": status,
            "table_name": self._copy.table[-1],
            "endtime": now(),
            "duration": int((time.perf_counter() - self._clock) * 1e6),
            "data_source": self._copy.source,
            "loaded_rows": self._rows if status == "completed" else 0,
            "loaded_bytes": self._bytes,
            "source_file_count": len(urls),
            "source_file_bytes": sum(commit["bytes"] for commit in self._commits),
            "file_count_scanned": len(self._commits),
            "file_bytes_scanned": sum(commit["bytes"] for commit in self._commits),
            "error_count": len(self._errors),
        }
        write_log(self._standin.postgres, session.database, "load_history", [row])


def _printable(text: str) -> str:
    """Makes a text storable: what is no character is replaced, for the log only."""
    clean = text.encode("utf-8", "replace").decode().replace("\0", "?")
    # CHAR columns measure bytes on Redshift; what is cut is cut at a character.
    return clean.encode()[:1024].decode("utf-8", "ignore")
