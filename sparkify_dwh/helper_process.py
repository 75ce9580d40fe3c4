"""A second process of this interpreter that takes a share of some work, if it finds a core.

Python's threads would wait for each other wherever work is many short calls. A helper is only ever
asked for what is simple, and only believed where all of it succeeded: whoever has asked does the
work itself where there is no answer, and an error has its words there.
"""

from __future__ import annotations

import marshal
import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

#: What a helper makes stays until its end: nothing is gained by looking for garbage.
_RUN = "import gc, sys; gc.disable(); import {0} as module; sys.exit(module.main(*sys.argv[1:]))"


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


class Helper(ExitStack):
    """Runs a module of this package as long as the block does; nothing of it is left behind."""

    def __init__(self) -> None:
        """Start nothing yet."""
        super().__init__()
        self._process: subprocess.Popen[bytes] | None = None
        self._answer: BinaryIO | None = None

    def start(
        self, module: str, question: bytes, *arguments: str, descriptors: Sequence[int] = ()
    ) -> None:
        """Run the module's ``main(*arguments)``, the question on its stdin.

        It inherits the open descriptors that are given. If it cannot be run, there is no answer.
        """
        # What starts a process, that one need not import.
        import subprocess
        import tempfile

        # Files, not pipes: neither process ever waits for the other one to read.
        temporary = tempfile.TemporaryFile
        try:
            asked, self._answer = (self.enter_context(temporary()) for _ in range(2))
            asked.write(question)
            asked.seek(0)
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, our own module
                [sys.executable, "-P", "-c", _RUN.format(module), *arguments],
                stdin=asked,
                stdout=self._answer,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": _path_of_package()},
                pass_fds=descriptors,
            )
        except OSError:
            return  # no more processes, no room for the question
        self.callback(self._process.wait)
        self.callback(self._process.kill)  # comes first, and does nothing once it has ended

    def answer(self) -> bytes | None:
        """Wait; return what it has written to its stdout, None unless it returned 0."""
        if self._process is None or self._answer is None or self._process.wait() != 0:
            return None
        self._answer.seek(0)
        return self._answer.read()


def _path_of_package() -> str:
    from pathlib import Path

    package = Path(__file__).parents[1]
    return os.pathsep.join([str(package), *filter(None, [os.environ.get("PYTHONPATH")])])
