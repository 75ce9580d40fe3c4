"""sqlalchemy-redshift's psycopg2 dialect with its faults under SQLAlchemy 2.1 removed.

Every override says which fault it removes. Once sqlalchemy-redshift has caught up, the override
can go. What is not mentioned here (connection arguments with ``sslmode=verify-full``, reserved
words, types) is taken as it is.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, Sequence, Table
from sqlalchemy.exc import CompileError, InvalidRequestError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.dml import Delete
from sqlalchemy_redshift import dialect as upstream  # type: ignore[import-untyped]  # no py.typed

from sparkify_dwh.redshift.layout import checked_encoding, layout_of
from sparkify_dwh.redshift.reflection import CatalogueReflection
from sparkify_dwh.redshift.registration import register

__all__ = ["RedshiftDialect"]

_AUTOCOMMIT = "AUTOCOMMIT"
_SERIALIZABLE = "SERIALIZABLE"
_DATABASE_DEFAULT = "DATABASE DEFAULT"


@compiles(Delete, "redshift")
def _compile_delete(element: Delete, compiler: Any, **kw: Any) -> str:
    # sqlalchemy-redshift's own rule compiles WHERE outside of the statement's scope. A correlated
    # EXISTS loses its correlation there, and one match then deletes every row. The stock method
    # correlates, and renders further tables as DELETE ... USING all the same.
    text: str = compiler.visit_delete(element, **kw)
    return text


class _Compiler(upstream.RedshiftCompiler):  # type: ignore[misc]  # untyped
    def returning_clause(self, *args: Any, **kw: Any) -> str:
        raise CompileError("Redshift has no RETURNING")

    def visit_sequence(self, sequence: Sequence, **kw: Any) -> str:
        raise CompileError(_no_sequence(sequence))


class _DDLCompiler(upstream.RedshiftDDLCompiler):  # type: ignore[misc]  # untyped
    def post_create_table(self, table: Table) -> str:
        # Upstream refuses DISTSTYLE AUTO, and lets a second DISTKEY on a column pass.
        return layout_of(table).create_table_suffix(self.preparer)

    def get_column_specification(self, column: Column[Any], **kw: Any) -> str:
        # Upstream drops sa.Identity() and a Sequence in silence, so that the column would end up
        # without any default. DISTKEY and SORTKEY on a column are rendered with the table.
        if isinstance(column.default, Sequence) and not column.default.optional:
            raise CompileError(_no_sequence(column.default))
        if column.computed is not None:
            raise CompileError("Redshift has no generated columns")
        type_text = self.dialect.type_compiler_instance.process(column.type, type_expression=column)
        words = [self.preparer.format_column(column), type_text]
        identity = _identity_clause(column)
        default = self.get_column_default_string(column)
        if identity is not None:
            words.append(identity)
        elif default is not None:
            words.append(f"DEFAULT {default}")
        encoding = column.dialect_options["redshift"]["encode"]
        if encoding:
            words.append(f"ENCODE {checked_encoding(encoding).upper()}")
        if not column.nullable:
            words.append("NOT NULL")
        return " ".join(words)

    def visit_create_index(self, create: Any, *args: Any, **kw: Any) -> str:
        raise CompileError(f"Redshift has no indexes: {create.element.name}")

    def visit_drop_index(self, drop: Any, **kw: Any) -> str:
        raise CompileError(f"Redshift has no indexes: {drop.element.name}")

    def visit_check_constraint(self, constraint: Any, **kw: Any) -> str:
        raise CompileError(f"Redshift has no CHECK constraints: {constraint.name}")

    visit_column_check_constraint = visit_check_constraint

    def visit_exclude_constraint(self, constraint: Any, **kw: Any) -> str:
        raise CompileError(f"Redshift has no EXCLUDE constraints: {constraint.name}")

    def visit_create_sequence(self, create: Any, **kw: Any) -> str:
        raise CompileError(_no_sequence(create.element))

    def visit_drop_sequence(self, drop: Any, **kw: Any) -> str:
        raise CompileError(_no_sequence(drop.element))


class _TypeCompiler(upstream.RedshiftTypeCompiler):  # type: ignore[misc]  # untyped
    def _refuse(self, type_: Any, **kw: Any) -> str:
        raise CompileError(f"Redshift has no type for {type(type_).__name__} columns")

    # PostgreSQL types that would reach the server and fail there.
    visit_ARRAY = _refuse
    visit_JSON = _refuse
    visit_JSONB = _refuse
    visit_UUID = _refuse
    visit_BYTEA = _refuse
    visit_ENUM = _refuse


class RedshiftDialect(
    CatalogueReflection,
    upstream.RedshiftDialect_psycopg2,  # type: ignore[misc]  # untyped
):
    """The dialect behind ``redshift://`` and ``redshift+psycopg2://`` in this package."""

    # Upstream switches the cache off; nothing here depends on more than the cache key says.
    supports_statement_cache = True
    statement_compiler = _Compiler
    ddl_compiler = _DDLCompiler
    type_compiler_cls = _TypeCompiler
    # Upstream sets the attribute of this old name, which SQLAlchemy would prefer.
    type_compiler = _TypeCompiler

    # Redshift has no RETURNING, neither explicit nor to fetch generated keys.
    insert_returning = False
    update_returning = False
    delete_returning = False
    use_insertmanyvalues = False
    use_insertmanyvalues_wo_returning = False
    # Redshift has no sequences: do not ask nextval() for the key of an INSERT.
    supports_sequences = False
    preexecute_autoincrement_sequences = False
    postfetch_lastrowid = False
    # A backslash is an escape character in a string literal: '\\' is one backslash. Without this
    # a value that ends with a backslash would escape its closing quote.
    _backslash_escapes = True

    def __init__(self, **kw: Any) -> None:
        # The hstore look-up costs a query for each connection and never finds anything.
        kw.setdefault("use_native_hstore", False)
        super().__init__(**kw)

    def _set_backslash_escapes(self, connection: Any) -> None:
        self._backslash_escapes = True

    # The isolation level is a property of the database (SNAPSHOT or SERIALIZABLE), not of the
    # session, and PostgreSQL's SHOW does not know SNAPSHOT. So a transaction is begun without
    # any level unless SERIALIZABLE is asked for.
    # https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html

    def get_isolation_level_values(self, dbapi_connection: Any) -> list[Any]:
        return [_AUTOCOMMIT, _SERIALIZABLE, _DATABASE_DEFAULT]

    def get_default_isolation_level(self, dbapi_connection: Any) -> Any:
        return _DATABASE_DEFAULT

    def get_isolation_level(self, dbapi_connection: Any) -> Any:
        if dbapi_connection.autocommit:
            return _AUTOCOMMIT
        serializable = self._psycopg2_extensions.ISOLATION_LEVEL_SERIALIZABLE
        return (
            _SERIALIZABLE if dbapi_connection.isolation_level == serializable else _DATABASE_DEFAULT
        )

    def set_isolation_level(self, dbapi_connection: Any, level: str) -> None:
        dbapi_connection.autocommit = level == _AUTOCOMMIT
        if level != _AUTOCOMMIT:
            dbapi_connection.isolation_level = _SERIALIZABLE if level == _SERIALIZABLE else None

    def do_savepoint(self, connection: Any, name: str) -> None:
        raise InvalidRequestError("Redshift has no SAVEPOINT, so no nested transactions")


