"""Functions that are rewritten from their arguments alone."""

from __future__ import annotations

from collections.abc import Callable

from .date_parts import date_part
from .errors import Refusal
from .tokens import PARAMETER, STRING, Token, quote_string, render

Arguments = list[list[Token]]


def texts(arguments: Arguments) -> list[str]:
    """Returns the arguments as SQL text."""
    return [render(argument).strip() for argument in arguments]


def _dateadd(arguments: Arguments) -> str:
    _expect(arguments, 3, "dateadd")
    part, amount, moment = texts(arguments)
    part = date_part(arguments[0])
    return f"redshift_dateadd('{part}', {amount}, {_moment(arguments[2], moment)})"


def _datediff(arguments: Arguments) -> str:
    _expect(arguments, 3, "datediff")
    _, since, till = texts(arguments)
    moments = f"({since})::timestamp, ({till})::timestamp"
    return f"redshift_datediff('{date_part(arguments[0])}', {moments})"


def _date_part(arguments: Arguments) -> str:
    _expect(arguments, 2, "date_part")
    moment = _moment(arguments[1], texts(arguments)[1])
    return f"date_part('{date_part(arguments[0])}', {moment})"


def _date_trunc(arguments: Arguments) -> str:
    _expect(arguments, 2, "date_trunc")
    moment = _moment(arguments[1], texts(arguments)[1])
    return f"date_trunc({quote_string(date_part(arguments[0]))}, {moment})"


def _moment(tokens: list[Token], text: str) -> str:
    """Types a bare literal, for which PostgreSQL would choose a type with a time zone."""
    bare = len(tokens) == 1 and tokens[0].kind in (STRING, PARAMETER)
    return f"{text}::timestamp" if bare else text


def _nvl2(arguments: Arguments) -> str:
    _expect(arguments, 3, "nvl2")
    value, present, absent = texts(arguments)
    return f"CASE WHEN ({value}) IS NOT NULL THEN {present} ELSE {absent} END"


def _decode(arguments: Arguments) -> str | None:
    if len(arguments) < 3:
        return None
    value, *rest = texts(arguments)
    pairs = zip(rest[0::2], rest[1::2], strict=False)
    # DECODE holds two NULLs for equal.
    whens = " ".join(
        f"WHEN ({value}) = ({search}) OR (({value}) IS NULL AND ({search}) IS NULL) THEN {result}"
        for search, result in pairs
    )
    default = f" ELSE {rest[-1]}" if len(rest) % 2 else ""
    return f"CASE {whens}{default} END"


def _median(arguments: Arguments) -> str:
    _expect(arguments, 1, "median")
    return f"percentile_cont(0.5) WITHIN GROUP (ORDER BY {texts(arguments)[0]})"


def _expect(arguments: Arguments, count: int, name: str) -> None:
    if len(arguments) != count:
        raise Refusal("42883", f"function {name} takes {count} arguments")


HANDLERS: dict[str, Callable[[Arguments], str | None]] = {
    "dateadd": _dateadd,
    "datediff": _datediff,
    "date_part": _date_part,
    "date_trunc": _date_trunc,
    "nvl2": _nvl2,
    "decode": _decode,
    "median": _median,
}
