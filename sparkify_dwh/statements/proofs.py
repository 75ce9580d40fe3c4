"""The keys and references that the tables declare, as selects of offending rows.

Redshift enforces none of them and trusts all of them; DuckDB is not asked to. So they are
derived from their metadata and proven: by a load on what it touched, before it
commits, and by a check over everything. A proof that finds no row has succeeded.
"""

import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    ForeignKeyConstraint,
    FromClause,
    PrimaryKeyConstraint,
    Select,
    Table,
    UniqueConstraint,
    and_,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

#: A table with this column has nearly as many rows as there are plays.
_MOMENT = "start_time"

#: Restricts a proof to the rows that a load touched; None means all rows.
Scope = Callable[[FromClause], ColumnElement[bool] | None]


class Kind(enum.StrEnum):
    """What a proof proves."""

    KEY = "key"
    REFERENCE = "reference"
    NOT_NULL = "not null"
    VALUES = "allowed values"
    RECONCILIATION = "reconciliation"


class Severity(enum.StrEnum):
    """How bad an offending row is."""

    ERROR = "error"  #: the warehouse does not hold what it promises
    WARNING = "warning"  #: the source sent something that nobody expected


@dataclass(frozen=True, slots=True)
class Proof:
    """A select of the rows that break a promise of the tables."""

    kind: Kind
    name: str  #: such as "songplays (user_id, session_id, start_time) is unique"
    offending: Select[Any]
    severity: Severity = Severity.ERROR

    @property
    def count(self) -> Select[Any]:
        """Select the number of offending rows (of offending keys, for a key)."""
        return select(func.count()).select_from(self.offending.subquery("offending"))


def together(found: Sequence[Proof]) -> CompoundSelect[Any]:
    """Select proof (its place in the sequence) and offending (a count), a row for each proof.

    One statement instead of many: on Redshift each is a round trip, is planned and compiled.
    """
    return union_all(
        *(
            select(
                literal_column(str(place)).label("proof"), func.count().label("offending")
            ).select_from(proof.offending.subquery("offending_rows"))
            for place, proof in enumerate(found)
        )
    )


def everything(table: FromClause) -> ColumnElement[bool] | None:
    """Put no restriction on any table."""
    del table
    return None


def proofs(tables: Sequence[Table], *, scope: Scope = everything) -> Iterator[Proof]:
    """Yield the proofs of the tables' keys, references and nullability, in this order."""
    for table in tables:
        yield from _keys(table, scope)
    for table in tables:
        yield from _references(table, scope)
    for table in tables:
        yield from _not_null(table, scope)


def _within(table: FromClause, scope: Scope) -> ColumnElement[bool]:
    condition = scope(table)
    return true() if condition is None else condition


def _keys(table: Table, scope: Scope) -> Iterator[Proof]:
    for constraint in _sorted(table, (PrimaryKeyConstraint, UniqueConstraint)):
        columns = list(constraint.columns)
        if not columns:
            continue
        names = ", ".join(column.name for column in columns)
        yield Proof(
            Kind.KEY,
            f"{table.name} ({names}) is unique",
            select(*columns, func.count().label("rows_with_it"))
            .where(_within(table, scope))
            .group_by(*columns)
            .having(func.count() > 1),
        )


def _references(table: Table, scope: Scope) -> Iterator[Proof]:
    for constraint in _sorted(table, (ForeignKeyConstraint,)):
        parent = constraint.referred_table.alias("parent")
        pairs = [(element.parent, parent.c[element.column.name]) for element in constraint.elements]
        names = ", ".join(column.name for column, _ in pairs)
        children = select(*(column for column, _ in pairs)).where(_within(table, scope))
        # Plays refer to few rows, each of them often: to look for each once is cheaper.
        is_referred_to_often = _MOMENT not in parent.c
        child = (children.distinct() if is_referred_to_often else children).subquery("child")
        refers = [(child.c[column.name], other) for column, other in pairs]
        offending = (
            select(*child.c)
            .join_from(
                child,
                parent,
                # A row that was touched refers to one in the same scope, if it refers to any.
                and_(*(column == other for column, other in refers), _within(parent, scope)),
                isouter=True,
            )
            .where(*(column.is_not(None) for column in child.c), refers[0][1].is_(None))
        )
        yield Proof(
            Kind.REFERENCE,
            f"{table.name} ({names}) is in {constraint.referred_table.name}",
            offending if is_referred_to_often else offending.distinct(),
        )


def _not_null(table: Table, scope: Scope) -> Iterator[Proof]:
    required = [column for column in table.columns if not column.nullable]
    if required:
        names = ", ".join(column.name for column in required)
        yield Proof(
            Kind.NOT_NULL,
            f"{table.name} ({names}) is never NULL",
            select(*table.columns).where(
                _within(table, scope), or_(*(column.is_(None) for column in required))
            ),
        )


def _sorted(table: Table, kinds: tuple[type, ...]) -> list[Any]:
    """Return the constraints in a fixed order; a table holds them in a set."""
    found = [constraint for constraint in table.constraints if isinstance(constraint, kinds)]
    return sorted(found, key=lambda c: [column.name for column in c.columns])
