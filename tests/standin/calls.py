"""Rewrites the functions and operators whose Redshift form PostgreSQL does not take."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .call_forms import HANDLERS
from .column_definitions import rewrite_type
from .date_parts import date_part
from .errors import syntax_error
from .tokens import (
    NUMBER,
    PARAMETER,
    PUNCTUATION,
    WORD,
    Token,
    closing,
    raw,
    render,
    split_at_commas,
    text_at,
    word_at,
)

_RENAMED = {
    "avg": "redshift_avg",
    "version": "redshift_version",
    "isnull": "coalesce",
    "nvl": "coalesce",
    "regexp_replace": "redshift_regexp_replace",
    "json_extract_path_text": "redshift_json_extract_path_text",
    "pg_get_expr": "redshift_pg_get_expr",
    "pg_get_constraintdef": "redshift_pg_get_constraintdef",
    "date_add": "dateadd",
    "date_diff": "datediff",
}
_CATALOGUE = {
    name: f"redshift_{name}" for name in ("pg_class", "pg_attribute", "pg_attrdef", "pg_constraint")
}
# A name before a bracket is no call where a statement lists columns after it.
_NOT_CALLS = ("into", "table", "update", "references", "copy", "as", "exists", "on")
_WHOLE_NUMBERS = {"smallint", "int2", "int", "integer", "int4", "bigint", "int8"}


class CallRewriter:
    """Rewrites the expressions of one statement."""

    def __init__(self, session_values: Mapping[str, int] | None = None) -> None:
        self._session_values = session_values or {}
        # These have a grammar of their own; they return SQL and how many more tokens they took.
        self._special: dict[str, Callable[[list[Token], list[Token]], tuple[str | None, int]]] = {
            "extract": self._extract,
            "try_cast": self._try_cast,
            "cast": self._cast,
            "convert": self._convert,
            "listagg": self._listagg,
        }

    def rewrite(self, tokens: list[Token]) -> list[Token]:
        """Returns the tokens with every call rewritten, the inner ones first."""
        output: list[Token] = []
        limit: Token | None = None
        index = 0
        while index < len(tokens):
            token = tokens[index]
            if token.kind == WORD:
                taken = self._word(tokens, index, output)
                if taken:
                    index += taken
                    continue
                if token.value == "select" and _is_top(tokens, index):
                    limit = tokens[index + 2]
                    output.append(token)
                    index += 3
                    continue
                output.append(_catalogue_name(token))
            elif token.kind == PUNCTUATION and token.text == "::":
                taken = _cast_operator(tokens, index, output)
                index += taken
                continue
            elif token.kind == PUNCTUATION and token.text == "(":
                end = closing(tokens, index)
                output += [token, *self.rewrite(tokens[index + 1 : end]), tokens[end]]
                index = end
            else:
                output.append(_catalogue_name(token))
            index += 1
        if limit is not None:
            output += [raw("LIMIT"), raw(limit.text)]
        return output

    def _word(self, tokens: list[Token], index: int, output: list[Token]) -> int:
        """Rewrites what starts with this keyword; returns how many tokens it took, or 0."""
        token = tokens[index]
        if text_at(tokens, index - 1) == "." and word_at(tokens, index - 2) != "pg_catalog":
            return 0
        if token.value == "sysdate" and text_at(tokens, index + 1) != "(":
            output.append(_like(token, "redshift_sysdate()"))
            return 1
        if token.value == "minus" and word_at(tokens, index + 1) in ("select", "all"):
            output.append(_like(token, "EXCEPT"))
            return 1
        if token.value == "approximate" and text_at(tokens, index + 2) == "(":
            return 1
        if token.value == "where" and _is_bare_number(tokens, index + 1):
            # Redshift takes a number for a condition; the dialect writes WHERE 1.
            output += [token, raw(f"({tokens[index + 1].text} <> 0)")]
            return 2
        if text_at(tokens, index + 1) != "(" or word_at(tokens, index - 1) in _NOT_CALLS:
            return 0
        return self._call(tokens, index, output)

    def _call(self, tokens: list[Token], index: int, output: list[Token]) -> int:
        name = tokens[index].value
        end = closing(tokens, index + 1)
        inner = tokens[index + 2 : end]
        taken = end + 1 - index
        if name in self._session_values and not inner:
            output.append(_like(tokens[index], f"({self._session_values[name]})::bigint"))
            return taken
        special = self._special.get(name)
        if special is not None:
            rewritten, extra = special(inner, tokens[end + 1 :])
            if rewritten is None:
                return 0
            output.append(_like(tokens[index], rewritten))
            return taken + extra
        function = HANDLERS.get(name) or HANDLERS.get(_RENAMED.get(name, ""))
        if function is None:
            if name in _RENAMED:
                output.append(_like(tokens[index], _RENAMED[name]))
                return 1
            return 0
        arguments = [self.rewrite(part) for part in split_at_commas(inner)]
        text = function(arguments)
        if text is None:
            return 0
        output.append(_like(tokens[index], text))
        return taken

    def _extract(self, inner: list[Token], _: list[Token]) -> tuple[str | None, int]:
        if word_at(inner, 1) != "from":
            raise syntax_error("extract")
        source = render(self.rewrite(inner[2:])).strip()
        return f"redshift_extract('{date_part(inner[:1])}', {source})", 0

    def _try_cast(self, inner: list[Token], _: list[Token]) -> tuple[str | None, int]:
        place = _last_as(inner)
        kind, after = rewrite_type(inner[place + 1 :])
        if place + 1 + after < len(inner):
            raise syntax_error(inner[place + 1 + after].text)
        source = render(self.rewrite(inner[:place])).strip()
        if kind.startswith(("varchar", "char")):
            return f"({source})::{kind}", 0
        text = f"({source})::text"
        valid = f"pg_input_is_valid(pg_standin.present({text}, '{kind}'), '{kind}')"
        if kind in _WHOLE_NUMBERS:
            # PostgreSQL also takes 0x1F and 1_000, which Redshift does not know.
            valid += f" AND {text} ~ '^[[:space:]]*[-+]?[0-9]+[[:space:]]*$'"
        # The cast stands outside: inside, the planner would try it on a constant in any case.
        return f"(CASE WHEN {valid} THEN {text} END)::{kind}", 0

    def _cast(self, inner: list[Token], _: list[Token]) -> tuple[str | None, int]:
        """Leaves a cast alone, except where the type means something else on Redshift."""
        place = _last_as(inner)
        kind = _redshift_type(inner[place + 1 :])
        if kind is None:
            return None, 0
        return f"CAST({render(self.rewrite(inner[:place])).strip()} AS {kind})", 0

    def _convert(self, inner: list[Token], _: list[Token]) -> tuple[str | None, int]:
        parts = split_at_commas(inner)
        if len(parts) != 2:
            return None, 0
        kind, _after = rewrite_type(parts[0])
        return f"CAST({render(self.rewrite(parts[1])).strip()} AS {kind})", 0

    def _listagg(self, inner: list[Token], rest: list[Token]) -> tuple[str | None, int]:
        distinct = ""
        if word_at(inner, 0) in ("distinct", "all"):
            distinct = "DISTINCT " if word_at(inner, 0) == "distinct" else ""
            inner = inner[1:]
        arguments = [render(self.rewrite(part)).strip() for part in split_at_commas(inner)]
        separator = arguments[1] if len(arguments) > 1 else "''"
        order, extra = "", 0
        if word_at(rest, 0) == "within" and word_at(rest, 1) == "group":
            end = closing(rest, 2)
            order = " " + render(self.rewrite(rest[3:end])).strip()
            extra = end + 1
        value = f"({arguments[0]})::text"
        if distinct and order:
            # PostgreSQL wants the ordered expression to be the aggregated one.
            order = f" ORDER BY {value}"
        return f"string_agg({distinct}{value}, {separator}{order})", extra


def _catalogue_name(token: Token) -> Token:
    """Renames what the stand-in shows in place of PostgreSQL's catalogue."""
    if token.is_name and token.value in _CATALOGUE:
        return _like(token, _CATALOGUE[token.value])
    return token


