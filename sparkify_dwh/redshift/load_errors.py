"""What the server says of a COPY that has failed.

SYS_LOAD_ERROR_DETAIL is there for everybody, on Serverless too; STL_LOAD_ERRORS knows the
value and the line besides, where it may be read. Both outlive the rollback that a failed COPY
needs, and both are asked for the session: the query's number is lost with the transaction.
"""

import datetime as dt
from contextlib import suppress
from typing import Any, NamedTuple

import sqlalchemy.exc
from sqlalchemy import Connection, Select, column, func, select, table

from sparkify_dwh.errors import REJECTS_SHOWN, CopyFailedError

#: The longest value that is shown, in characters.
_VALUE_SHOWN = 80


class Session(NamedTuple):
    """Whose errors to look for: a server process, and since when."""

    pid: int
    since: dt.datetime  #: by the server's clock


class _View(NamedTuple):
    name: str
    session: str
    started: str
    file: str
    line: str
    column: str
    kind: str
    reason: str
    value: str | None


_VIEWS = (
    _View(
        "stl_load_errors",
        "session",
        "starttime",
        "filename",
        "line_number",
        "colname",
        "type",
        "err_reason",
        "raw_field_value",
    ),
    _View(
        "sys_load_error_detail",
        "session_id",
        "start_time",
        "file_name",
        "line_number",
        "column_name",
        "column_type",
        "error_message",
        None,
    ),
)


def session_now() -> Select[Any]:
    """Select the number of the server's process for this session, and its time."""
    return select(func.pg_backend_pid(), func.getdate())


def copy_failure(
    connection: Connection, session: Session, *, target: str, cause: str
) -> CopyFailedError:
    """Return the error for a COPY that has failed and was rolled back."""
    for view in _VIEWS:
        # A view that may not be read, or is not there, has nothing to add.
        with suppress(sqlalchemy.exc.DBAPIError), connection.begin():
            total = connection.scalar(_of_session(view, session, func.count())) or 0
            if not total:
                continue
            rows = connection.execute(_details(view, session))
            records = [_shown(*row) for row in rows]
            return CopyFailedError(
                target, f"the server refuses {total:,} records", records=records, total=total
            )
    return CopyFailedError(target, cause)


def _of_session(view: _View, session: Session, *what: Any) -> Select[Any]:
    return (
        select(*what)
        .select_from(table(view.name))
        .where(
            column(view.session) == session.pid,
            column(view.started) >= session.since - dt.timedelta(seconds=1),
        )
    )


def _details(view: _View, session: Session) -> Select[Any]:
    # CHAR columns come padded with blanks.
    texts = [view.file, view.column, view.kind, view.reason, *filter(None, [view.value])]
    return (
        _of_session(view, session, column(view.line), *(func.trim(column(name)) for name in texts))
        .order_by(column(view.file), column(view.line))
        .limit(REJECTS_SHOWN)
    )


def _shown(line: int, *texts: str) -> str:
    file, name, kind, reason, *values = texts
    value = "".join(values)
    place = f", {name} ({kind})" if name else ""
    if len(value) > _VALUE_SHOWN:
        value = value[: _VALUE_SHOWN - 1] + "…"
    offered = f", value {value!r}" if value else ""
    return f"{file}, line {line}{place}: {reason}{offered}"
