"""Proofs are derived from a table's metadata, and find what breaks each promise of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    true,
)

from sparkify_dwh.statements.proofs import Kind, Proof, proofs, together
from sparkify_dwh.statements.staged import Staged, Window

METADATA = MetaData()
PARENTS = Table(
    "parents",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("code", String, nullable=False),
    Column("nick", String),
    UniqueConstraint("code"),
)
CHILDREN = Table(
    "children",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("parent", Integer, ForeignKey("parents.id")),
)
#: Of which nothing is promised.
NOTES = Table("notes", METADATA, Column("text", String))


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    engine = create_engine("duckdb:///:memory:")
    with engine.connect() as connection:
        for statement in (
            "CREATE TABLE parents (id INTEGER, code VARCHAR, nick VARCHAR)",
            "CREATE TABLE children (id INTEGER, parent INTEGER)",
            "CREATE TABLE notes (text VARCHAR)",
            "INSERT INTO parents VALUES (1, 'a', 'x'), (1, 'b', 'x'), (2, NULL, NULL)",
            "INSERT INTO parents VALUES (3, 'b', 'y')",
            "INSERT INTO children VALUES (1, 1), (2, NULL), (3, 9), (4, 9), (5, 8)",
            "INSERT INTO notes VALUES ('a'), ('a'), (NULL)",
        ):
            connection.exec_driver_sql(statement)
        yield connection
    engine.dispose()


def found(connection: Connection, tables: list[Table], **options) -> dict[str, int]:
    made = list(proofs(tables, **options))
    counts = {row.proof: row.offending for row in connection.execute(together(made))}
    assert [counts[place] for place in range(len(made))] == [
        connection.scalar(proof.count) for proof in made
    ]
    return {proof.name: counts[place] for place, proof in enumerate(made)}


def test_each_promise_is_proven_by_itself(connection: Connection) -> None:
    assert found(connection, [PARENTS, CHILDREN]) == {
        "parents (id) is unique": 1,
        "parents (code) is unique": 1,
        "children (id) is unique": 0,
        "children (parent) is in parents": 2,
        "parents (id, code) is never NULL": 1,
        "children (id) is never NULL": 0,
    }


def test_a_scope_restricts_what_is_looked_at(connection: Connection) -> None:
    def first_ones(table):
        return table.c.id <= 2 if table.name in ("parents", "children") else None

    counts = found(connection, [PARENTS, CHILDREN], scope=first_ones)
    assert counts["parents (code) is unique"] == 0
    assert counts["children (parent) is in parents"] == 0
    assert counts["parents (id) is unique"] == 1


def test_a_table_without_promises_has_no_proofs() -> None:
    assert list(proofs([NOTES])) == []


def test_the_offending_rows_themselves_are_selected(connection: Connection) -> None:
    by_kind: dict[Kind, Proof] = {proof.kind: proof for proof in proofs([CHILDREN])}
    rows = connection.execute(by_kind[Kind.REFERENCE].offending).all()
    assert sorted(row[0] for row in rows) == [8, 9]


def test_a_load_without_events_restricts_no_time() -> None:
    column = Column("start_time", Integer)
    assert Staged(None, NOTES).during_load(column) is true()
    assert "BETWEEN" in str(Staged(NOTES, None, Window(1, 2)).during_load(column))
