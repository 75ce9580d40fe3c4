"""One statement of a load, with the name that progress and dry runs show."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.sql.base import Executable


@dataclass(frozen=True, slots=True)
class Step:
    """A statement and what it does, in words."""

    name: str  #: such as "songplays: insert new plays"
    statement: Executable | Any

    def __str__(self) -> str:
        """Return the name."""
        return self.name
