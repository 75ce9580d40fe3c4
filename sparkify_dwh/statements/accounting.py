"""What became of the staged records, file by file."""

from collections.abc import Container, Sequence
from typing import Any

from sqlalchemy import (
    FromClause,
    Insert,
    Select,
    Table,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.types import BigInteger, Double, Integer

from sparkify_dwh import tables
from sparkify_dwh.statements.duckdb_types import TEXTS, file_names
from sparkify_dwh.statements.events import has_plays, is_play
from sparkify_dwh.statements.plays import PLAY_KEY


def staged_by_file(staging: FromClause) -> Select[Any]:
    """Select file_id, staged and plays of each file with staged records."""
    plays = (
        func.sum(case((is_play(staging), 1), else_=0))
        if has_plays(staging)
        else literal_column("0", BigInteger)
    )
    return select(staging.c.file_id, func.count().label("staged"), plays.label("plays")).group_by(
        staging.c.file_id
    )


def staged_by_files(staging: FromClause) -> Select[Any]:
    """Select first, last, staged and plays: what each file has whose number is in that range.

    Of a hundred thousand files with a record each this is one row, and not as many.
    """
    counted = staged_by_file(staging).subquery("counted")
    same = (counted.c.staged, counted.c.plays)
    # Of files that follow each other, number and place differ by the same.
    place = func.row_number().over(partition_by=same, order_by=counted.c.file_id)
    ranges = select(*counted.c, (counted.c.file_id - place).label("lead")).subquery("range")
    file_id = ranges.c.file_id
    return select(
        func.min(file_id).label("first"),
        func.max(file_id).label("last"),
        ranges.c.staged,
        ranges.c.plays,
    ).group_by(ranges.c.lead, ranges.c.staged, ranges.c.plays)


def contested_by_file(contested: FromClause) -> Select[Any]:
    """Select file_id and records: each file's play records whose key was offered twice."""
    return (
        select(contested.c.file_id, func.count().label("records"))
        .where(contested.c.is_kept == 0)
        .group_by(contested.c.file_id)
    )


def contested_keys(contested: FromClause) -> Select[Any]:
    """Select the natural keys that were offered twice, and whether the fact had them."""
    return select(*(contested.c[name] for name in PLAY_KEY), contested.c.has_kept).distinct()


def credited_by_file(contested: FromClause) -> Select[Any]:
    """Select file_id and plays: the contested plays that were new, told of one file each.

    A new play that several files hold is counted as inserted for the file with the
    smallest number, and as already there for the others.
    """
    first = (
        select(func.min(contested.c.file_id).label("file_id"))
        .where(contested.c.has_kept == 0)
        .group_by(*(contested.c[name] for name in PLAY_KEY))
        .subquery("first")
    )
    return select(first.c.file_id, func.count().label("plays")).group_by(first.c.file_id)


def row_counts(tables: Sequence[Table]) -> Select[Any]:
    """Select the rows of each table, a column of its name for each."""
    counts = ((t.name, select(func.count()).select_from(t).scalar_subquery()) for t in tables)
    return select(*(count.label(name) for name, count in counts))


def known_files() -> Select[Any]:
    """Select what the ledger knows: feed, uri, fingerprint."""
    files = tables.load_files
    return select(files.c.feed, files.c.uri, files.c.fingerprint)


def last_file_id() -> Select[Any]:
    """Select the highest file_id so far, 0 when there is none."""
    return select(func.coalesce(func.max(tables.load_files.c.file_id), 0))


def insert_rows_of_file(target: Table, path: str, listed: Container[str] = ()) -> Insert:
    """Insert rows from a local NDJSON file whose keys are the table's columns (DuckDB).

    One statement whatever the number of rows: bound row by row, a ledger of 15,000 files
    would cost more than loading them.

    Args:
        target: The table.
        path: The file.
        listed: The columns of which each line has a list, with a value for each row that it
            stands for.
    """
    kinds = {BigInteger: "BIGINT", Integer: "INTEGER", Double: "DOUBLE"}
    columns = ", ".join(
        f"{column.name}: '{kinds.get(type(column.type), 'VARCHAR')}"
        f"{'[]' if column.name in listed else ''}'"
        for column in target.c
    )
    rows = func.read_json(
        bindparam("paths", file_names([path]), TEXTS),
        literal_column("format = 'newline_delimited'"),
        literal_column(f"columns = {{{columns}}}"),
    ).alias("row")
    values = (
        func.unnest(literal_column(column.name), type_=column.type)
        if column.name in listed
        else literal_column(column.name, column.type)
        for column in target.c
    )
    return insert(target).from_select(
        [column.name for column in target.c], select(*values).select_from(rows)
    )
