"""What the loads did: their history, and the records that they left out, with the reasons."""

from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Select,
    cast,
    func,
    select,
)

from sparkify_dwh import tables
from sparkify_dwh.queries.constructs import milliseconds_between
from sparkify_dwh.queries.plays import divided, most
from sparkify_dwh.queries.registry import query

Feed = Literal["log", "song"]

_runs, _files, _rejects = tables.load_runs, tables.load_files, tables.load_rejects


@query
def load_history(*, n: int | None = 20) -> Select[Any]:
    """When was loaded, and what did each load find?

    Newest first, then by run_id.

    Columns:
        run_id (text): Random id of the load.
        started_at (timestamp): When it began, UTC.
        seconds (float): How long it took.
        mode (text): incremental or rebuild.
        log_files (integer): Log files that it read.
        song_files (integer): Song files that it read.
        records_read (integer): Records in these files.
        records_staged (integer): Of these: accepted.
        records_rejected (integer): Of these: left out.
        plays_inserted (integer): Plays new to the fact.
        plays_duplicate (integer): Plays that were there already.
    """
    took = milliseconds_between(_runs.c.started_at, _runs.c.finished_at)
    return (
        select(
            _runs.c.run_id,
            _runs.c.started_at,
            divided(cast(took, Double), 1000.0).label("seconds"),
            _runs.c.mode,
            _runs.c.log_files,
            _runs.c.song_files,
            _runs.c.records_read,
            _runs.c.records_staged,
            _runs.c.records_rejected,
            _runs.c.plays_inserted,
            _runs.c.plays_duplicate,
        )
        .order_by(_runs.c.started_at.desc().nulls_last(), _runs.c.run_id.asc().nulls_last())
        .limit(most(n))
    )


@query
def rejects_by_reason(*, n: int | None = None, feed: Feed | None = None) -> Select[Any]:
    """Why did the loads leave records out?

    Most records first, then by reason, feed and JSON key.

    Columns:
        reason (text): Reason code, such as bad_type.
        feed (text): log or song.
        json_key (text): JSON key at fault, NULL where it is the record as a whole.
        records (integer): Records that were left out for it.
        files (integer): Files that they stand in.
        last_at (timestamp): When a load left one out last, UTC.
    """
    by_file = (
        select(
            _rejects.c.reason,
            _rejects.c.column_name,
            _rejects.c.file_id,
            _rejects.c.run_id,
            func.count().label("records"),
        )
        .group_by(_rejects.c.reason, _rejects.c.column_name, _rejects.c.file_id, _rejects.c.run_id)
        .subquery("rejects_of_file")
    )
    keys = (by_file.c.reason, _files.c.feed, by_file.c.column_name)
    records = cast(func.sum(by_file.c.records), BigInteger)
    return (
        select(
            by_file.c.reason,
            _files.c.feed,
            by_file.c.column_name.label("json_key"),
            records.label("records"),
            func.count().label("files"),
            func.max(_runs.c.finished_at).label("last_at"),
        )
        .join_from(by_file, _files, _files.c.file_id == by_file.c.file_id)
        .join(_runs, _runs.c.run_id == by_file.c.run_id)
        .where(*_of(feed))
        .group_by(*keys)
        .order_by(records.desc().nulls_last(), *(key.asc().nulls_last() for key in keys))
        .limit(most(n))
    )


@query
def rejects_by_file(*, n: int | None = 20, feed: Feed | None = None) -> Select[Any]:
    """Which files had records that were left out?

    One row for each version of a file. Most records first, then by URI and time.

    Columns:
        uri (text): Where the file lies.
        feed (text): log or song.
        records (integer): Records of it that were left out.
        of (integer): Records in the file.
        reasons (integer): How many different reasons there were.
        first_line (integer): Line of the first of them, NULL for the whole file.
        loaded_at (timestamp): When the file was loaded, UTC.
    """
    by_file = (
        select(
            _rejects.c.file_id,
            func.count().label("records"),
            func.count(_rejects.c.reason.distinct()).label("reasons"),
            func.min(_rejects.c.line_number).label("first_line"),
        )
        .group_by(_rejects.c.file_id)
        .subquery("rejects_of_file")
    )
    return (
        select(
            _files.c.uri,
            _files.c.feed,
            by_file.c.records,
            _files.c.records_read.label("of"),
            by_file.c.reasons,
            by_file.c.first_line,
            _runs.c.finished_at.label("loaded_at"),
        )
        .join_from(by_file, _files, _files.c.file_id == by_file.c.file_id)
        .join(_runs, _runs.c.run_id == _files.c.run_id)
        .where(*_of(feed))
        .order_by(
            by_file.c.records.desc().nulls_last(),
            _files.c.uri.asc().nulls_last(),
            _runs.c.finished_at.asc().nulls_last(),
        )
        .limit(most(n))
    )


def _of(feed: str | None) -> list[ColumnElement[bool]]:
    return [] if feed is None else [_files.c.feed == feed]
