"""Splitting SQL text."""

import pytest

from tests.standin.tokens import render, split_statements, tokenize


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'a;b', \"c;d\" -- e;f\n/* g; /* h */ */ FROM t",
        r"SELECT 'it''s', 'a\'b;', E'\\'",
        "SELECT $$ a ; 'b $$, $tag$ $$ ; $tag$, $1",
        "SELECT 1.5e-3, .5, a::int, b||c, x<>-1",
    ],
)
def test_tokens_give_the_text_back_and_hide_semicolons(sql: str) -> None:
    assert render(tokenize(sql)) == sql
    assert len(split_statements(tokenize(sql))) == 1


def test_a_backslash_escapes_a_quote() -> None:
    assert tokenize(r"'a\'b'")[0].value == "a'b"
    assert tokenize(r"'\\'")[0].value == "\\"
    assert tokenize("'it''s'")[0].value == "it's"


def test_quoted_names_are_folded() -> None:
    assert tokenize('"FooBar"')[0].value == "foobar"


def test_statements_are_split_at_semicolons() -> None:
    assert len(split_statements(tokenize("SELECT 1; ; SELECT ';';"))) == 2


def test_unfinished_text_is_one_token() -> None:
    assert [token.kind for token in tokenize("'abc")] == ["string"]
    assert render(tokenize('SELECT "abc')) == 'SELECT "abc'
    assert tokenize("SELECT 1 /* open")[-1].text == "1"
