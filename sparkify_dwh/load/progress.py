"""Progress: told by the load, shown by the command line, silent in a library."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

#: The last step of a load, and the one that cannot be stopped.
COMMIT = "commit"


class Progress(Protocol):
    """Takes what a load tells of itself."""

    def __call__(self, step: str, count: int = 0, /) -> None:
        """Take the name of the step that begins now, and how many things it is about."""


def silent(step: str, count: int = 0, /) -> None:
    """Show nothing."""


class Stopwatch:
    """Adds up the wall time of named steps."""

    def __init__(self) -> None:
        """Start the clock of the whole."""
        self._began = time.perf_counter()
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add the time of the block to the step of this name."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began

    def total(self) -> dict[str, float]:
        """Return the seconds of each step so far, and of the whole."""
        return {**self.seconds, "total": time.perf_counter() - self._began}