def _identity_clause(column: Column[Any]) -> str | None:
    """Return the IDENTITY clause of a column, from ``redshift_identity`` or ``Identity()``."""
    pair = column.dialect_options["redshift"]["identity"]
    if pair is None and column.identity is None:
        return None
    if not isinstance(column.type, (Integer, BigInteger)):
        raise CompileError(f"column {column.name!r}: IDENTITY needs an INT or BIGINT column")
    if pair is not None:
        seed, step = pair
        return f"IDENTITY({int(seed)},{int(step)})"
    identity = column.identity
    assert identity is not None
    if any((identity.minvalue, identity.maxvalue, identity.cycle, identity.cache)):
        raise CompileError(f"column {column.name!r}: IDENTITY takes a start and an increment only")
    seed = 1 if identity.start is None else identity.start
    step = 1 if identity.increment is None else identity.increment
    # Redshift's plain IDENTITY is "always": it takes no explicit values.
    kind = "IDENTITY" if identity.always else "GENERATED BY DEFAULT AS IDENTITY"
    return f"{kind}({seed},{step})"


def _no_sequence(sequence: Sequence) -> str:
    return (
        f"Redshift has no sequences ({sequence.name}): "
        "declare the column with redshift_identity=(0, 1)"
    )


# Importing sqlalchemy_redshift has registered the dialect of that package once more.
register()
