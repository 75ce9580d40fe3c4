"""Loads in processes of their own, which may be killed.

The processes are forked from one that has imported everything, so that a hundred of them do not
spend their lives on imports. What is done in them stands here too: a load whose progress
callback brings the accident about, or one under limits.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "__main__",
        "duckdb_sqlalchemy",
        "obstore.store",
        "psycopg2",
        "sparkify_dwh.engines.redshift_stager",
        "sparkify_dwh.load.command",
        "sparkify_dwh.load.console",
        "sparkify_dwh.load.run",
        "sparkify_dwh.schema",
    ]
)
_PATIENCE = 60
#: The code of a process whose end the fork server has seen and could not tell, which happens on
#: a busy machine, though rarely. No load ends with it.
_NOT_TOLD = 255


class Accident(Exception):
    """What a test raises in the middle of a load."""


@dataclass(frozen=True)
class End:
    """How a process ended: its exit code, or minus the signal; and what it said."""

    code: int | None
    out: str
    err: str

    @property
    def is_by_kill(self) -> bool:
        """Whether the process was killed; it has said nothing then."""
        return self.code == -signal.SIGKILL or (self.code == _NOT_TOLD and not self.err)


class Child:
    """A function that runs in a process of its own."""

    def __init__(
        self,
        folder: Path,
        deed: Callable[..., Any],
        *arguments: Any,
        environ: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        """Start it; its temporary files and what it says go into the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir(exist_ok=True)
        surroundings = {"TMPDIR": str(self.temporary), **(environ or {})}
        self._process = _CONTEXT.Process(
            target=_run, args=(folder, surroundings, deed, arguments, options)
        )
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def kill(self, number: int = signal.SIGKILL) -> None:
        if self._process.is_alive():
            os.kill(self.pid, number)

    def wait_for(self, name: str) -> None:
        """Wait until the child has left a file of this name in its folder."""
        end = time.monotonic() + _PATIENCE
        while not (self.folder / name).exists():
            assert self._process.is_alive(), self.end().err
            assert time.monotonic() < end, f"no {name}"
            time.sleep(0.005)

    def tell(self, name: str) -> None:
        (self.folder / name).touch()

    def end(self, patience: float = _PATIENCE) -> End:
        """Wait so many seconds for the end of the process."""
        self._process.join(patience)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
            raise AssertionError("the process hangs")
        code = self._process.exitcode
        while code == _NOT_TOLD and _is_there(self.pid):
            time.sleep(0.005)
        out, err = ((self.folder / name).read_text() for name in ("out", "err"))
        return End(code, out, err)

    @property
    def spools(self) -> list[Path]:
        """The spools in its temporary folder."""
        return sorted(self.temporary.iterdir())


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _run(
    folder: Path,
    environ: Mapping[str, str],
    deed: Callable[..., Any],
    arguments: tuple[Any, ...],
    options: dict[str, Any],
) -> None:
    for name, stream in (("out", sys.stdout), ("err", sys.stderr)):
        with (folder / name).open("wb") as file:
            os.dup2(file.fileno(), stream.fileno() if stream else {"out": 1, "err": 2}[name])
    os.environ.update(environ)
    time.tzset()
    tempfile.tempdir = None
    sys.modules.setdefault("pandas", None)  # type: ignore[arg-type] # DuckDB looks for it
    os.chdir(folder)
    sys.exit(deed(*arguments, **options))


# ---------------------------------------------------------------------- deeds


def load_in(
    settings: Mapping[str, Any],
    *,
    die_at: int | str | None = None,
    by: int = signal.SIGKILL,
    pause_at: str | None = None,
    **options: Any,
) -> None:
    """Load; at the step of this number, or which begins so, send the process a signal."""
    from sparkify_dwh.load.run import load
    from sparkify_dwh.settings import Settings

    load(
        Settings.resolve(**settings),
        progress=Steps(at=die_at, act=lambda: os.kill(os.getpid(), by), pause_at=pause_at),
        **options,
    )


