"""Draws tables as a Mermaid entity-relationship diagram.

Written here, and not left to paracelsus, because paracelsus 0.15 takes each column of a composite
key for unique, and each reference for mandatory: it would draw that a load has one reject at most,
and that every play has a song.

https://mermaid.js.org/syntax/entityRelationshipDiagram.html
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from sparkify_dwh.docs_from_models.type_names import redshift_type


def er_diagram(tables: Sequence[Table]) -> str:
    """Return the diagram of the tables and of the references between them."""
    lines = ["erDiagram"]
    for table in tables:
        lines += _references(table, tables)
    for table in tables:
        lines.append(f"    {table.name} {{")
        lines += [f"        {_attribute(column)}" for column in table.columns]
        lines.append("    }")
    return "\n".join(lines)


def _references(table: Table, shown: Sequence[Table]) -> Iterator[str]:
    """Yield a line for each reference of the table to one that is shown, in column order."""
    constraints = [c for c in table.constraints if isinstance(c, ForeignKeyConstraint)]
    order = list(table.columns)
    for constraint in sorted(constraints, key=lambda c: order.index(next(iter(c.columns)))):
        if constraint.referred_table not in shown:
            continue
        names = [column.name for column in constraint.columns]
        many = "|o" if _is_unique(table, names) else "}o"
        one = "o|" if any(column.nullable for column in constraint.columns) else "||"
        yield f"    {table.name} {many}--{one} {constraint.referred_table.name} : {'_'.join(names)}"


def _is_unique(table: Table, names: Sequence[str]) -> bool:
    """Return whether a key consists of exactly these columns: a part of a key is not unique."""
    return any(
        {column.name for column in constraint.columns} == set(names)
        for constraint in table.constraints
        if isinstance(constraint, (PrimaryKeyConstraint, UniqueConstraint))
    )


def _attribute(column: Column[object]) -> str:
    # A type is one word to Mermaid.
    words = [redshift_type(column).lower().split()[0], column.name]
    keys = [*(["PK"] if column.primary_key else []), *(["FK"] if column.foreign_keys else [])]
    if keys:
        words.append(", ".join(keys))
    if column.nullable:
        words.append('"may be NULL"')
    return " ".join(words)
