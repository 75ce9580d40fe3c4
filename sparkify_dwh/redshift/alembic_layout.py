"""Alembic learns the physical layout: ``op.alter_table_layout`` and its autogeneration.

Alembic renders the ``redshift_*`` keywords of a new table, but never compares those of one that
exists. The comparator here does, and only for what a model pins (see ``layout``).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from alembic.autogenerate import comparators, renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations import Operations, ops
from alembic.util import PriorityDispatchResult
from sqlalchemy import MetaData, Table

from sparkify_dwh.redshift.layout import Layout, layout_of
from sparkify_dwh.redshift.layout_ddl import alter_layout

__all__ = ["AlterTableLayoutOp"]

log = logging.getLogger(__name__)


@Operations.register_operation("alter_table_layout")
class AlterTableLayoutOp(ops.AlterTableOp):
    """A change of a table's distribution, sort key or encodings."""

    def __init__(
        self, table_name: str, wanted: Layout, existing: Layout, *, schema: str | None = None
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.wanted = wanted
        self.existing = existing

    @classmethod
    def alter_table_layout(
        cls,
        operations: Operations,
        table_name: str,
        *,
        diststyle: str | None = None,
        distkey: str | None = None,
        sortkey: str | Sequence[str] | None = None,
        encodings: Mapping[str, str] | None = None,
        existing_diststyle: str | None = None,
        existing_distkey: str | None = None,
        existing_sortkey: str | Sequence[str] | None = None,
        existing_encodings: Mapping[str, str] | None = None,
        schema: str | None = None,
    ) -> None:
        """Alter the physical layout of a Redshift table; other engines pass over it.

        ``sortkey`` takes column names, ``"AUTO"`` or ``"NONE"``. What is not given is left as
        it is. The statements run outside of a transaction, each on its own, and those that the
        table fulfils already are left out, so that an interrupted migration can be repeated.
        The ``existing_*`` values only say what the downgrade goes back to.
        """
        wanted = Layout.of(
            diststyle=diststyle, distkey=distkey, sortkey=sortkey, encodings=encodings
        )
        existing = Layout.of(
            diststyle=existing_diststyle,
            distkey=existing_distkey,
            sortkey=existing_sortkey,
            encodings=existing_encodings,
        )
        operations.invoke(cls(table_name, wanted, existing, schema=schema))

    def reverse(self) -> AlterTableLayoutOp:
        """Return the operation that restores the existing layout."""
        return AlterTableLayoutOp(self.table_name, self.existing, self.wanted, schema=self.schema)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """Return the change in the form that ``alembic check`` prints."""
        return ("alter_table_layout", self.schema, self.table_name, self.existing, self.wanted)


@Operations.implementation_for(AlterTableLayoutOp)
def _alter_table_layout(operations: Operations, operation: AlterTableLayoutOp) -> None:
    impl: Any = operations.impl
    name = operation.table_name
    if impl.dialect.name != "redshift":
        log.info("%s: the layout of %s means nothing here", impl.dialect.name, name)
        return
    wanted = operation.wanted
    table = Table(name, MetaData(), schema=operation.schema)
    if impl.connection is not None and not impl.as_sql:
        actual = Table(
            name,
            MetaData(),
            schema=operation.schema,
            autoload_with=impl.connection,
            resolve_fks=False,
        )
        wanted = wanted.differing_from(layout_of(actual))
    statements = alter_layout(table, wanted)
    if not statements:
        log.info("table %s has the layout already", name)
        return
    with operations.get_context().autocommit_block():
        for statement in statements:
            impl.execute(statement)


@comparators.dispatch_for("table", qualifier="redshift")
def _compare_layout(  # noqa: PLR0917  # Alembic passes all of them by position
    autogen_context: AutogenContext,
    modify_table_ops: ops.ModifyTableOps,
    schema: str | None,
    table_name: str,
    conn_table: Table | None,
    metadata_table: Table | None,
) -> PriorityDispatchResult:
    if conn_table is None or metadata_table is None:
        return PriorityDispatchResult.CONTINUE  # CREATE and DROP TABLE take all of it along.
    pinned = layout_of(metadata_table)
    existing = layout_of(conn_table)
    # A column that is about to be added brings its encoding, and the catalogue cannot tell
    # whether a sort key was chosen by automation or by somebody.
    pinned = replace(
        pinned,
        encodings={col: enc for col, enc in pinned.encodings.items() if col in conn_table.c},
        sortkey=None if pinned.sortkey == "AUTO" else pinned.sortkey,
    )
    wanted = pinned.differing_from(existing)
    if not wanted.is_empty:
        log.info("Detected a change of the layout of table %r", table_name)
        modify_table_ops.ops.append(
            AlterTableLayoutOp(table_name, wanted, existing.same_aspects(wanted), schema=schema)
        )
    return PriorityDispatchResult.CONTINUE


@renderers.dispatch_for(AlterTableLayoutOp)
def _render_layout(autogen_context: AutogenContext, operation: AlterTableLayoutOp) -> str:
    keywords = _keywords("", operation.wanted) | _keywords("existing_", operation.existing)
    if operation.schema is not None:
        keywords["schema"] = operation.schema
    prefix = autogen_context.opts["alembic_module_prefix"]
    lines = [repr(operation.table_name)] + [f"{key}={value!r}" for key, value in keywords.items()]
    return f"{prefix}alter_table_layout({', '.join(lines)})"


def _keywords(prefix: str, layout: Layout) -> dict[str, Any]:
    sortkey = list(layout.sortkey) if isinstance(layout.sortkey, tuple) else layout.sortkey
    keywords = {
        "diststyle": layout.diststyle,
        "distkey": layout.distkey,
        "sortkey": sortkey,
        "encodings": dict(layout.encodings),
    }
    return {prefix + key: value for key, value in keywords.items() if value}
