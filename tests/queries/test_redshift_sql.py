"""The SQL of every query is what Redshift takes, and what either engine is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, Select, text

from sparkify_dwh import queries
from sparkify_dwh.engines.connect import open_engine
from sparkify_dwh.queries import QueryInfo
from sparkify_dwh.queries.result import fetch
from sparkify_dwh.settings import Settings
from tests.redshift_sql import assert_redshift_sql

ALL: dict[str, Any] = {
    "start": "2018-11-01",
    "end": "2018-12-01",
    "level": "paid",
    "place": "Rochester, N.Y. 100%",
    "n": 5,
    "known": False,
}
#: The queries that always return one row, with that of an empty warehouse.
ONE_ROW = {
    "catalogue_coverage": [(0, 0, None, 0, 0, None, 0, 0, None)],
    "totals": [(0, 0, 0, None, None)],
}
INFOS = {info.name: info for info in queries.all_queries()}


def build(info: QueryInfo, **parameters: Any) -> Select[Any]:
    taken = {name: value for name, value in parameters.items() if name in info.parameters}
    return info.function([], **taken) if info.needs_user_agents else info.function(**taken)


@pytest.mark.parametrize("name", INFOS)
def test_query_suits_redshift(name: str) -> None:
    assert_redshift_sql(queries.sql(build(INFOS[name], **ALL, period="month"), "redshift"))


@pytest.mark.parametrize("name", INFOS)
def test_every_order_says_where_null_goes(name: str) -> None:
    shown = queries.sql(build(INFOS[name]), "redshift")
    order = shown.rpartition("ORDER BY")[2] if "ORDER BY" in shown else "NULLS LAST"
    assert order.count("NULLS LAST") == order.count(" ASC") + order.count(" DESC") or (
        name in ONE_ROW
    )


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    engine = open_engine(Settings.resolve(database_url=empty_url))
    yield engine
    engine.dispose()


@pytest.mark.parametrize("name", INFOS)
def test_an_empty_warehouse_has_an_answer(empty: Engine, name: str) -> None:
    rows = fetch(empty, build(INFOS[name], **ALL))
    assert [tuple(row) for row in rows] == ONE_ROW.get(name, [])


@pytest.mark.parametrize("name", INFOS)
def test_shown_sql_gives_the_same_rows(engine: Engine, name: str) -> None:
    query = build(INFOS[name], start="2018-11-01", level="free", place="O'Hare 100%")
    shown = queries.sql(query, engine.dialect.name)
    with engine.connect() as connection:
        found = connection.exec_driver_sql(shown.replace("%", "%%") if _formats(engine) else shown)
        assert [tuple(row) for row in found] == [tuple(row) for row in fetch(engine, query)]


def _formats(engine: Engine) -> bool:
    """Tell whether the driver would take a percent sign for a placeholder."""
    return engine.dialect.name == "redshift"


def test_values_are_written_as_literals() -> None:
    query = queries.top_songs(start="2018-11-05", level="it's", place="a\\b")
    assert "'it''s'" in queries.sql(query, "duckdb")
    assert "a\\\\b" in queries.sql(query, "redshift")
    assert "2018-11-05" in queries.sql(query)


def test_the_time_is_compared_as_it_is_stored() -> None:
    shown = queries.sql(queries.plays_by_hour(start="2018-11-05", end="2018-11-06"), "redshift")
    assert "songplays.start_time >= '2018-11-05 00:00:00'" in shown
    assert "songplays.start_time < '2018-11-06 00:00:00'" in shown


def test_an_unknown_dialect_is_refused() -> None:
    with pytest.raises(ValueError, match="'mysql' is none of duckdb, redshift"):
        queries.sql(text("SELECT 1"), "mysql")
