"""Hashes of several columns in one number, by which DuckDB compares rows at little cost.

Equal rows have equal hashes. Different ones may have, by an accident of one in 2**63: who relies on
them proves that it has not happened, or says so.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, func, literal_column


def hash_of(*columns: Any) -> ColumnElement[Any]:
    """Return the hash of the columns, at least 0 and below 2**63; that of NULL is one, too."""
    # DuckDB's hash without its last bit: it is no larger than a BIGINT then, of which there is a
    # faster sum. (A bound number would be a BIGINT, and the hash be made a HUGEINT for its sake.)
    hashed: ColumnElement[Any] = func.hash(*columns)
    return cast(hashed.bitwise_rshift(literal_column("1")), BigInteger)
