"""What happens inside the publishing transaction: publish, prove, account, remember."""

import datetime as dt
import functools
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Dialect, FromClause, Table, select

from sparkify_dwh import tables
from sparkify_dwh.engines.stager import Stager
from sparkify_dwh.load.ledger import FileAccounts, FileRows, reject_rows, run_row
from sparkify_dwh.load.progress import Progress, Stopwatch
from sparkify_dwh.load.proving import prepare_proofs, prove
from sparkify_dwh.staging.verdict import StagedFeed
from sparkify_dwh.statements.accounting import row_counts
from sparkify_dwh.statements.catalogue import conflicting_songs
from sparkify_dwh.statements.fact import CONTESTED_KEYS, any_kept_play, songplay_ids
from sparkify_dwh.statements.publish import STAR, empty_warehouse, publish
from sparkify_dwh.statements.staged import Staged, Window, play_window
from sparkify_dwh.statements.step import Step

STAGING_TABLES = (tables.staging_events, tables.staging_songs)
#: The tables whose rows the result counts.
COUNTED = (*STAGING_TABLES, *STAR)


@dataclass(slots=True)
class Published:
    """What publishing has done, told in numbers."""

    feeds: Sequence[StagedFeed]
    accounts: FileAccounts
    before: dict[str, int] = field(default_factory=dict)  #: rows of the star
    after: dict[str, int] = field(default_factory=dict)  #: rows of star and staging
    conflicts: int = 0  #: songs offered with different content

    @property
    def inserted(self) -> dict[str, int]:
        """Rows that are new, by table of the star."""
        return {name: self.after[name] - self.before[name] for name in self.before}


@contextmanager
def prepared(expected: Staged | None, dialect: Dialect) -> Iterator[None]:
    """Compile, while the block runs, what publishing staging of such a form will execute.

    The block stages, which leaves Python idle; afterwards an engine would wait for it. What is
    expected need not come: all else is compiled when it is needed.
    """
    if expected is None:
        yield
        return
    thread = threading.Thread(target=_prepare, args=(expected.expected_form, dialect), daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _prepare(form: Staged, dialect: Dialect) -> None:
    # What goes wrong here does so again where it is needed.
    with suppress(Exception):
        for step in _steps(form):
            if step.only_for_rows_of is None:  # the others are hardly ever run
                step.compile(dialect)
        prepare_proofs(form, dialect)


def publish_run(
    connection: Connection,
    stager: Stager,
    feeds: Sequence[StagedFeed],
    *,
    run_id: str,
    started_at: dt.datetime,
    rebuild: bool,
    progress: Progress,
    watch: Stopwatch,
) -> Published:
    """Publish what is laid ready, inside the transaction that is running.

    Raises:
        InvariantError: A key, a reference or a sum does not come out.
    """
    done = Published(feeds, FileAccounts(feeds))
    with watch.step("stage"):
        staged = stager.fill(feeds)
    with watch.step("publish"):
        if rebuild:
            for step in empty_warehouse():
                progress(step.name)
                step.run(connection)
        staged = _with_values(connection, staged)
        done.before = count_rows(connection, STAR)
        are_first = _are_first(connection, staged)
        has_rows = _run(connection, _steps(staged.form), staged.values, progress)
    with watch.step("prove"):
        progress("prove keys, references and sums")
        any_contested = has_rows.get(CONTESTED_KEYS, False)
        if any_contested or not are_first:
            # The fact has other plays at the moments than those that were counted.
            staged = replace(staged, moments=None)
        _prove(connection, stager, staged, done, any_contested=any_contested)
    with watch.step("ledger"):
        mode = "rebuild" if rebuild else "incremental"
        moments = {"started_at": started_at, "finished_at": now()}
        connection.execute(run_row(run_id, done.accounts, mode=mode, **moments))
        stager.land(tables.load_files, FileRows(run_id, done.accounts))
        stager.land(tables.load_rejects, reject_rows(run_id, feeds))
        stager.leave_staging()
    # Only now is it known whether the staged records stay.
    done.after = count_rows(connection, STAGING_TABLES) | done.after
    return done


@functools.cache
def _steps(form: Staged) -> tuple[Step, ...]:
    return tuple(publish(form))


def _run(
    connection: Connection, steps: Iterable[Step], values: Mapping[str, Any], progress: Progress
) -> dict[str, bool]:
    """Run the steps in order, without those that depend on rows that are not there, or are.

    Return, by name, which of the temporary tables that such steps depend on have rows.
    """
    has_rows: dict[str, bool] = {}

    def has_row(source: FromClause) -> bool:
        if source.description not in has_rows:
            any_row = select(source).limit(1)
            has_rows[source.description] = connection.execute(any_row).first() is not None
        return has_rows[source.description]

    for step in steps:
        if step.only_for_rows_of is not None and not has_row(step.only_for_rows_of):
            continue
        if any(map(has_row, step.unless_rows_of)):
            continue
        progress(step.name)
        step.run(connection, values)
    return has_rows


def _with_values(connection: Connection, staged: Staged) -> Staged:
    """Return what is staged with what its statements would have to ask for, each again.

    That is the range of time of its plays, if there are any, and of the numbers that they get.
    """
    if staged.events is None:
        return staged
    question = play_window(staged.events)
    if staged.numbers_rows:
        question = question.add_columns(*songplay_ids(staged.events))
    first, last, *numbers = connection.execute(question).one()
    if first is None:
        return staged
    staged = replace(staged, window=Window(first, last))
    if not numbers:
        return staged
    next_id, highest = numbers
    return replace(staged, next_songplay_id=next_id, last_songplay_id=next_id + highest)


def _are_first(connection: Connection, staged: Staged) -> bool:
    """Return whether the fact has no plays in the range of time of those that were counted."""
    if staged.moments is None or staged.window is None:
        return False
    return _any_kept(staged.form).run(connection, staged.values).first() is None


_any_kept = functools.cache(any_kept_play)


def _prove(
    connection: Connection,
    stager: Stager,
    staged: Staged,
    done: Published,
    *,
    any_contested: bool,
) -> None:
    if any_contested:
        done.accounts.settle(*stager.contested(staged))
    if staged.songs is not None:
        done.conflicts = _conflicting(staged.songs).run(connection).scalar() or 0
    prove(connection, staged)
    done.after = count_rows(connection, STAR)
    done.accounts.require(plays_inserted=done.inserted["songplays"])


def count_rows(connection: Connection, tables: Sequence[Table] = COUNTED) -> dict[str, int]:
    """Return the rows of each table, by default of those that the result counts."""
    return dict(_counting(tuple(tables)).run(connection).one()._mapping)


@functools.cache
def _counting(tables: tuple[Table, ...]) -> Step:
    return Step("count rows", row_counts(tables))


@functools.cache
def _conflicting(songs: FromClause) -> Step:
    return Step("songs: how many contradict each other", conflicting_songs(songs))


def now() -> dt.datetime:
    """Return the time as the ledger keeps it: UTC, without zone."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)
