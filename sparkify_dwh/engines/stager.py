"""What an engine does in its own way during a load; all else is the same on each."""

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

import sqlalchemy.exc
from sqlalchemy import Connection, Table

from sparkify_dwh.errors import SparkifyError
from sparkify_dwh.settings import Settings
from sparkify_dwh.staging.head_start import HeadStart
from sparkify_dwh.staging.verdict import StagedFeed
from sparkify_dwh.statements.staged import Staged

#: Told of what happens: a step's name, and how many things it is about.
Progress = Callable[[str, int], None]
#: Numbers of files, each with a number of plays.
PlaysByFile = list[tuple[int, int]]


class Contested(NamedTuple):
    """The plays of natural keys that were offered more than once, by file."""

    records: PlaysByFile  #: how many play records of the file have such a key
    credited: PlaysByFile  #: how many of these keys were new, and are told of this file


class Stager(Protocol):
    """Stages the new files of one load, and knows what its engine needs around that.

    Entering takes what the load needs; leaving gives it all back, whatever happened.
    """

    #: Whether the connection can be lost while the database lives on.
    is_remote: bool
    #: Whether files can be staged while the publishing transaction runs.
    stages_in_transaction: bool
    #: What the result of the load has to say besides numbers.
    notes: list[str]

    def __init__(
        self,
        connection: Connection,
        settings: Settings,
        *,
        run_id: str,
        max_errors: int,
        progress: Progress,
    ) -> None:
        """Take the connection of the load, which is not inside a transaction."""

    def __enter__(self) -> Self:
        """Prepare the session."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove everything that was only needed for the load."""

    @staticmethod
    def require(settings: Settings) -> None:
        """Check, before anything is connected to, that the settings suit the engine."""

    def stage(self, feeds: Sequence[StagedFeed], head_start: HeadStart) -> None:
        """Judge the new files, note the verdict on each, and lay their records ready.

        ``head_start`` has begun with local files, or not.
        """

    def expected(self, feeds: Sequence[StagedFeed]) -> Staged | None:
        """Return what :meth:`fill` will most likely return, where it helps to know it before."""

    def lock(self, connection: Connection) -> None:
        """Wait, first in a transaction, until no other load publishes.

        Raises:
            LoadInProgressError: Another one did not end in time.
        """

    def fill(self, feeds: Sequence[StagedFeed]) -> Staged:
        """Return the staging tables, filled with the records that were laid ready."""

    def contested(self, staged: Staged) -> Contested:
        """Return which files hold the plays that publishing found contested."""

    def land(self, target: Table, rows: Iterable[dict[str, Any]]) -> None:
        """Insert rows in bulk, inside the publishing transaction."""

    def leave_staging(self) -> None:
        """Leave the staging tables as the settings want them, at the transaction's end."""

    def committed(self) -> None:
        """Do what is left to do when the load is committed and cannot fail any more."""

    def explain(self, error: sqlalchemy.exc.DBAPIError) -> SparkifyError | None:
        """Return what the engine can tell of a failure, once it was rolled back."""


_STAGERS = {
    "duckdb": ("sparkify_dwh.engines.duckdb_stager", "DuckDBStager"),
    "redshift": ("sparkify_dwh.engines.redshift_stager", "RedshiftStager"),
}


def stager_class(backend: str) -> type[Stager]:
    """Return the class of an engine's stager; it is imported only now."""
    module, name = _STAGERS[backend]
    found: type[Stager] = getattr(import_module(module), name)
    return found
