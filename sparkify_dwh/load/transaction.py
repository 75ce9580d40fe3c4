"""Runs the publishing transaction: as a whole, and again where the server asks for that.

Besides success and failure, three things can happen to a transaction. It may lose against
another one: then all of it is tried again. The connection may be lost before COMMIT: then
nothing has happened. Or it may be lost at COMMIT: then only the ledger knows what happened.
"""

import logging
import random
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import sqlalchemy.exc
from sqlalchemy import Connection, func, select

from sparkify_dwh import tables
from sparkify_dwh.engines.stager import Stager
from sparkify_dwh.errors import DatabaseError, LoadInProgressError
from sparkify_dwh.load.progress import COMMIT, Progress, Stopwatch

T = TypeVar("T")

#: How often a transaction is tried, and the pauses in between, in seconds.
ATTEMPTS = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
#: How often a new connection is tried after one was lost at COMMIT: for about half a minute.
_RECONNECTS = 8

#: What the result says where the ledger had to be asked.
COMMITTED_AFTER_ALL = (
    "the connection was lost at COMMIT; the ledger, asked on a new one, has the run: "
    "the load is committed"
)

_LOG = logging.getLogger("sparkify_dwh.load")
_CONFLICT_STATES = ("40001", "40P01")
# Redshift reports conflicts with the SQLSTATE of an internal error, XX000.
_CONFLICT = re.compile(
    r"\A(ERROR:\s*)?1023\b|serializable isolation violation|deadlock detected"
    r"|conflict with concurrent transaction",
    re.IGNORECASE,
)


def is_conflict(error: sqlalchemy.exc.DBAPIError) -> bool:
    """Return whether a transaction has lost against another one, and may be tried again."""
    if getattr(error.orig, "pgcode", None) in _CONFLICT_STATES:
        return True
    return _CONFLICT.search(str(error.orig)) is not None


def commit(
    connection: Connection,
    publish: Callable[[], T],
    *,
    stager: Stager,
    run_id: str,
    progress: Progress,
    watch: Stopwatch,
) -> T:
    """Run ``publish`` in a transaction and commit it; after a conflict all over again.

    Raises:
        DBAPIError: The database has refused a statement for good; all is rolled back.
        DatabaseError: The same, in clearer words; or the connection was lost, and the
            message says what is known.
    """
    attempt = 1
    while True:
        try:
            return _try(
                connection, publish, stager=stager, run_id=run_id, progress=progress, watch=watch
            )
        except sqlalchemy.exc.DBAPIError as error:
            if connection.invalidated and stager.is_remote:
                line = str(error.orig).strip().partition("\n")[0]
                raise DatabaseError(
                    f"the connection was lost before COMMIT, nothing was changed: {line}",
                    advice="Load again.",
                ) from None
            if attempt == ATTEMPTS or not is_conflict(error):
                explained = stager.explain(error)
                if explained is not None:
                    raise explained from None
                raise
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt) * random.uniform(0.5, 1)  # noqa: S311 - jitter
        _LOG.info("attempt %d lost against another transaction; again in %.1f s", attempt, pause)
        progress("another transaction was faster: wait and try again", attempt)
        time.sleep(pause)
        attempt += 1


def _try(
    connection: Connection,
    publish: Callable[[], T],
    *,
    stager: Stager,
    run_id: str,
    progress: Progress,
    watch: Stopwatch,
) -> T:
    transaction = connection.begin()
    try:
        result = publish()
    except BaseException:
        with suppress(sqlalchemy.exc.DBAPIError):
            transaction.rollback()
        raise
    progress(COMMIT)
    with watch.step("commit"):
        try:
            transaction.commit()
        except sqlalchemy.exc.DBAPIError as error:
            if not (connection.invalidated and stager.is_remote):
                with suppress(sqlalchemy.exc.DBAPIError):
                    transaction.rollback()
                raise
            _require_committed(connection, stager, run_id, error)
            stager.notes.append(COMMITTED_AFTER_ALL)
    return result


def _require_committed(
    connection: Connection, stager: Stager, run_id: str, error: sqlalchemy.exc.DBAPIError
) -> None:
    """Ask the ledger, on a new connection, whether the run is there.

    Raises:
        DatabaseError: It is not, or nobody can be asked.
    """
    line = str(error.orig).strip().partition("\n")[0]
    runs = tables.load_runs
    question = select(func.count()).select_from(runs).where(runs.c.run_id == run_id)
    for number in range(_RECONNECTS):
        time.sleep(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**number))
        try:
            with connection.engine.connect() as other:
                # Whoever has the lock knows that the lost transaction is over, either way.
                stager.lock(other)
                is_there = other.scalar(question)
        except sqlalchemy.exc.DBAPIError as refused:
            _LOG.info("the ledger cannot be asked yet: %s", type(refused.orig).__name__)
            continue
        except LoadInProgressError:
            break
        if is_there:
            _LOG.warning(COMMITTED_AFTER_ALL)
            return
        raise DatabaseError(
            f"the connection was lost at COMMIT ({line}); the ledger, asked on a new one, "
            "does not have the run: nothing was changed",
            advice="Load again.",
        ) from None
    raise DatabaseError(
        f"the connection was lost at COMMIT ({line}), and no new one can be had: "
        "the load may or may not be committed",
        advice=f"Load again: that is safe either way. Its run would be {run_id} in load_runs.",
    ) from None
