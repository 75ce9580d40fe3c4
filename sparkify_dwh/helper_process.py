"""A second process of this interpreter that takes a share of some work, if it finds a core.

Python's threads would wait for each other wherever work is many short calls. A helper is only ever
asked for what is simple, and only believed where all of it succeeded: whoever has asked does the
work itself where there is no answer, and an error has its words there.
"""

from __future__ import annotations

import gc
import marshal
import os
import signal
import sys
from contextlib import ExitStack
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

#: What a helper makes stays until its end: nothing is gained by looking for garbage.
_RUN = (
    "import gc, sys; gc.disable(); import {0} as module; "
    "sys.exit(module.main(sys.stdin.buffer, sys.stdout.buffer, *sys.argv[1:]))"
)
#: The exit code of a helper that has no answer.
_FAILED = 1


def packed(value: Any) -> bytes:
    """Return a value as the two processes of one interpreter pass it on.

    It is made of lists, dictionaries, texts and numbers. For half a million texts this takes a
    fifth of what JSON does, which is most of what a helper costs.
    """
    return marshal.dumps(value, 2)  # a later version would look for what is the same


def unpacked(text: bytes) -> Any:
    """Return the value that the other process has packed.

    Raises:
        ValueError: It is not whole.
    """
    try:
        return marshal.loads(text)  # noqa: S302 - written by our own module, to a file without a name
    except (EOFError, TypeError) as error:
        raise ValueError("not what was packed") from error


def is_worthwhile() -> bool:
    """Return whether a second process would find a core of its own, and can be started."""
    if not sys.executable:
        return False
    if hasattr(os, "sched_getaffinity"):  # macOS has none
        return len(os.sched_getaffinity(0)) > 1
    return (os.cpu_count() or 1) > 1


def _has_one_thread() -> bool:
    """Return whether this process can be forked: no other thread holds a lock of anything."""
    try:
        return len([*os.scandir("/proc/self/task")]) == 1
    except OSError:
        return False  # not Linux


class Fork:
    """A copy of this process that runs a module, as far as it is needed like a ``Popen``.

    It has imported already what this one has, for which another interpreter takes as long as to
    list some thousands of files.
    """

    def __init__(
        self, module: str, question: BinaryIO, answer: BinaryIO, arguments: Sequence[str]
    ) -> None:
        """Start it.

        Raises:
            OSError: There can be no more processes.
        """
        self.returncode: int | None = None
        self._reaping = Lock()
        self.pid = os.fork()
        if self.pid == 0:
            self._run(module, question, answer, arguments)

    @staticmethod
    def _run(
        module: str, question: BinaryIO, answer: BinaryIO, arguments: Sequence[str]
    ) -> NoReturn:
        code = _FAILED
        try:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            gc.disable()
            code = import_module(module).main(question, answer, *arguments)
            answer.flush()
        finally:
            # All else is the business of the process that this one is a copy of.
            os._exit(code)

    def poll(self) -> int | None:
        """Return how it has ended, as ``subprocess`` tells that; None if it has not."""
        return self._reap(os.WNOHANG)

    def wait(self) -> int:
        """Wait for its end, and return the same."""
        code = self._reap(0)
        assert code is not None
        return code

    def kill(self) -> None:
        """End it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def _reap(self, options: int) -> int | None:
        with self._reaping:
            if self.returncode is None:
                try:
                    pid, status = os.waitpid(self.pid, options)
                except ChildProcessError:
                    # Who started this process ignores SIGCHLD: nobody is told how it has ended.
                    self.returncode = _FAILED
                    return self.returncode
                if pid:
                    self.returncode = os.waitstatus_to_exitcode(status)
            return self.returncode


class Parent:
    """Who started this process; it may be killed before the process has come to its end."""

    def __init__(self) -> None:
        """Note who that is."""
        self._pid = os.getppid()

    def require_alive(self) -> None:
        """Go on, if it is alive.

        Raises:
            ProcessLookupError: It is not; nobody waits for this process.
        """
        if os.getppid() != self._pid:
            raise ProcessLookupError(self._pid)


class Helper(ExitStack):
    """Runs a module of this package as long as the block does; nothing of it is left behind."""

    def __init__(self) -> None:
        """Start nothing yet."""
        super().__init__()
        self._process: subprocess.Popen[bytes] | Fork | None = None
        self._answer: BinaryIO | None = None

    def start(
        self, module: str, question: bytes, *arguments: str, descriptors: Sequence[int] = ()
    ) -> None:
        """Run the module's ``main(question, answer, *arguments)``, which returns an exit code.

        Of the two files it reads one and writes the other. It inherits the open descriptors that
        are given. If it cannot be run, there is no answer.
        """
        # What starts a process, that one need not import.
        import tempfile

        # Files, not pipes: neither process ever waits for the other one to read.
        temporary = tempfile.TemporaryFile
        try:
            asked, self._answer = (self.enter_context(temporary()) for _ in range(2))
            asked.write(question)
            asked.seek(0)
            if _has_one_thread():
                self._process = Fork(module, asked, self._answer, arguments)
            else:
                self._process = _spawned(module, asked, self._answer, arguments, descriptors)
        except OSError:
            return  # no more processes, no room for the question
        self.callback(self._process.wait)
        self.callback(self._process.kill)  # comes first, and does nothing once it has ended

    def answer(self) -> bytes | None:
        """Wait; return what it has answered, None unless it returned 0."""
        if self._process is None or self._answer is None or self._process.wait() != 0:
            return None
        self._answer.seek(0)
        return self._answer.read()


def _spawned(
    module: str,
    asked: BinaryIO,
    answer: BinaryIO,
    arguments: Sequence[str],
    descriptors: Sequence[int],
) -> subprocess.Popen[bytes]:
    import subprocess

    return subprocess.Popen(  # noqa: S603 - this interpreter, our own module
        [sys.executable, "-P", "-c", _RUN.format(module), *arguments],
        stdin=asked,
        stdout=answer,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": _path_of_package()},
        pass_fds=descriptors,
    )


def _path_of_package() -> str:
    from pathlib import Path

    package = Path(__file__).parents[1]
    return os.pathsep.join([str(package), *filter(None, [os.environ.get("PYTHONPATH")])])
