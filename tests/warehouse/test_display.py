"""Tables for people."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import make_url

from sparkify_dwh.display import cell, html_facts, html_table, shown_url, text_table


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (1234, "1234"),
        (1 / 3, "0.3333"),
        (12345.678, "12,345.7"),
        (dt.date(2018, 11, 5), "2018-11-05"),
        (dt.datetime(2018, 11, 5, 8, 0), "2018-11-05 08:00:00"),
        (dt.datetime(2018, 11, 5, 8, 0, 0, 500000), "2018-11-05 08:00:00.500000"),
        (True, "True"),
    ],
)
def test_value_is_shown_as_people_read_it(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_everything_in_html_is_escaped() -> None:
    html = html_table(["<a>"], [["<b>"]], caption="<c>") + html_facts({"<d>": "<e>"}, caption="<f>")
    for letter in "abcdef":
        assert f"&lt;{letter}&gt;" in html


def test_long_text_is_cut_and_put_on_one_line() -> None:
    table = text_table(["a"], [["x" * 100], ["one\ntwo"]])
    assert table.splitlines()[2] == "x" * 59 + "…"
    assert table.splitlines()[3] == "one two"


def test_rows_that_are_left_out_are_counted() -> None:
    assert text_table(["a"], [[1]] * 60).endswith("… and 10 more rows")


def test_url_shows_no_secret() -> None:
    url = make_url("redshift+psycopg2://me:hush@h:5439/d?sslmode=disable&password=hush")
    assert "hush" not in shown_url(url)
    assert shown_url(url).startswith("redshift+psycopg2://me:***@h:5439/d?")
    assert "sslmode=disable" in shown_url(url)
