"""ALTER TABLE for the physical layout, as SQLAlchemy DDL.

https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.sql.compiler import DDLCompiler

from sparkify_dwh.redshift.layout import Layout, checked_encoding

__all__ = ["AlterLayout", "alter_layout"]


class AlterLayout(ExecutableDDLElement):
    """``ALTER TABLE t <change>``, where ``{}`` in the change takes the quoted columns."""

    stringify_dialect = "redshift"

    def __init__(self, table: Table, change: str, *columns: str) -> None:
        self.table = table
        self.change = change
        self.columns = columns


@compiles(AlterLayout, "redshift")
def _compile_alter_layout(element: AlterLayout, compiler: DDLCompiler, **kw: Any) -> str:
    table = compiler.preparer.format_table(element.table)
    columns = ", ".join(compiler.preparer.quote(name) for name in element.columns)
    return f"ALTER TABLE {table} {element.change.format(columns)}"


def alter_layout(table: Table, wanted: Layout) -> list[AlterLayout]:
    """Return the statements that give ``table`` what ``wanted`` pins, and leave the rest.

    None of them may run in a transaction block. There is one statement for each aspect, so that
    a migration that was interrupted can go on where it stopped. The encodings come last: a new
    sort key may rewrite the table.
    """
    if wanted.interleaved and isinstance(wanted.sortkey, tuple):
        raise ArgumentError(
            f"table {table.name!r}: Redshift cannot alter a sort key to INTERLEAVED"
        )
    statements = []
    if wanted.distkey is not None:
        statements.append(AlterLayout(table, "ALTER DISTSTYLE KEY DISTKEY {}", wanted.distkey))
    elif wanted.diststyle is not None:
        statements.append(AlterLayout(table, f"ALTER DISTSTYLE {wanted.diststyle}"))
    if isinstance(wanted.sortkey, tuple):
        statements.append(AlterLayout(table, "ALTER COMPOUND SORTKEY ({})", *wanted.sortkey))
    elif wanted.sortkey is not None:
        statements.append(AlterLayout(table, f"ALTER SORTKEY {wanted.sortkey}"))
    for column, encoding in wanted.encodings.items():
        change = f"ALTER COLUMN {{}} ENCODE {checked_encoding(encoding).upper()}"
        statements.append(AlterLayout(table, change, column))
    return statements
