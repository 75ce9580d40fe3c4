"""Looks at one SQL statement: what it does and which tables it names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from .tokens import (
    PUNCTUATION,
    WORD,
    Token,
    closing,
    name_at,
    quote_name,
    render,
    text_at,
    word_at,
)

_CATALOGUE_PREFIXES = ("pg_", "svv_", "stv_", "stl_", "sys_", "svl_", "svcs_")
_CATALOGUE_SCHEMAS = ("pg_catalog", "information_schema", "pg_standin")
# Functions that have a FROM of their own between their brackets.
_FROM_FUNCTIONS = ("extract", "trim", "substring", "overlay", "position", "btrim")
_END_OF_FROM = (
    *("where", "group", "order", "having", "limit", "offset", "union", "intersect", "except"),
    *("minus", "window", "set", "when", "returning", "qualify", "values", "fetch", "for", "select"),
)


class Statement:
    """Wraps the tokens of one statement."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = list(tokens)
        self.kind = word_at(self.tokens, 0) or text_at(self.tokens, 0)
        # Most questions are about words that a statement does not have at all.
        self._words = {token.value for token in self.tokens if token.kind == WORD}

    @property
    def text(self) -> str:
        """Returns the statement as the client wrote it."""
        return render(self.tokens).strip()

    def words(self, count: int, start: int = 0) -> tuple[str, ...]:
        """Returns `count` keywords from `start` on; what is no keyword is an empty string."""
        return tuple(word_at(self.tokens, start + offset) for offset in range(count))

    def find(self, *words: str, start: int = 0) -> int:
        """Returns where this sequence of keywords first stands, or -1."""
        if not self._words.issuperset(words):
            return -1
        for index in range(start, len(self.tokens) - len(words) + 1):
            if all(word_at(self.tokens, index + n) == word for n, word in enumerate(words)):
                return index
        return -1

    def has(self, *words: str) -> bool:
        """Tells whether this sequence of keywords occurs, names such as `a.filter` apart."""
        index = self.find(*words)
        while index >= 0:
            after = text_at(self.tokens, index + len(words))
            if text_at(self.tokens, index - 1) != "." and after != ".":
                return True
            index = self.find(*words, start=index + 1)
        return False

    def calls(self) -> Iterator[tuple[str, int]]:
        """Yields each function call: its name and the index of its opening bracket."""
        for index, token in enumerate(self.tokens):
            if token.text == "(" and token.kind == PUNCTUATION and index:
                before = self.tokens[index - 1]
                if before.is_name:
                    yield before.value, index

    def common_table_names(self) -> set[str]:
        """Returns the names that WITH gives to subqueries."""
        return {
            self.tokens[index].value
            for index in range(len(self.tokens) - 2)
            if self.tokens[index].is_name
            and word_at(self.tokens, index + 1) == "as"
            and text_at(self.tokens, index + 2) == "("
        }

    @cached_property
    def sources(self) -> list[list[str]]:
        """Returns the names that stand in FROM, JOIN and USING."""
        if not self._words & {"from", "join", "using"}:
            return []
        return list(self._find_sources())

    def _find_sources(self) -> Iterator[list[str]]:
        opened: list[str] = []
        for index, token in enumerate(self.tokens):
            if token.kind == PUNCTUATION and token.text == "(":
                opened.append(word_at(self.tokens, index - 1))
            elif token.kind == PUNCTUATION and token.text == ")" and opened:
                opened.pop()
            elif token.is_word("from", "join", "using"):
                if opened and opened[-1] in _FROM_FUNCTIONS:
                    continue
                yield from self._source_list(index + 1)

    def _source_list(self, index: int) -> Iterator[list[str]]:
        """Yields the names of a list of sources that starts at `index`."""
        expect_name = True
        while index < len(self.tokens):
            token = self.tokens[index]
            if token.text == "(" and token.kind == PUNCTUATION:
                index = closing(self.tokens, index) + 1
                expect_name = False
                continue
            if token.text in (")", ";") and token.kind == PUNCTUATION:
                return
            if token.is_word(*_END_OF_FROM) or token.is_word("join", "on"):
                return
            if token.text == ",":
                expect_name = True
            elif expect_name and token.is_name:
                name, after = name_at(self.tokens, index)
                if text_at(self.tokens, after) != "(":
                    yield name
                expect_name = False
                index = after
                continue
            index += 1

    def target(self) -> list[str]:
        """Returns the name of the table that the statement writes to, or an empty list."""
        if " ".join(self.words(2)) in ("insert into", "delete from", "merge into"):
            start = 2
        else:
            start = 1 if self.kind in ("update", "delete", "truncate", "copy") else 0
        if start and word_at(self.tokens, start) in ("table", "only"):
            start += 1
        return name_at(self.tokens, start)[0] if start else []

    def uses_user_tables(self) -> bool:
        """Tells whether compute nodes take part, i.e. a table outside of the catalogue is read."""
        if self.target():
            return True
        named = self.common_table_names()
        return any(
            not is_catalogue(name) and not (len(name) == 1 and name[0] in named)
            for name in self.sources
        )

    def reads_catalogue(self) -> bool:
        """Tells whether the statement names a table of the catalogue."""
        return any(is_catalogue(name) for name in self.sources)


def is_catalogue(name: Sequence[str]) -> bool:
    """Tells whether a name belongs to the system catalogue."""
    return name[0] in _CATALOGUE_SCHEMAS or name[-1].startswith(_CATALOGUE_PREFIXES)


def quoted(name: Sequence[str]) -> str:
    """Quotes a name for PostgreSQL."""
    return quote_name(*name)
