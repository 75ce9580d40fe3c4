"""Splits SQL text into tokens, so that no rule is fooled by strings, quotes or comments.

The lexical rules are Redshift's: a backslash is an escape in every string literal and a quoted
identifier is folded to lower case like any other one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

WORD = "word"
QUOTED = "quoted"
STRING = "string"
NUMBER = "number"
PARAMETER = "parameter"
OPERATOR = "operator"
PUNCTUATION = "punctuation"


class Token(NamedTuple):
    """Holds one token: its kind, its text, its folded value and the white space before it."""

    kind: str
    text: str
    value: str
    gap: str = ""

    def is_word(self, *words: str) -> bool:
        """Tells whether the token is one of these keywords (given in lower case)."""
        return self.kind == WORD and self.value in words

    @property
    def is_name(self) -> bool:
        """Tells whether the token can name a table, a column or a function."""
        return self.kind in (WORD, QUOTED)


_GAP = re.compile(r"(?:\s+|--[^\n]*)+")
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_DOLLAR_QUOTE = re.compile(r"\$(?:[A-Za-z_]\w*)?\$")
_PATTERNS = (
    (STRING, r"[eE]?'(?:[^'\\]|\\.|'')*'?"),
    (QUOTED, r'"(?:[^"]|"")*"?'),
    (WORD, r"[A-Za-z_\u0080-\U0010ffff][\w$\u0080-\U0010ffff]*"),
    (NUMBER, r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"),
    (PARAMETER, r"\$\d+"),
    (PUNCTUATION, r"::|[(),;\[\].]|:"),
    (OPERATOR, r"(?:(?!--|/\*)[-+*/<>=~!@\#%^&|`?])+"),
)
_TOKEN = re.compile("|".join(f"(?P<{kind}>{rule})" for kind, rule in _PATTERNS), re.DOTALL)


def tokenize(sql: str) -> list[Token]:
    """Returns the tokens of `sql`; joining their gaps and texts gives the text back."""
    tokens: list[Token] = []
    position, end = 0, len(sql)
    gap_start = 0
    while position < end:
        blank = _GAP.match(sql, position)
        if blank:
            position = blank.end()
            continue
        if sql.startswith("/*", position):
            position = _end_of_comment(sql, position)
            continue
        gap = sql[gap_start:position]
        token, position = _token_at(sql, position, gap)
        tokens.append(token)
        gap_start = position
    return tokens


def _token_at(sql: str, position: int, gap: str) -> tuple[Token, int]:
    """Reads the token that starts at `position` and returns it with the position after it."""
    if sql[position] == "$":
        opening = _DOLLAR_QUOTE.match(sql, position)
        if opening:
            closing = sql.find(opening.group(), opening.end())
            stop = len(sql) if closing < 0 else closing + len(opening.group())
            body = sql[opening.end() : len(sql) if closing < 0 else closing]
            return Token(STRING, sql[position:stop], body, gap), stop
    match = _TOKEN.match(sql, position)
    if match is None:
        return Token(OPERATOR, sql[position], sql[position], gap), position + 1
    kind, text = str(match.lastgroup), match.group()
    if kind == WORD:
        value = text.lower()
    elif kind == QUOTED:
        value = text.strip('"').replace('""', '"').lower()
    elif kind == STRING:
        value = _string_value(text)
    else:
        value = text
    return Token(kind, text, value, gap), match.end()


def _end_of_comment(sql: str, position: int) -> int:
    """Returns the position after a block comment; block comments nest."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(sql, position):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(sql)


_ESCAPE = re.compile(r"''|\\(u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def _string_value(text: str) -> str:
    """Returns what a string literal stands for."""
    body = text[text.index("'") + 1 :]
    body = body.removesuffix("'")
    if "\\" not in body and "''" not in body:
        return body

    def unescape(match: re.Match[str]) -> str:
        escape = match.group(1)
        if escape is None:
            return "'"
        if escape[0] in "ux" and len(escape) > 1:
            return chr(int(escape[1:], 16))
        if escape[0] in "01234567":
            return chr(int(escape, 8))
        return _CONTROL.get(escape, escape)

    return _ESCAPE.sub(unescape, body)


def render(tokens: Iterable[Token]) -> str:
    """Joins tokens to SQL text."""
    return "".join(token.gap + token.text for token in tokens)


def raw(text: str) -> Token:
    """Wraps ready SQL text in a token, with a blank before it."""
    return Token(OPERATOR, text, text, " ")


def split_statements(tokens: Sequence[Token]) -> list[list[Token]]:
    """Splits tokens at the semicolons; empty statements are dropped."""
    statements: list[list[Token]] = [[]]
    for token in tokens:
        if token.text == ";" and token.kind == PUNCTUATION:
            statements.append([])
        else:
            statements[-1].append(token)
    return [statement for statement in statements if statement]


def closing(tokens: Sequence[Token], opening: int) -> int:
    """Returns the index of the bracket that closes the one at `opening`."""
    depth = 0
    for index in range(opening, len(tokens)):
        token = tokens[index]
        if token.kind == PUNCTUATION:
            if token.text in "([":
                depth += 1
            elif token.text in ")]":
                depth -= 1
                if depth == 0:
                    return index
    return len(tokens) - 1


def split_at_commas(tokens: Sequence[Token]) -> list[list[Token]]:
    """Splits tokens at the commas outside of brackets."""
    if not tokens:
        return []
    parts: list[list[Token]] = [[]]
    for depth, token in with_depth(tokens):
        if depth == 0 and token.text == "," and token.kind == PUNCTUATION:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def with_depth(tokens: Iterable[Token]) -> Iterator[tuple[int, Token]]:
    """Yields each token with the number of brackets that are open around it."""
    depth = 0
    for token in tokens:
        is_bracket = token.kind == PUNCTUATION
        if is_bracket and token.text in (")", "]"):
            depth -= 1
        yield depth, token
        if is_bracket and token.text in ("(", "["):
            depth += 1


def word_at(tokens: Sequence[Token], index: int) -> str:
    """Returns the keyword at `index`, or an empty string."""
    if 0 <= index < len(tokens) and tokens[index].kind == WORD:
        return tokens[index].value
    return ""


def text_at(tokens: Sequence[Token], index: int) -> str:
    """Returns the text at `index` when it is an operator or punctuation, else an empty string."""
    if 0 <= index < len(tokens) and tokens[index].kind in (PUNCTUATION, OPERATOR):
        return tokens[index].text
    return ""


def name_at(tokens: Sequence[Token], index: int) -> tuple[list[str], int]:
    """Reads a name such as `schema.table` and returns its parts and the index after it."""
    parts: list[str] = []
    while index < len(tokens) and tokens[index].is_name:
        parts.append(tokens[index].value)
        index += 1
        if text_at(tokens, index) != ".":
            break
        index += 1
    return parts, index


def quote_name(*parts: str) -> str:
    """Quotes the parts of a name for PostgreSQL."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def quote_string(text: str) -> str:
    """Quotes a text as a literal that means the same with and without backslash escapes."""
    doubled = text.replace("'", "''").replace("\\", "\\\\")
    return f" E'{doubled}'" if "\\" in text else f"'{doubled}'"
