"""What a result is made into."""

from __future__ import annotations

import datetime as dt
import sys

import pytest
from sqlalchemy import Engine, Executable, delete, literal_column, select, text

from sparkify_dwh import queries
from sparkify_dwh.errors import ConfigurationError
from sparkify_dwh.models import SongPlay
from sparkify_dwh.queries.result import Result, fetch

NEEDS = "needs the frames extra: pip install '.[frames]'"


@pytest.fixture
def places(engine: Engine) -> Result:
    return fetch(engine, queries.plays_by_place())


@pytest.fixture
def nothing(engine: Engine) -> Result:
    return fetch(engine, queries.sessions(start="2030-01-01"))


def test_result_is_a_sequence_of_rows(places: Result) -> None:
    assert len(places) == 3
    assert places[0].place == "Oslo"
    assert [row.plays for row in places] == [5, 3, 1]
    assert places.columns == ("place", "plays", "users", "share")
    assert places.to_dicts()[2] == {"place": None, "plays": 1, "users": 1, "share": 1 / 9}


def test_repr_is_one_short_line(places: Result) -> None:
    assert repr(places) == "<Result 3 rows: place, plays, users, share>"


def test_text_aligns_numbers_to_the_right(places: Result) -> None:
    assert str(places).splitlines()[:3] == [
        "place   plays  users   share",
        "------  -----  -----  ------",
        "Oslo        5      2  0.5556",
    ]


def test_html_is_escaped(engine: Engine) -> None:
    query = select(literal_column("'<script>&'").label("a<b"))
    html = fetch(engine, query)._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;&amp;" in html
    assert "a&lt;b" in html


def test_html_counts_the_rows_that_it_leaves_out(places: Result) -> None:
    many = Result(list(places) * 20, columns=[("a", "any")] * 4, statement=text(""), dialect="")
    assert "… and 10 more rows" in many._repr_html_()


def test_sql_is_that_of_the_engine_or_of_the_other(places: Result, engine: Engine) -> None:
    assert places.sql() == queries.sql(queries.plays_by_place(), engine.dialect.name)
    assert places.sql("redshift") == queries.sql(queries.plays_by_place(), "redshift")


@pytest.mark.parametrize(
    "statement", [text("DELETE FROM songplays"), delete(SongPlay), text("-- x\nTRUNCATE songplays")]
)
def test_what_is_no_query_is_refused(engine: Engine, statement: Executable) -> None:
    with pytest.raises(ConfigurationError, match="takes a query, and this statement is none"):
        fetch(engine, statement)
    assert fetch(engine, text("/* how many? */ SELECT count(*) FROM songplays"))[0][0] == 9


def test_polars_takes_types_from_the_query(places: Result, nothing: Result) -> None:
    polars = pytest.importorskip("polars", reason=NEEDS)
    frame = places.to_polars()
    assert frame["plays"].to_list() == [5, 3, 1]
    assert frame.schema["place"] == polars.String
    assert nothing.to_polars().schema == {
        "user_id": polars.Int64,
        "session_id": polars.Int64,
        "started_at": polars.Datetime("us"),
        "ended_at": polars.Datetime("us"),
        "plays": polars.Int64,
        "seconds": polars.Float64,
        "mean_gap": polars.Float64,
    }


def test_pandas_takes_types_from_the_query(places: Result, nothing: Result) -> None:
    pytest.importorskip("pandas", reason=NEEDS)
    assert places.to_pandas()["plays"].tolist() == [5, 3, 1]
    types = {name: str(type_) for name, type_ in nothing.to_pandas().dtypes.items()}
    assert types["user_id"] == "Int64"
    assert types["started_at"] == "datetime64[us]"
    assert types["mean_gap"] == "float64"


def test_arrow_takes_types_from_the_query(engine: Engine, nothing: Result) -> None:
    arrow = pytest.importorskip("pyarrow", reason=NEEDS)
    days = fetch(engine, queries.plays_by_day()).to_arrow()
    assert days["day"].to_pylist()[0] == dt.date(2018, 11, 5)
    assert days.schema.field("day").type == arrow.date32()
    assert nothing.to_arrow().schema.field("started_at").type == arrow.timestamp("us")


@pytest.mark.parametrize(
    ("module", "method"),
    [("polars", "to_polars"), ("pandas", "to_pandas"), ("pyarrow", "to_arrow")],
)
def test_a_missing_library_is_named_with_the_command_that_installs_it(
    places: Result, monkeypatch: pytest.MonkeyPatch, module: str, method: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigurationError) as caught:
        getattr(places, method)()
    assert caught.value.cause == f"{module} is not installed"
    assert "pip install 'sparkify-dwh[frames]'" in str(caught.value.advice)


def test_a_missing_parser_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ua_parser", None)
    with pytest.raises(ConfigurationError, match="ua-parser is not installed"):
        queries.plays_by_browser(["Mozilla/5.0"])
