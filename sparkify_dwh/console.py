"""What the project's commands have in common: errors on stderr, exit codes for schedulers.

A signal that asks a command to stop, SIGTERM or SIGINT, ends it as an error does: the
transaction is rolled back, temporary files are removed, one line says so, exit code 1. Once a
commit has begun it is too late for that, and the command runs to its end.
"""

import gc
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import click

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """Somebody has asked the command to stop."""


class StopSignals:
    """Turns the first signal that comes into an exception, unless it is too late."""

    def __init__(self) -> None:
        """Begin as if none had come."""
        self.reset()

    def reset(self) -> None:
        """Forget what has come: a process may run several commands in turn."""
        self.received: str | None = None
        self._is_too_late = False

    @contextmanager
    def caught(self, *, ends_process: bool = False) -> Iterator[None]:
        """Catch the signals as long as the block runs; only a main thread can.

        Where the process ends with the block they are ignored from then on: one that comes
        while Python tidies up would else have a load that is done look like one that failed.
        """
        self.reset()
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self._receive) for number in _STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, signal.SIG_IGN if ends_process else handler)

    def at_step(self, *, is_too_late: bool) -> None:
        """Take note that a step begins, and of whether the command can still be stopped.

        Raises:
            Stopped: A signal has come, but its exception got lost: Python drops one that is
                raised inside a destructor.
        """
        if self.received is not None:
            raise Stopped(self.received)
        self._is_too_late = is_too_late

    def _receive(self, number: int, frame: FrameType | None) -> None:
        del frame
        # A second signal must not disturb the clean-up after the first.
        if self._is_too_late or self.received is not None:
            return
        self.received = signal.Signals(number).name
        raise Stopped(self.received)


@contextmanager
def few_collections(*, ends_process: bool) -> Iterator[None]:
    """Look for garbage seldom as long as the block runs, and not at all when the process ends.

    Importing and listing make a hundred thousand objects that stay. To look through all of them
    now and then, and several times more while Python tidies up, takes a third of a second.
    """
    if not ends_process:
        yield
        return
    gc.set_threshold(3_000_000, 50, 100)
    try:
        yield
    finally:
        gc.freeze()


#: Signals belong to the process, and so do these.
stop_signals = StopSignals()


def run_command(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    0 is what the command returns for success, 1 a failure that changed nothing, 2 a wrong
    setting or flag. Only errors that the library raises on purpose are caught, and what
    somebody has asked for or the machine has run out of.
    """
    from sparkify_dwh.errors import SparkifyError

    # Without arguments it is the command line's command, and the process ends with it.
    is_all = arguments is None
    try:
        with few_collections(ends_process=is_all), stop_signals.caught(ends_process=is_all):
            result = command.main(args=arguments, standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show(sys.stderr)
        return 2
    except BaseException as error:
        # First: in the middle of a query, a driver raises an error of its own instead.
        if stop_signals.received is not None:
            click.echo(f"stopped by {stop_signals.received}; nothing was changed", err=True)
            return 1
        if isinstance(error, MemoryError):
            click.echo("error: out of memory; nothing was changed", err=True)
            return 1
        if not isinstance(error, SparkifyError):
            raise
        click.echo(f"error: {error}", err=True)
        return error.exit_code
    return int(result or 0)