def command_in(
    settings: Mapping[str, Any], *, die_at: int, by: int = signal.SIGTERM, **options: Any
) -> int:
    """Load as the command does, and send the process a signal at the step of this number."""
    import click

    from sparkify_dwh.console import run_command
    from sparkify_dwh.load.console import ConsoleProgress
    from sparkify_dwh.load.run import load
    from sparkify_dwh.settings import Settings

    steps = Steps(at=die_at, act=lambda: os.kill(os.getpid(), by))

    @click.command()
    def command() -> None:
        with ConsoleProgress() as console:

            def progress(step: str, count: int = 0, /) -> None:
                console(step, count)
                steps(step, count)

            load(Settings.resolve(**settings), progress=progress, **options)

    return run_command(command, [])


def limited_command_in(
    arguments: list[str],
    *,
    file_bytes: int | None = None,
    memory_bytes: int | None = None,
    after_step: str | None = None,
) -> int:
    """Run the real command under a limit, from its beginning or from a step on."""
    from sparkify_dwh.load.command import main
    from sparkify_dwh.load.console import ConsoleProgress

    def limit() -> None:
        if file_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
        if memory_bytes is not None:
            resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))

    if after_step is None:
        limit()
    else:
        tell = ConsoleProgress.__call__

        def watch(self: ConsoleProgress, step: str, count: int = 0, /) -> None:
            tell(self, step, count)
            if step == after_step:
                limit()

        ConsoleProgress.__call__ = watch  # type: ignore[method-assign]
    sys.argv = ["sparkify_dwh.load", *arguments]
    return main()


def statements_in(warehouses: list[tuple[Any, list[int]]], before: Any, *, max_errors: int) -> None:
    """Load again and again, an exception at another statement each time; look after each."""
    from sqlalchemy import Engine, event

    counter = Countdown()
    event.listen(Engine, "before_cursor_execute", counter)
    event.listen(Engine, "commit", counter)
    for warehouse, numbers in warehouses:
        for number in numbers:
            counter.left = number
            try:
                warehouse.load(max_errors=max_errors)
            except Accident:
                counter.left = 0
                assert warehouse.content() == before, f"statement {number}"
            else:
                raise AssertionError(f"no statement {number}")


class Countdown:
    """Raises at the n-th call."""

    def __init__(self) -> None:
        self.left = 0

    def __call__(self, *_: Any) -> None:
        if self.left:
            self.left -= 1
            if not self.left:
                raise Accident


def upgrade_in(settings: Mapping[str, Any]) -> int:
    """Bring the schema to head, as a command would."""
    import click

    from sparkify_dwh import schema
    from sparkify_dwh.console import run_command
    from sparkify_dwh.settings import Settings

    @click.command()
    def command() -> None:
        schema.upgrade(Settings.resolve(**settings))

    return run_command(command, [])


def load_on_a_broken_clock_in(settings: Mapping[str, Any], *, jumps: list[float]) -> None:
    """Load while the wall clock jumps by so many seconds each time that somebody asks."""
    import datetime as dt
    import itertools
    import types

    from sparkify_dwh.load.run import load
    from sparkify_dwh.settings import Settings

    jump = itertools.cycle(jumps)
    wall = time.time

    class Moved(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return dt.datetime.fromtimestamp(wall() + next(jump), tz)

    shim = types.SimpleNamespace(**{**vars(dt), "datetime": Moved})
    moved = 0
    for name, module in [*sys.modules.items()]:
        if name.startswith("sparkify_dwh.") and getattr(module, "dt", None) is dt:
            module.dt = shim  # type: ignore[attr-defined]
            moved += 1
    assert moved
    time.time = lambda: wall() + next(jump)
    load(Settings.resolve(**settings), max_errors=1)


class Steps:
    """Counts the steps that a load tells of, and acts at one of them."""

    def __init__(
        self,
        *,
        at: int | str | None = None,
        act: Callable[[], Any] = lambda: None,
        pause_at: str | None = None,
    ) -> None:
        self.names: list[str] = []
        self._at, self._act, self._pause_at = at, act, pause_at

    def __call__(self, step: str, count: int = 0, /) -> None:
        self.names.append(step)
        if step == self._pause_at:
            # The test looks at the warehouse now, and says when to go on.
            Path("paused").touch()
            while not Path("go on").exists():
                time.sleep(0.005)
        if self._at == len(self.names) or (isinstance(self._at, str) and step.startswith(self._at)):
            self._act()
