"""The Alembic plugin: import it in ``migrations/env.py``, and nowhere else.

>>> from sparkify_dwh.redshift.alembic_impl import configure_options
>>> context.configure(connection=connection, **configure_options(connection.dialect, metadata))

Importing the module registers the Alembic implementations for Redshift and DuckDB, the operation
``op.alter_table_layout`` with its comparator, and the rules for what may stand in a migration.
"""

from __future__ import annotations

import copy
import logging
from typing import Any

from alembic.ddl.base import ColumnName, ColumnType, alter_table, format_column_name
from alembic.ddl.impl import DefaultImpl
from alembic.operations import Operations, ops
from alembic.operations import toimpl as stock
from alembic.util import CommandError
from sqlalchemy import Column, MetaData, String, inspect
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.types import to_instance

from sparkify_dwh.duckdb.alembic_impl import KeylessDuckDBImpl
from sparkify_dwh.redshift import alembic_layout, alembic_rules, register

__all__ = ["KeylessDuckDBImpl", "RedshiftImpl", "alembic_layout", "configure_options"]

log = logging.getLogger(__name__)

# The dialect's module registers sqlalchemy-redshift's Alembic implementation when it is loaded;
# alembic_rules has loaded it, so that the class below comes last and wins.
register()


class RedshiftImpl(DefaultImpl):
    """Alembic on Redshift: DDL is transactional; what Redshift cannot alter is refused.

    sqlalchemy-redshift derives its implementation from PostgreSQL's, which alters types by a
    construct that compiles on PostgreSQL only, and asks the server about sequences.
    """

    __dialect__ = "redshift"
    transactional_ddl = True
    type_synonyms = (*DefaultImpl.type_synonyms, {"FLOAT", "DOUBLE PRECISION"})

    def alter_column(self, table_name: str, column_name: str, **kw: Any) -> None:
        complaint = alembic_rules.alter_column_complaint(
            f"{table_name}.{column_name}",
            nullable=kw.get("nullable"),
            server_default=kw.get("server_default", False),
        )
        if complaint:
            raise CommandError(f"Redshift: {complaint}")
        super().alter_column(table_name, column_name, **kw)

    def add_column(self, table_name: str, column: Column[Any], **kw: Any) -> None:
        complaint = alembic_rules.add_column_complaint(table_name, column)
        if complaint:
            raise CommandError(f"Redshift: {complaint}")
        super().add_column(table_name, column, **kw)


@compiles(ColumnName, "redshift")
def _rename_column(element: ColumnName, compiler: DDLCompiler, **kw: Any) -> str:
    # Alembic leaves out the word COLUMN, which Redshift's grammar does not make optional.
    table = alter_table(compiler, element.table_name, element.schema)
    names = [format_column_name(compiler, name) for name in (element.column_name, element.newname)]
    return f"{table} RENAME COLUMN {names[0]} TO {names[1]}"


@Operations.implementation_for(ops.AlterColumnOp, replace=True)
def _alter_column(operations: Operations, operation: ops.AlterColumnOp) -> None:
    """Alter a column; on Redshift, the type on its own, outside of the transaction."""
    if operation.modify_type is not None and isinstance(operations.impl, RedshiftImpl):
        _widen_varchar(operations, operation)
        operation = copy.copy(operation)
        operation.modify_type = None
        if not operation.has_changes():
            return
    stock.alter_column(operations, operation)


def _widen_varchar(operations: Operations, operation: ops.AlterColumnOp) -> None:
    # https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html: not in a transaction
    # block, and not for columns with a default, a key, or the encodings BYTEDICT, RUNLENGTH,
    # TEXT255 and TEXT32K.
    table, column = operation.table_name, operation.column_name
    wanted: Any = to_instance(operation.modify_type)
    existing = _existing_type(operations, operation)
    complaint = alembic_rules.type_change_complaint(f"{table}.{column}", existing, wanted)
    if complaint:
        raise CommandError(f"Redshift: {complaint}")
    if existing.length == wanted.length:
        log.info("%s.%s is VARCHAR(%s) already", table, column, wanted.length)
        return
    with operations.get_context().autocommit_block():
        operations.execute(ColumnType(table, column, wanted, schema=operation.schema))


def _existing_type(operations: Operations, operation: ops.AlterColumnOp) -> Any:
    """Return the type of the column now: the database's word, or offline the migration's."""
    impl: Any = operations.impl
    if impl.as_sql or impl.connection is None:
        declared = operation.existing_type
        return None if declared is None else to_instance(declared)
    inspector = inspect(impl.connection)
    columns = inspector.get_columns(operation.table_name, schema=operation.schema)
    types = {column["name"]: column["type"] for column in columns}
    if operation.column_name not in types:
        raise CommandError(f"{operation.table_name} has no column {operation.column_name}")
    return types[operation.column_name]


def configure_options(
    url_or_dialect: URL | str | Dialect,
    target_metadata: MetaData | None = None,
    *,
    offline: bool = False,
) -> dict[str, Any]:
    """Return the keyword arguments for ``context.configure`` in ``migrations/env.py``.

    :param url_or_dialect: what the migrations run on; of a URL, only the engine's name is used
    :param target_metadata: our tables; with them, tables of other people are not even reflected
    :param offline: whether a script is written (``--sql``) rather than run. The options then
        name the dialect, so that neither a URL nor a password is needed.
    """
    if isinstance(url_or_dialect, (str, URL)):
        name = make_url(url_or_dialect).get_backend_name()
    else:
        name = url_or_dialect.name
    options: dict[str, Any] = {
        "compare_type": _compare_type,
        # An IDENTITY and a sequence both reflect as a default, which no model has.
        "compare_server_default": False,
        # Some operations commit. So a migration that failed is repeated, not all of them.
        "transaction_per_migration": True,
        "include_object": _without_keys if name == "duckdb" else _ours_only,
        "process_revision_directives": alembic_rules.check_directives,
    }
    if target_metadata is not None:
        known = frozenset(table.name for table in target_metadata.tables.values())
        options["target_metadata"] = target_metadata
        options["include_name"] = lambda name, type_, parents: type_ != "table" or name in known
    if offline:
        options["dialect_name"] = name
        options["literal_binds"] = True
        # Without it a percent sign in a comment comes out doubled, for a driver that is not there.
        options["dialect_opts"] = {"paramstyle": "named"}
    return options


def _compare_type(
    context: Any, inspected: Column[Any], model: Column[Any], inspected_type: Any, model_type: Any
) -> bool | None:
    # DuckDB neither enforces nor reflects the length of a VARCHAR.
    if context.dialect.name == "duckdb" and isinstance(inspected_type, String):
        return None if not isinstance(model_type, String) else False
    return None  # Alembic's own comparison.


def _ours_only(obj: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
    # A table that no model describes belongs to somebody else: never offer to drop it.
    return not (type_ == "table" and reflected and compare_to is None)


def _without_keys(obj: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
    # Keys are not created on DuckDB, so their absence is no difference.
    if type_ in ("unique_constraint", "foreign_key_constraint"):
        return False
    return _ours_only(obj, name, type_, reflected, compare_to)