def _like(token: Token, text: str) -> Token:
    return Token(token.kind, text, text, token.gap)


def _redshift_type(tokens: list[Token]) -> str | None:
    """Returns a type whose bare name or size means something else on PostgreSQL."""
    if not tokens:
        return None
    bare = text_at(tokens, 1) != "("
    sized = not bare and word_at(tokens, 2) == "max"
    if sized or (bare and tokens[0].is_word("numeric", "decimal", "dec")):
        return rewrite_type(tokens)[0]
    return None


def _cast_operator(tokens: list[Token], index: int, output: list[Token]) -> int:
    """Passes `::` on with the type after it; returns how many tokens that took."""
    output.append(tokens[index])
    kind = _redshift_type(tokens[index + 1 :])
    if kind is None:
        return 1
    output.append(_like(tokens[index + 1], kind))
    return 2 if text_at(tokens, index + 2) != "(" else 1 + closing(tokens, index + 2) - index


def _is_top(tokens: list[Token], index: int) -> bool:
    if word_at(tokens, index + 1) != "top" or index + 2 >= len(tokens):
        return False
    return tokens[index + 2].kind in (NUMBER, PARAMETER)


def _is_bare_number(tokens: list[Token], index: int) -> bool:
    if index >= len(tokens) or tokens[index].kind != NUMBER:
        return False
    after = text_at(tokens, index + 1)
    return (
        index + 1 == len(tokens)
        or after in (")", ";")
        or word_at(tokens, index + 1) in (*("and", "or", "order", "group", "limit", "union"),)
    )


def _last_as(inner: list[Token]) -> int:
    for index in range(len(inner) - 1, -1, -1):
        if inner[index].is_word("as"):
            return index
    raise syntax_error("cast")
