"""Texts that are packed into one come out as they went in, and a NUL in one of them is seen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, String, bindparam, create_engine, literal, select

from sparkify_dwh.statements.packed import is_broken, is_packed, packed, unpacked

#: What a pack consists of, and what might be taken for a part of it.
TELLING = ["", "0", "1", "2", "012", "Lily", "Ünal", "[null]", " ", "\x01"]
UNICODE = st.characters(exclude_categories=["Cs"])
TEXTS = st.one_of(st.none(), st.sampled_from(TELLING), st.text(UNICODE))
ACCEPTED = TEXTS.filter(lambda text: text is None or "\0" not in text)


@pytest.fixture(scope="module")
def connection() -> Any:
    with create_engine("duckdb:///:memory:").connect() as open_connection:
        yield open_connection


def pack_of(connection: Connection, texts: tuple[str | None, ...]) -> str:
    """Return the pack that DuckDB makes."""
    given_texts = (bindparam(None, text, String()) for text in texts)
    pack: str = connection.scalar(select(packed(*given_texts)))
    return pack


@given(texts=st.tuples(ACCEPTED, ACCEPTED, ACCEPTED))
def test_texts_come_out_as_they_went_in(connection: Connection, texts: Any) -> None:
    pack = literal(pack_of(connection, texts), String())
    found = connection.execute(
        select(is_packed(pack), is_broken(pack, 3), *(unpacked(pack, place) for place in range(3)))
    ).one()
    assert tuple(found) == (True, False, *texts)


@given(texts=st.tuples(TEXTS, TEXTS, TEXTS), place=st.integers(0, 2), cut=st.integers(0, 9))
def test_text_with_a_nul_breaks_the_pack(
    connection: Connection, texts: Any, place: int, cut: int
) -> None:
    text = texts[place] or ""
    broken = (*texts[:place], f"{text[:cut]}\0{text[cut:]}", *texts[place + 1 :])
    pack = literal(pack_of(connection, broken), String())
    assert connection.scalar(select(is_broken(pack, 3))) is True


@pytest.mark.parametrize("text", TELLING)
def test_accepted_text_is_not_taken_for_a_pack(connection: Connection, text: str) -> None:
    assert connection.scalar(select(is_packed(literal(text, String())))) is False
