"""Records of tiny files, joined: one a line, each tagged with its file, in files worth a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkify_dwh.feeds.record_line import BLANKS, looks_like_a_record, tagged

if TYPE_CHECKING:
    from collections.abc import Callable

#: A joined file is closed at this size, so that several threads can scan the spool.
JOINED_BYTES = 33_554_432
_LINES_AT_ONCE = 1_000


def only_record(content: bytes) -> bytes | None:
    """Return the line that a file's content is, if it looks like one record in one line."""
    line = content.strip(BLANKS)
    return None if b"\n" in line or not looks_like_a_record(line) else line


class JoinedRecords:
    """Joined files that are being written."""

    def __init__(
        self, new_path: Callable[[], str], require_needed: Callable[[], None] = lambda: None
    ) -> None:
        """Write nothing yet.

        Args:
            new_path: Gives the path of each next file.
            require_needed: Called now and then; raises when nobody needs what is written.
        """
        self.paths: list[str] = []
        self._new_path = new_path
        self._require_needed = require_needed
        self._lines: list[bytes] = []
        self._room = 0

    def add(self, number: int, line: bytes) -> None:
        """Add the record of the file with the number.

        Raises:
            OSError: A file cannot be written.
        """
        self._lines.append(tagged(number, line))
        if len(self._lines) >= _LINES_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what was added.

        Raises:
            OSError: A file cannot be written.
        """
        self._require_needed()
        if not self._lines:
            return
        if self._room <= 0:
            self.paths.append(self._new_path())
            self._room = JOINED_BYTES
        text = b"".join(self._lines)
        self._lines.clear()
        with open(self.paths[-1], "ab") as out:
            out.write(text)
        self._room -= len(text)
