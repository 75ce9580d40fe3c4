"""A step compiles its statement once, and binds the values of each load."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.schema import DropTable

from sparkify_dwh.feeds.contract import FEEDS, LOG_FEED, SONG_FEED
from sparkify_dwh.load.proving import load_proofs
from sparkify_dwh.redshift import register
from sparkify_dwh.statements.duckdb_types import NUMBERS, TEXTS
from sparkify_dwh.statements.publish import publish
from sparkify_dwh.statements.scan import ScanPart, probe, stage
from sparkify_dwh.statements.staged import Staged, Window
from sparkify_dwh.statements.step import Step, in_full
from tests.redshift_load.cluster import Cluster

FIRST, LAST = dt.datetime(2018, 11, 1), dt.datetime(2018, 11, 30)
NUMBER = sa.bindparam("number", type_=sa.Integer)


@pytest.fixture(params=["duckdb", pytest.param("redshift", marks=pytest.mark.slow)])
def connection(request: pytest.FixtureRequest) -> Iterator[sa.Connection]:
    if request.param == "duckdb":
        engine = sa.create_engine("duckdb:///:memory:")
    else:
        cluster: Cluster = request.getfixturevalue("cluster")
        register()
        engine = sa.create_engine(cluster.server.url(), poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection


def test_each_run_has_its_own_values(connection: sa.Connection) -> None:
    step = Step("add", sa.select((NUMBER + 1).label("next"), sa.literal("a%b").label("text")))
    assert [step.run(connection, {"number": n}).one() for n in (1, 41)] == [(2, "a%b"), (42, "a%b")]
    assert step.run(connection, {"number": 1, "another": 2}).one().next == 2


def test_value_that_is_not_given_is_missed(connection: sa.Connection) -> None:
    """The one that the statement was built with belongs to another load."""
    step = Step("add", sa.select(sa.bindparam("number", 7) + 1))
    with pytest.raises(KeyError, match="number"):
        step.run(connection)


def test_percent_signs_stay_as_they_are(connection: sa.Connection) -> None:
    percent = sa.literal_column("'100%'")
    assert Step("ask", sa.select(percent)).run(connection).scalar() == "100%"
    step = Step("ask", sa.select(percent, NUMBER))
    assert step.run(connection, {"number": 1}).one() == ("100%", 1)


def test_temporary_table_is_made_of_values(connection: sa.Connection) -> None:
    made = sa.CreateTableAs(sa.select(NUMBER.label("number")), "numbers", temporary=True)
    step, ask = Step("make", made), Step("ask", sa.select(made.table.c.number))
    for number in (3, 4):
        step.run(connection, {"number": number})
        assert ask.run(connection).scalars().all() == [number]
        connection.execute(DropTable(made.table))


def test_engines_do_not_share_their_sql(connection: sa.Connection) -> None:
    step = Step("ask", sa.select(sa.bindparam("text", type_=sa.String)))
    with sa.create_engine("sqlite://").connect() as other:
        assert step.run(other, {"text": "a"}).scalar() == "a"
    assert step.run(connection, {"text": "b"}).scalar() == "b"


def test_list_is_bound_or_written_out_alike() -> None:
    texts = sa.bindparam("texts", ["it's", "[a*?]", "%s"], TEXTS)
    numbers = sa.bindparam("numbers", [3, -4], NUMBERS)
    ask = sa.select(texts, numbers, sa.cast(texts, TEXTS), sa.cast(numbers, NUMBERS))
    with sa.create_engine("duckdb:///:memory:").connect() as connection:
        written = in_full(ask, connection.dialect)
        for found in (connection.execute(ask), connection.exec_driver_sql(written)):
            assert found.one() == (["it's", "[a*?]", "%s"], [3, -4]) * 2


def test_form_of_what_is_staged_has_no_value_of_a_load() -> None:
    tables = {"events": LOG_FEED.table, "songs": SONG_FEED.table}
    staged = Staged(**tables, window=Window(FIRST, LAST))
    another = Staged(**tables, window=Window(LAST, LAST))
    assert staged.form == another.form
    assert hash(staged.form) == hash(another.form)
    assert staged.form != Staged(**tables)
    assert staged.values == {"first_start_time": FIRST, "last_start_time": LAST}
    assert Staged(**tables).values == {}


def named_parameters(statement: object) -> set[str]:
    if isinstance(statement, sa.CreateTableAs):
        statement = statement.selectable
    return {
        element.key
        for element in sa.sql.visitors.iterate(statement)
        if isinstance(element, sa.BindParameter) and not element.unique
    }


def test_statements_of_a_load_name_what_they_are_given_and_nothing_else() -> None:
    staged = Staged(LOG_FEED.table, SONG_FEED.table, Window(FIRST, LAST))
    steps = [*publish(staged), *(step for step, _ in load_proofs(staged))]
    named = [named_parameters(step.statement) for step in steps]
    assert {frozenset(names) for names in named} == {frozenset(), frozenset(staged.values)}
    part = ScanPart(("/a.json",), (1,))
    for feed in FEEDS:
        assert named_parameters(probe(feed, part)) == set(part.values)
        for in_file in (True, False):
            statement = stage(feed, part, feed.table, in_file=in_file)
            assert named_parameters(statement) == set(part.values)


def test_parts_that_are_read_alike_have_one_form() -> None:
    in_place = ScanPart(("/a.json", "/b*.json"), (1, 2))
    assert in_place.form == ScanPart(("/c.json",), (3,)).form
    assert in_place.values == {"paths": ["/a.json", "/b[*].json"], "file_ids": [1, 2]}
    joined = ScanPart(("/spool.json",), (7,), tagged=True)
    assert joined.values == {"paths": ["/spool.json"], "file_ids": [7]}
    numbered = ScanPart(("/spool.json",), (0,), tagged=True, numbered=True)
    assert numbered.values == {"paths": ["/spool.json"], "file_ids": [0]}
    assert len({in_place.form, joined.form, numbered.form}) == 3
