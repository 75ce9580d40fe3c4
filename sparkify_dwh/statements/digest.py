"""A digest of staged records: equal where two engines have read the same."""

import functools
from typing import Any

from sqlalchemy import FromClause, Integer, Select, String, Table, func, select

from sparkify_dwh.feeds.contract import Feed
from sparkify_dwh.statements.constructs import byte_length
from sparkify_dwh.statements.step import Step


def digest(feed: Feed, staging: FromClause) -> Select[Any]:
    """Select one row: the records; of each field how many are known, and their total.

    The total is the sum of integers and of the bytes of texts. Floating point is only
    counted: the engines print it with different numbers of digits.
    """
    columns: list[Any] = [func.count().label("records")]
    for field in feed.fields:
        column = staging.c[field.column]
        columns.append(func.count(column).label(f"known_{field.column}"))
        total = _total(feed.table, field.column, column)
        if total is not None:
            columns.append(func.coalesce(func.sum(total), 0).label(f"total_{field.column}"))
    return select(*columns).select_from(staging)


@functools.cache
def digest_of(feed: Feed, staging: FromClause) -> Step:
    """Return the step that asks for the digest."""
    return Step(f"{feed.table.name}: digest", digest(feed, staging))


def _total(table: Table, name: str, column: Any) -> Any:
    kind = table.c[name].type
    if isinstance(kind, String):
        return byte_length(column)
    return column if isinstance(kind, Integer) else None
