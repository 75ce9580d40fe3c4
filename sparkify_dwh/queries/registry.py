"""The register of all queries, derived from the functions themselves.

A query is a function that returns a ``Select``. Its docstring says which question it answers
(the first line) and which columns the answer has (the section ``Columns:``, in order); its
signature says what may be asked for. Docs and command line are made from these, and a test
holds each docstring against the columns that the function's ``Select`` really has.
"""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Select
from sqlalchemy.types import Boolean, Date, DateTime, Float, Integer, Numeric, String, TypeEngine

P = ParamSpec("P")
Q = TypeVar("Q", bound=Select[Any])

#: The parameter of queries that want the user agents parsed on the client.
USER_AGENTS = "user_agents"

#: The kinds of columns; the first that fits a SQL type is the one.
_KINDS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (Boolean, "boolean"),
    (Integer, "integer"),
    (Float, "float"),
    (Numeric, "float"),
    (DateTime, "timestamp"),
    (Date, "date"),
    (String, "text"),
)
_COLUMN = re.compile(r"^ {4}(?P<name>\w+) \((?P<kind>\w+)\): (?P<about>.*)$")


def kind_of(type_: TypeEngine[Any]) -> str:
    """Return text, integer, float, date, timestamp or boolean; any, if it is none of them."""
    return next((kind for sql_type, kind in _KINDS if isinstance(type_, sql_type)), "any")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer."""

    name: str
    kind: str
    about: str


@dataclass(frozen=True, slots=True)
class QueryInfo:
    """A query of the library and what its docstring tells of it."""

    name: str
    function: Callable[..., Select[Any]]

    @property
    def question(self) -> str:
        """The question that the query answers."""
        return self._doc.splitlines()[0]

    @property
    def about(self) -> str:
        """What the docstring says between the question and the columns."""
        text, _, _ = self._doc.partition("\nColumns:\n")
        return "\n".join(text.splitlines()[1:]).strip()

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters with their defaults."""
        signature = inspect.signature(self.function)
        return {name: value.default for name, value in signature.parameters.items()}

    @property
    def needs_user_agents(self) -> bool:
        """Whether the query wants the distinct user agents as its first argument."""
        return USER_AGENTS in self.parameters

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the answer, as the docstring tells them."""
        columns: list[Column] = []
        _, _, section = self._doc.partition("\nColumns:\n")
        for line in section.splitlines():
            if found := _COLUMN.match(line):
                columns.append(Column(found["name"], found["kind"], found["about"].strip()))
            elif line.startswith(" " * 8) and columns:
                last = columns[-1]
                columns[-1] = Column(last.name, last.kind, f"{last.about} {line.strip()}")
            else:
                break
        return tuple(columns)

    @property
    def _doc(self) -> str:
        return inspect.getdoc(self.function) or ""


#: Every query by its name, in the order of definition.
REGISTER: dict[str, QueryInfo] = {}


def query(function: Callable[P, Q]) -> Callable[P, Q]:
    """Enter a function that returns a ``Select`` into the register."""
    REGISTER[function.__name__] = QueryInfo(function.__name__, function)
    return function


def all_queries() -> tuple[QueryInfo, ...]:
    """Return every query of the library, ordered by name."""
    return tuple(REGISTER[name] for name in sorted(REGISTER))
