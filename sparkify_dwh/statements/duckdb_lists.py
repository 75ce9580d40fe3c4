"""Lists as values of DuckDB's statements: of files to read, and of their numbers."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.types import UserDefinedType


class TextList(UserDefinedType[list[str]]):
    """A list of texts."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        """Return DuckDB's name of the type."""
        del kw
        return "VARCHAR[]"

    def literal_processor(self, dialect: Dialect) -> Callable[[list[str]], str]:
        """Return what writes a list into a statement."""
        del dialect
        return text_list_literal


class NumberList(UserDefinedType[list[int]]):
    """A list of integers."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        """Return DuckDB's name of the type."""
        del kw
        return "BIGINT[]"

    def literal_processor(self, dialect: Dialect) -> Callable[[list[int]], str]:
        """Return what writes a list into a statement."""
        del dialect
        return lambda values: f"[{', '.join(f'{value:d}' for value in values)}]"


def file_names(paths: Sequence[str]) -> list[str]:
    """Return the paths in such a way that no character acts as a pattern."""
    return [path.replace("[", "[[]").replace("*", "[*]").replace("?", "[?]") for path in paths]


def text_literal(value: str) -> str:
    """Return a DuckDB string literal: quotes doubled; backslash is no escape there."""
    return "'" + value.replace("'", "''") + "'"


def text_list_literal(values: Sequence[str]) -> str:
    """Return a DuckDB literal of a list of texts."""
    return f"[{', '.join(text_literal(value) for value in values)}]"
