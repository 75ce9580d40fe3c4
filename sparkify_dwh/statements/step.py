"""One statement of a load, with the name that progress and dry runs show."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """A statement and what it does, in words.

    SQLAlchemy has no common type for what can be both compiled and executed, so that the
    statement is Any.
    """

    name: str  #: such as "songplays: insert new plays"
    statement: Any

    def __str__(self) -> str:
        """Return the name."""
        return self.name
