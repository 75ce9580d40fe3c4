"""Faults that a test orders: cut connections, delays and errors at a chosen statement."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field

from .errors import Refusal, serialization_failure

BEFORE = "before"
DURING = "during"
AFTER = "after"


class CutConnection(Exception):
    """Raised to end a client's connection without an answer."""


@dataclass
class Fault:
    """Describes what goes wrong, and at which statement.

    `action` is `cut`, `delay`, `serialization` (error 1023) or `error` (with `sqlstate` and
    `message`). `statement` is a regular expression that is searched in the statement, ignoring
    case. `when` is `before` the statement, `during` (COPY only: after its first rows went to the
    table) or `after` it was carried out but before the client hears of it. The fault happens at the
    `nth` statement that fits and at the next ones until it has happened `times` times.
    """

    action: str
    statement: str = ""
    when: str = BEFORE
    nth: int = 1
    times: int = 1
    seconds: float = 0.0
    sqlstate: str = "XX000"
    message: str = "a fault that a test ordered"
    user: str = ""
    seen: int = field(default=0, compare=False)
    happened: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if self.action not in ("cut", "delay", "serialization", "error"):
            raise ValueError(f"unknown action {self.action!r}")
        if self.when not in (BEFORE, DURING, AFTER):
            raise ValueError(f"unknown time {self.when!r}")
        re.compile(self.statement)

    def fits(self, text: str, user: str) -> bool:
        """Tells whether the fault is meant for this statement."""
        if self.user and self.user != user:
            return False
        return re.search(self.statement, text, re.IGNORECASE | re.DOTALL) is not None

    def refusal(self) -> Refusal:
        """Returns the error that the client gets."""
        if self.action == "serialization":
            return serialization_failure()
        return Refusal(self.sqlstate, self.message)


class Faults:
    """Holds the faults that are ordered."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        """Orders a fault."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def cut(self, statement: str, when: str = BEFORE, nth: int = 1, times: int = 1) -> Fault:
        """Orders that the connection is cut at a statement."""
        return self.add(Fault("cut", statement, when, nth, times))

    def delay(self, statement: str, seconds: float, when: str = BEFORE, times: int = 1) -> Fault:
        """Orders that a statement takes longer."""
        return self.add(Fault("delay", statement, when, 1, times, seconds))

    def serialization_failure(
        self, statement: str = "^commit", nth: int = 1, times: int = 1
    ) -> Fault:
        """Orders error 1023 at a statement, by default at a COMMIT."""
        return self.add(Fault("serialization", statement, BEFORE, nth, times))

    def clear(self) -> None:
        """Forgets all faults."""
        with self._lock:
            self._faults.clear()

    def at(self, text: str, when: str, user: str) -> list[Fault]:
        """Returns the faults that happen now, counting the statement for each that fits."""
        due: list[Fault] = []
        with self._lock:
            for fault in self._faults:
                if fault.when != when or not fault.fits(text, user):
                    continue
                fault.seen += 1
                if fault.seen >= fault.nth and fault.happened < fault.times:
                    fault.happened += 1
                    due.append(fault)
        return due
