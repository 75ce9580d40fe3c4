"""Shows a load to people: a moving line on stderr, a table on stdout at the end."""

from __future__ import annotations

import sys
import threading
import time
from importlib import import_module
from typing import TYPE_CHECKING

import click

from sparkify_dwh.console import stop_signals
from sparkify_dwh.load.progress import COMMIT
from sparkify_dwh.load.result import NOTHING_TO_DO, LoadResult

if TYPE_CHECKING:
    from types import TracebackType

    from rich.status import Status
    from rich.table import Table


class ConsoleProgress:
    """Shows the running step on stderr; quiet when that is no terminal."""

    def __init__(self, *, result_is_drawn: bool = False) -> None:
        """Begin with nothing shown; say whether :func:`print_result` will follow."""
        self._status: Status | None = None
        self._result_is_drawn = result_is_drawn
        self._began = time.monotonic()

    def __enter__(self) -> ConsoleProgress:
        """Show the line."""
        if sys.stderr.isatty():
            # Only now: who looks at nothing need not wait for what draws it.
            from rich.console import Console

            self._status = Console(stderr=True).status("connect")
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take the line away."""
        if self._status is not None:
            self._status.stop()

    def __call__(self, step: str, count: int = 0, /) -> None:
        """Show the step that begins, with what it is about and the seconds so far."""
        # Whoever stops a commit cannot say any more whether something was changed.
        stop_signals.at_step(is_too_late=step == COMMIT)
        if step == COMMIT and self._result_is_drawn:
            # A commit mostly waits for the disk.
            threading.Thread(target=_import_what_draws, daemon=True).start()
        if self._status is not None:
            about = f" ({count:,})" if count else ""
            self._status.update(f"{step}{about}  [dim]{time.monotonic() - self._began:.1f} s[/dim]")


def _import_what_draws() -> None:
    for module in ("rich.console", "rich.table"):
        import_module(module)


def print_result(result: LoadResult) -> None:
    """Print the result on stdout: what was read, what is new, and where the time went."""
    from rich.console import Console

    console = Console(file=sys.stdout, highlight=False)
    if result.status == NOTHING_TO_DO:
        console.print("nothing to do: every file was loaded before")
        console.print(_rows_table(result))
        return
    console.print(_records_table(result))
    console.print(_rows_table(result))
    console.print(_seconds_line(result))
    for note in _notes(result):
        console.print(note)


def print_warnings(result: LoadResult) -> None:
    """Print on stderr what went wrong after the commit."""
    for warning in result.warnings:
        click.echo(f"warning: {warning}", err=True)


def _records_table(result: LoadResult) -> Table:
    from rich.table import Table

    table = Table("feed", title=f"loaded as run {result.run_id}", title_justify="left")
    for name in ("files", "records read", "staged", "rejected"):
        table.add_column(name, justify="right")
    for feed, files in result.files.items():
        read, staged = result.read.get(feed, 0), result.staged.get(feed, 0)
        table.add_row(feed, *(f"{number:,}" for number in (files, read, staged, read - staged)))
    return table


def _rows_table(result: LoadResult) -> Table:
    from rich.table import Table

    table = Table("table")
    for name in ("inserted", "rows now"):
        table.add_column(name, justify="right")
    for name, rows in result.rows.items():
        inserted = result.inserted.get(name)
        table.add_row(name, "" if inserted is None else f"{inserted:,}", f"{rows:,}")
    return table


def _seconds_line(result: LoadResult) -> str:
    return "seconds: " + ", ".join(f"{step} {wall:.2f}" for step, wall in result.seconds.items())


def _notes(result: LoadResult) -> list[str]:
    notes = [f"duplicate plays: {result.duplicates:,}, rejected records: {result.rejected:,}"]
    if result.passed_over:
        others = ", ".join(f"{count:,} {why}" for why, count in sorted(result.passed_over.items()))
        notes.append(f"passed over: {others}")
    if result.drifted_files:
        notes.append(f"files with keys that the contract does not know: {result.drifted_files:,}")
    if result.conflicting_songs:
        notes.append(f"songs offered with different content: {result.conflicting_songs:,}")
    return notes
