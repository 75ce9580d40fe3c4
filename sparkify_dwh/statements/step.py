"""One statement of a load, with the name that progress and dry runs show."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import FromClause


@dataclass(frozen=True, slots=True)
class Step:
    """A statement and what it does, in words.

    SQLAlchemy has no common type for what can be both compiled and executed, so that the
    statement is Any.
    """

    name: str  #: such as "songplays: insert new plays"
    statement: Any
    #: A temporary table without whose rows the statement would change nothing. Not running it
    #: then saves a scan of the fact, which is the usual case.
    only_for_rows_of: FromClause | None = None

    def __str__(self) -> str:
        """Return the name."""
        return self.name
