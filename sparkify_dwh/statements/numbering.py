"""The place of each staged record in its file, from its row id (DuckDB).

Row ids grow with the place in the file: one thread has read it, or the order was kept. Of most
files they follow each other, and a difference tells the place. Where rows of other files lie
between, since DuckDB lets a small rest of a file wait for more rows, they are counted. To count
while reading would take away all but one thread.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Table, func, literal_column, select, update


def number_by_distance(target: Table) -> Any:
    """Number the records of the files whose row ids follow each other."""
    rowid = _rowid(target)
    first = (
        select(target.c.file_id, func.min(rowid).label("rowid"))
        .group_by(target.c.file_id)
        .having(func.max(rowid) - func.min(rowid) + 1 == func.count())
        .subquery("first")
    )
    return (
        update(target)
        .values(record_number=rowid - first.c.rowid + 1)
        .where(first.c.file_id == target.c.file_id, target.c.record_number.is_(None))
    )


def number_by_counting(target: Table) -> Any:
    """Number the records that have no number yet."""
    place = func.row_number().over(partition_by=target.c.file_id, order_by=_rowid(target))
    counted = (
        select(_rowid(target).label("row"), place.label("place"))
        .where(target.c.record_number.is_(None))
        .subquery("counted")
    )
    return (
        update(target).values(record_number=counted.c.place).where(_rowid(target) == counted.c.row)
    )


def _rowid(target: Table) -> ColumnElement[int]:
    return literal_column(f"{target.name}.rowid", BigInteger)
