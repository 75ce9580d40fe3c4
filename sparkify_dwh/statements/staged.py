"""What a load has staged: the tables, and the range of time that its plays lie in."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    bindparam,
    func,
    select,
    true,
)

from sparkify_dwh.statements.constructs import epoch_ms_to_timestamp
from sparkify_dwh.statements.events import is_play
from sparkify_dwh.statements.moments import Moments


class Window(NamedTuple):
    """The first and the last start_time of the staged plays."""

    first: dt.datetime
    last: dt.datetime


_EPOCH = dt.datetime.fromtimestamp(0, dt.UTC).replace(tzinfo=None)
_ANY = Window(_EPOCH, _EPOCH)


@dataclass(frozen=True, slots=True)
class Staged:
    """The staging tables that hold this load's records; None for a feed without any.

    Without a window, as in a dry run, the statements ask staging for it. With one they
    carry it as two values, which lets the engine skip every block of the fact outside.
    """

    events: FromClause | None
    songs: FromClause | None
    window: Window | None = None
    #: The plays counted by their moment, where that was done ahead. Without it each statement
    #: groups them itself, or asks for what is distinct.
    moments: Moments | None = None
    #: Whether the load numbers the rows that get a surrogate key, from ``rowid``; on Redshift
    #: the columns are IDENTITY, and it must not. Never from a sequence: DuckDB's nextval()
    #: writes into a page that a transaction short of memory has given away (1.5.6, 2.0.0), and
    #: so over any row of any table.
    numbers_rows: bool = False
    #: The songplay_id that the load's numbers are added to. Without it the statement asks the
    #: fact, and DuckDB, which takes a fact without rows for the larger side of the product,
    #: copies all plays on one thread first.
    next_songplay_id: int | None = None
    #: The highest songplay_id that the load may give, known together with the first.
    last_songplay_id: int | None = None

    @property
    def songplay_ids(self) -> int:
        """How many numbers there are for the load to give; 0 where it does not know them."""
        if self.next_songplay_id is None or self.last_songplay_id is None:
            return 0
        return self.last_songplay_id - self.next_songplay_id + 1

    @property
    def values(self) -> dict[str, Any]:
        """What the named parameters of the statements stand for."""
        values: dict[str, Any] = {}
        if self.window is not None:
            values |= {"first_start_time": self.window.first, "last_start_time": self.window.last}
        if self.next_songplay_id is not None:
            values["next_songplay_id"] = self.next_songplay_id
            values["last_songplay_id"] = self.last_songplay_id
        return values

    @property
    def form(self) -> "Staged":
        """What all loads into these tables have in common; only the values are particular."""
        return replace(
            self,
            window=None if self.window is None else _ANY,
            next_songplay_id=None if self.next_songplay_id is None else 0,
            last_songplay_id=None if self.last_songplay_id is None else 0,
        )

    @property
    def expected_form(self) -> "Staged":
        """The form that it will have once its values are known."""
        if self.events is None:
            return self.form
        number = 0 if self.numbers_rows else None
        return replace(self, window=_ANY, next_songplay_id=number, last_songplay_id=number)

    def during_load(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition that a timestamp lies in the staged plays' range of time."""
        if self.events is None:
            return true()
        if self.window is not None:
            return column.between(
                bindparam("first_start_time", self.window.first, DateTime()),
                bindparam("last_start_time", self.window.last, DateTime()),
            )
        return column.between(
            _edge(self.events, func.min).scalar_subquery(),
            _edge(self.events, func.max).scalar_subquery(),
        )


def play_window(events: FromClause) -> Select[Any]:
    """Select the first and the last start_time of the staged plays; NULL without any."""
    first, last = (_edge(events, edge).scalar_subquery() for edge in (func.min, func.max))
    return select(first.label("first"), last.label("last"))


def _edge(events: FromClause, edge: Any) -> Select[Any]:
    return select(epoch_ms_to_timestamp(edge(events.c.ts))).where(is_play(events))
