"""Keeps what one COPY did, in the form of the system tables about loads."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .json_records import Record
from .system_log import now, write_log
from .values import Column, FieldError, as_text

if TYPE_CHECKING:
    from .session import Session

_RAW_BYTES = 1024


class CopyLog:
    """Collects the rows of the system tables while a COPY runs, and writes them."""

    def __init__(self, session: Session, source: str, table: str) -> None:
        self._session = session
        self._source = source
        self._table = table
        self._clock = time.perf_counter()
        self._bytes = 0
        self._common: dict[str, Any] = {
            "query": session.values["pg_last_query_id"],
            "xid": session.values["pg_last_query_id"],
            "session": session.pid,
            "starttime": now(),
        }
        self.errors: list[dict[str, Any]] = []
        self.files: list[dict[str, Any]] = []
        self.rows = 0

    def identify(self, user_id: int, table_id: int) -> None:
        """Notes who loads, and into which table."""
        self._common.update(userid=user_id, tbl=table_id)

    def reject(
        self,
        url: str,
        record: Record,
        text: str,
        column: Column | None,
        value: Any,
        error: FieldError,
    ) -> None:
        """Notes a record that was not loaded."""
        raw = text[record.text_start : min(record.text_end, record.text_start + _RAW_BYTES)]
        self.errors.append(
            {
                **self._common,
                "filename": url,
                "line_number": record.line,
                "colname": column.name if column else "",
                "type": column.type.replace("bpchar", "char") if column else "",
                "col_length": column.length if column else "",
                "position": 0,
                "raw_line": _storable(raw),
                "raw_field_value": _storable(as_text(value)),
                "err_code": error.code,
                "err_reason": error.reason,
            }
        )

    def file_done(self, url: str, stored: int, unpacked: int, lines: int, errors: int) -> None:
        """Notes a file that was read to its end."""
        self._bytes += unpacked
        self.files.append(
            {
                **self._common,
                "filename": url,
                "bytes": stored,
                "lines_scanned": lines,
                "errors": errors,
                "curtime": now(),
            }
        )

    def write(self, status: str, urls: Sequence[str]) -> None:
        """Writes everything; `status` is `completed` or `aborted`."""
        completed = status == "completed"
        stored = sum(file["bytes"] for file in self.files)
        history = {
            **self._common,
            "status": status,
            "table_name": self._table,
            "endtime": now(),
            "duration": int((time.perf_counter() - self._clock) * 1e6),
            "data_source": self._source,
            "loaded_rows": self.rows if completed else 0,
            "loaded_bytes": self._bytes,
            "source_file_count": len(urls),
            "source_file_bytes": stored,
            "file_count_scanned": len(self.files),
            "file_bytes_scanned": stored,
            "error_count": len(self.errors),
        }
        logs = {
            "load_errors": self.errors,
            "load_commits": self.files if completed else [],
            "load_history": [history],
        }
        for log, rows in logs.items():
            write_log(self._session.standin.postgres, self._session.database, log, rows)


def _storable(text: str) -> str:
    """Makes a text storable, for the log only: what is no character is replaced."""
    clean = text.encode("utf-8", "replace").decode().replace("\0", "?")
    # CHAR columns measure bytes on Redshift; a text is cut at a character all the same.
    return clean.encode()[:_RAW_BYTES].decode("utf-8", "ignore")
