"""The register of queries is what the functions and their docstrings say."""

from __future__ import annotations

import inspect
import json

import pytest
from sqlalchemy import Select

from sparkify_dwh import queries
from sparkify_dwh.queries.command import main
from sparkify_dwh.queries.registry import REGISTER, QueryInfo, kind_of

INFOS = queries.all_queries()


def selected(info: QueryInfo) -> Select[object]:
    return info.function([]) if info.needs_user_agents else info.function()


@pytest.mark.parametrize("info", INFOS, ids=lambda info: info.name)
def test_docstring_tells_the_columns_of_the_select(info: QueryInfo) -> None:
    found = [(column.name, kind_of(column.type)) for column in selected(info).selected_columns]
    assert [(column.name, column.kind) for column in info.columns] == found
    assert all(column.about.endswith(".") for column in info.columns)


@pytest.mark.parametrize("info", INFOS, ids=lambda info: info.name)
def test_question_ends_with_a_question_mark(info: QueryInfo) -> None:
    assert info.question.endswith("?")


@pytest.mark.parametrize("info", INFOS, ids=lambda info: info.name)
def test_parameters_are_given_by_keyword_and_have_defaults(info: QueryInfo) -> None:
    for name, parameter in inspect.signature(info.function).parameters.items():
        if name != "user_agents":
            assert parameter.kind is parameter.KEYWORD_ONLY
            assert parameter.default is not parameter.empty
        assert parameter.annotation is not parameter.empty


def test_every_function_that_returns_a_select_is_registered() -> None:
    exported = {
        name
        for name in queries.__all__
        if inspect.isfunction(getattr(queries, name))
        and "Select" in str(inspect.signature(getattr(queries, name)).return_annotation)
    }
    assert exported == set(REGISTER)


def test_exports_are_sorted() -> None:
    assert list(queries.__all__) == sorted(queries.__all__)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"start": "yesterday"}, "start='yesterday' is no date or time"),
        ({"end": "2018-13-01"}, "end='2018-13-01'"),
        ({"n": 0}, "n=0 is less than one"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(
    parameters: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        queries.top_songs(**parameters)  # type: ignore[arg-type]  # wrong on purpose


def test_an_unknown_period_is_refused() -> None:
    with pytest.raises(ValueError, match="period='year' is none of day, week, month"):
        queries.active_users(period="year")  # type: ignore[arg-type]  # wrong on purpose


def test_command_lists_every_query(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == sorted(REGISTER)
    assert main(["--json"]) == 0
    assert [query["name"] for query in json.loads(capsys.readouterr().out)] == sorted(REGISTER)


def test_command_shows_question_and_sql(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sessions", "--dialect", "redshift"]) == 0
    shown = capsys.readouterr().out
    assert "Which sessions are the longest" in shown
    assert "DATEDIFF(ms, " in shown


def test_command_refuses_an_unknown_query(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["top_cats"]) == 2
    assert "there is no query 'top_cats'" in capsys.readouterr().err
