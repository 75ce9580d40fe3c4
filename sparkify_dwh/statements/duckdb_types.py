"""Types that only DuckDB has: lists of files to read and of their numbers, enumerated texts."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.types import UserDefinedType


class ListOf(UserDefinedType[Sequence[Any]]):
    """A list: how DuckDB names the type of its elements, and how each is written out."""

    cache_ok = True

    def __init__(self, element: str, literal: Callable[[Any], str]) -> None:
        """Take the type's name and the function that writes an element."""
        self.element = element
        self.literal = literal

    def get_col_spec(self, **kw: Any) -> str:
        """Return DuckDB's name of the type."""
        del kw
        return f"{self.element}[]"

    def literal_processor(self, dialect: Dialect) -> Callable[[Sequence[Any]], str]:
        """Return what writes a list into a statement."""
        del dialect
        return self.written

    def written(self, values: Sequence[Any]) -> str:
        """Return DuckDB's literal of a list."""
        return f"[{', '.join(map(self.literal, values))}]"


class EnumeratedText(UserDefinedType[str]):
    """A text that is one of a few and stored as its number; another one casts to NULL."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        """Take the name that the type is to have in the database."""
        self.name = name

    def get_col_spec(self, **kw: Any) -> str:
        """Return the type's name."""
        del kw
        return self.name

    def definition(self, texts: Sequence[str]) -> str:
        """Return the statement that makes the type; "" is always one of its texts."""
        listed = ", ".join(map(text_literal, dict.fromkeys(["", *texts])))
        return f"CREATE TYPE {self.name} AS ENUM ({listed})"


def text_literal(value: str) -> str:
    """Return a DuckDB string literal: quotes doubled; backslash is no escape there."""
    return "'" + value.replace("'", "''") + "'"


def file_names(paths: Sequence[str]) -> list[str]:
    """Return the paths in such a way that no character acts as a pattern."""
    return [path.replace("[", "[[]").replace("*", "[*]").replace("?", "[?]") for path in paths]


TEXTS = ListOf("VARCHAR", text_literal)
NUMBERS = ListOf("BIGINT", "{:d}".format)
