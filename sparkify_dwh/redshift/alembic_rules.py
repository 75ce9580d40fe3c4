"""What a migration may not ask of Redshift, said when it is written and when it is run.

The rules hold whichever engine a migration is generated on, because each one has to run on all.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterable, Iterator, MutableSequence
from typing import Any

from alembic.ddl.base import AddColumn
from alembic.ddl.postgresql import CreateExcludeConstraintOp
from alembic.operations import ops
from alembic.util import CommandError
from sqlalchemy import Column, String
from sqlalchemy.exc import ArgumentError, CompileError
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import VARCHAR, TypeEngine

from sparkify_dwh.redshift.dialect import RedshiftDialect

__all__ = [
    "add_column_complaint",
    "alter_column_complaint",
    "check_directives",
    "type_change_complaint",
]

log = logging.getLogger(__name__)

_DIALECT = RedshiftDialect()


def check_directives(context: Any, revision: Any, directives: list[ops.MigrationScript]) -> None:
    """Refuse to write a migration that cannot run; for ``process_revision_directives``.

    Downgrades are put right instead, as far as that does no harm: a VARCHAR that was widened
    stays wide, and a column that comes back is nullable. Raises
    :class:`~alembic.util.CommandError` that lists everything that is wrong.
    """
    complaints: list[str] = []
    for script in directives:
        for upgrade in script.upgrade_ops_list:
            complaints += [text for op in _walk(upgrade.ops) if (text := _complaint(op))]
        for downgrade in script.downgrade_ops_list:
            _make_possible(downgrade.ops)
    if complaints:
        raise CommandError("this migration cannot run on Redshift:\n- " + "\n- ".join(complaints))


def add_column_complaint(table_name: str, column: Column[Any]) -> str | None:
    """Return what forbids adding ``column`` to a table that exists."""
    where = f"{table_name}.{column.name}"
    if not column.nullable and column.server_default is None:
        return f"{where}: a NOT NULL column can be added with a server_default only"
    if column.dialect_options["redshift"]["identity"] or column.identity:
        return f"{where}: an IDENTITY column cannot be added to a table that exists"
    if column.primary_key:
        return f"{where}: a column cannot be added as PRIMARY KEY"
    return None


def alter_column_complaint(where: str, *, nullable: bool | None, server_default: Any) -> str | None:
    """Return what forbids a change of nullability or default."""
    if nullable is not None:
        return f"{where}: NOT NULL cannot be set or dropped; rebuild the table"
    if server_default is not False:
        return f"{where}: the default of a column cannot be altered; rebuild the table"
    return None


def type_change_complaint(where: str, existing: Any, wanted: Any) -> str | None:
    """Return what forbids the change of type: all but a VARCHAR that grows is forbidden.

    The types are instances; an ``existing`` of ``None`` is unknown and is refused as well.
    """
    if existing is None:
        return (
            f"{where}: say existing_type=, only a VARCHAR can be altered, and only to a wider one"
        )
    if not (_is_varchar(existing) and _is_varchar(wanted) and wanted.length):
        return f"{where}: {existing!r} cannot become {wanted!r}, only a VARCHAR can be widened"
    # DuckDB does not reflect the length; there any VARCHAR may be meant.
    if existing.length and wanted.length < existing.length:
        return f"{where}: VARCHAR({existing.length}) cannot shrink to {wanted.length} bytes"
    return None


def _is_varchar(type_: TypeEngine[Any]) -> bool:
    return type(type_) in (String, VARCHAR)


def _walk(operations: Iterable[ops.MigrateOperation]) -> Iterator[ops.MigrateOperation]:
    for operation in operations:
        if isinstance(operation, ops.OpContainer):
            yield from _walk(operation.ops)
        else:
            yield operation


def _complaint(operation: ops.MigrateOperation) -> str | None:
    match operation:
        case ops.CreateIndexOp() | ops.DropIndexOp():
            return f"{operation.table_name}: there are no indexes ({operation.index_name})"
        case ops.CreateCheckConstraintOp() | CreateExcludeConstraintOp():
            return f"{operation.table_name}: there are no CHECK and no EXCLUDE constraints"
        case ops.AddColumnOp():
            return add_column_complaint(operation.table_name, operation.column) or _refusal(
                AddColumn(operation.table_name, operation.column)
            )
        case ops.AlterColumnOp():
            return _alter_complaint(operation)
        case ops.CreateTableOp():
            return _refusal(CreateTable(operation.to_table()))
    return None


def _alter_complaint(operation: ops.AlterColumnOp) -> str | None:
    where = f"{operation.table_name}.{operation.column_name}"
    complaint = alter_column_complaint(
        where,
        nullable=operation.modify_nullable,
        server_default=operation.modify_server_default,
    )
    if complaint is None and operation.modify_type is not None:
        return type_change_complaint(where, operation.existing_type, operation.modify_type)
    return complaint


def _refusal(ddl: Any) -> str | None:
    """Return why the dialect does not compile ``ddl``, e.g. a CHECK constraint or an array."""
    try:
        ddl.compile(dialect=_DIALECT)
    except (ArgumentError, CompileError) as error:
        return str(error)
    return None


def _make_possible(operations: MutableSequence[ops.MigrateOperation]) -> None:
    for operation in list(operations):
        if isinstance(operation, ops.OpContainer):
            _make_possible(operation.ops)
            if not operation.ops:
                operations.remove(operation)
        elif isinstance(operation, ops.AlterColumnOp) and operation.modify_type is not None:
            if _alter_complaint(operation):
                log.info("%s stays wide on downgrade", operation.column_name)
                operation.modify_type = None
            if not operation.has_changes():
                operations.remove(operation)
        elif isinstance(operation, ops.AddColumnOp) and add_column_complaint(
            operation.table_name, operation.column
        ):
            operation.column = copy.copy(operation.column)
            operation.column.nullable = True
