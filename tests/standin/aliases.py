"""Lets WHERE name a column of the select list, which Redshift allows and PostgreSQL does not.

It is applied to queries of the catalogue only: there the dialect needs it, and no column of a table
can be taken for an alias by mistake.
"""

from __future__ import annotations

from .tokens import PUNCTUATION, Token, closing, raw, render, text_at, word_at

_END_OF_LIST = ("from",)
_END_OF_WHERE = ("group", "order", "having", "limit", "union", "intersect", "except")


def expand_aliases(tokens: list[Token]) -> list[Token]:
    """Replaces aliases in each WHERE by what they stand for."""
    output: list[Token] = []
    aliases: dict[str, list[Token]] = {}
    in_where = False
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.is_word("select"):
            aliases, in_where = _aliases(tokens, index + 1), False
        elif token.is_word("where"):
            in_where = True
        elif token.is_word(*_END_OF_WHERE):
            in_where = False
        elif token.kind == PUNCTUATION and token.text == "(":
            end = closing(tokens, index)
            output += [token, *expand_aliases(tokens[index + 1 : end]), tokens[end]]
            index = end + 1
            continue
        elif in_where and token.is_name and token.value in aliases:
            if text_at(tokens, index - 1) != "." and text_at(tokens, index + 1) not in (".", "("):
                output.append(raw(f"({render(aliases[token.value]).strip()})"))
                index += 1
                continue
        output.append(token)
        index += 1
    return output


def _aliases(tokens: list[Token], index: int) -> dict[str, list[Token]]:
    """Reads `expression AS alias` from a select list."""
    found: dict[str, list[Token]] = {}
    start = index
    while index < len(tokens):
        token = tokens[index]
        if token.kind == PUNCTUATION and token.text == "(":
            index = closing(tokens, index) + 1
            continue
        if token.is_word(*_END_OF_LIST):
            break
        if text_at(tokens, index) == ",":
            start = index + 1
        elif word_at(tokens, index) == "as" and index + 1 < len(tokens):
            # `null AS x` and `c.x AS x` need no care: the former stays NULL, the latter is equal.
            found[tokens[index + 1].value] = tokens[start:index]
        index += 1
    return found
