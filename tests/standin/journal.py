"""Keeps all SQL that clients sent, for tests that count statements or look for secrets."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Entry:
    """Holds one statement: who sent it, when, how it ended and how long it took."""

    session: int
    user: str
    database: str
    sql: str
    started: float = field(default_factory=time.time)
    seconds: float | None = None
    outcome: str = ""


class Journal:
    """Holds the statements of all sessions in the order of their arrival."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> Entry:
        """Appends a statement."""
        with self._lock:
            self._entries.append(entry)
        return entry

    def __iter__(self) -> Iterator[Entry]:
        with self._lock:
            return iter(list(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def texts(self, session: int | None = None) -> list[str]:
        """Returns the statements, of one session or of all."""
        return [entry.sql for entry in self if session in (None, entry.session)]

    def matching(self, pattern: str) -> list[Entry]:
        """Returns the statements in which a regular expression is found, ignoring case."""
        wanted = re.compile(pattern, re.IGNORECASE | re.DOTALL)
        return [entry for entry in self if wanted.search(entry.sql)]

    def clear(self) -> None:
        """Forgets all statements."""
        with self._lock:
            self._entries.clear()
