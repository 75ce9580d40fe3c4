"""Keys that are declared on every engine, and created everywhere but on DuckDB.

DuckDB enforces PRIMARY KEY, UNIQUE and FOREIGN KEY through an index: large inserts become slow,
and an update of a referenced row fails. Redshift takes them as information for its planner. The
loader proves every declared key before it commits, on either engine, so nothing is lost when
DuckDB does not create them. NOT NULL stays on both.

An identity column needs nothing here: ``Column(BigInteger, primary_key=True,
redshift_identity=(0, 1))`` is an IDENTITY on Redshift, and duckdb-sqlalchemy gives an integer
primary key a sequence as its default, which it creates and drops along with the table.
"""

from typing import Any

from sqlalchemy import (
    Connection,
    Dialect,
    ForeignKeyConstraint,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    event,
)

__all__ = ["KEY_CONSTRAINTS", "leave_out_keys", "make_keys_informational"]

KEY_CONSTRAINTS = (PrimaryKeyConstraint, UniqueConstraint, ForeignKeyConstraint)

_INFORMATIONAL_KEYS = "sparkify_dwh.informational_keys"


def make_keys_informational(metadata: MetaData) -> None:
    """Let no table of ``metadata``, present or future, create its keys on DuckDB.

    Only tables of this metadata are concerned: other tables on the same DuckDB engine keep
    their keys. Calling it twice does no harm.
    """
    metadata.info[_INFORMATIONAL_KEYS] = True


def leave_out_keys(table: Table) -> None:
    """Mark the key constraints of ``table`` so that no DDL for DuckDB creates them.

    The constraints stay part of the table for everything else: joins, documentation, and the
    DDL of other engines.
    """
    for constraint in table.constraints:
        if isinstance(constraint, KEY_CONSTRAINTS):
            constraint.ddl_if(callable_=_not_on_duckdb)


def _not_on_duckdb(*args: Any, dialect: Dialect, **kw: Any) -> bool:
    return dialect.name != "duckdb"


@event.listens_for(Table, "before_create")
def _leave_out_informational_keys(target: Table, connection: Connection, **kw: Any) -> None:
    # At creation rather than at definition: until then, constraints may join the table.
    if target.metadata.info.get(_INFORMATIONAL_KEYS):
        leave_out_keys(target)
