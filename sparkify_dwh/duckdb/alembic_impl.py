"""Alembic on DuckDB: migrations that were written with Redshift in mind run here as well.

duckdb-sqlalchemy brings an Alembic implementation; this one adds the handful of differences
between the two engines, so that a migration needs no ``if`` for either of them.
"""

import re
from typing import Any

from alembic.ddl import base
from duckdb_sqlalchemy.alembic_impl import DuckDBImpl
from sqlalchemy import Column, Sequence, Table, inspect
from sqlalchemy.schema import DropSequence

from sparkify_dwh.duckdb.ddl import KEY_CONSTRAINTS, leave_out_keys

__all__ = ["KeylessDuckDBImpl"]

_SEQUENCE_DEFAULT = re.compile(r"nextval\('\"?(?P<name>[^'\"]+)\"?'\)")


class KeylessDuckDBImpl(DuckDBImpl):
    """The Alembic implementation for the ``duckdb`` dialect in this package's migrations."""

    __dialect__ = "duckdb"

    def create_table(self, table: Table, **kw: Any) -> None:
        """Create the table without its keys."""
        leave_out_keys(table)
        super().create_table(table, **kw)

    def drop_table(self, table: Table, **kw: Any) -> None:
        """Drop the table, and with it the sequences of its identity columns."""
        # ``op.drop_table("t")`` knows no columns, so duckdb-sqlalchemy does not see that a
        # sequence belonged to one of them. Offline there is no table to look at.
        sequences = [] if self.as_sql else self._sequences_of(table)
        super().drop_table(table, **kw)
        for name in sequences:
            self._exec(DropSequence(Sequence(name, schema=table.schema), if_exists=True))

    def _sequences_of(self, table: Table) -> list[str]:
        inspector = inspect(self.connection)
        assert inspector is not None
        if not inspector.has_table(table.name, schema=table.schema):
            return []
        columns = inspector.get_columns(table.name, schema=table.schema)
        matches = (_SEQUENCE_DEFAULT.search(column["default"] or "") for column in columns)
        # The sequence of the table itself only: another one may serve several tables.
        return [m["name"] for m in matches if m and m["name"].startswith(f"{table.name}_")]

    def add_column(self, table_name: str, column: Column[Any], **kw: Any) -> None:
        """Add the column, which may be NOT NULL if it has a default."""
        # ADD COLUMN takes no NOT NULL on DuckDB; a default fills the rows that are there.
        if column.nullable:
            super().add_column(table_name, column, **kw)
            return
        column.nullable = True
        super().add_column(table_name, column, **kw)
        column.nullable = False
        schema = kw.get("schema")
        self._exec(base.ColumnNullable(table_name, column.name, False, schema=schema))

    def add_constraint(self, const: Any, **kw: Any) -> None:
        """Pass over keys, which are not created here."""
        if not isinstance(const, KEY_CONSTRAINTS):
            super().add_constraint(const, **kw)

    def drop_constraint(self, const: Any, **kw: Any) -> None:
        """Pass over keys, which were never created here."""
        # A constraint that is dropped by its name arrives without a class, and the only ones
        # that a migration of this package can have created are keys.
