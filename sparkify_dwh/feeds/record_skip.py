"""Ways out of a record that cannot be read: where the next one begins.

A record that is broken or too large is passed over without holding it. Its end is found with
the few characters that matter: brackets of the kind it began with, quotes, and line ends. No
JSON string spans lines, so what a missing quote has spoilt is put right by the next line.
"""

import re

from sparkify_dwh.feeds.record_line import MAX_RECORD_BYTES
from sparkify_dwh.feeds.record_text import BLANKS, RecordText, utf8_length

__all__ = ["may_follow", "skip_broken", "skip_line", "skip_oversized"]

#: What may stand directly behind a value: nothing, white space, or the next object.
_FOLLOWERS = frozenset((*BLANKS, "{", ""))
_SPACE = re.compile(r"[ \t\r\n]*")
# The patterns below pass over all that does not matter in one go, whole strings included, and
# without looking back: their memory does not grow with the text.
_STRING_BODY = r'(?:[^"\\\n]++|\\[^\n])*+'
_IN_STRING = re.compile(_STRING_BODY)
_STRUCTURE = {
    "{": re.compile(rf'(?:[^"{{}}\n]++|"{_STRING_BODY}")*+'),
    "[": re.compile(rf'(?:[^"\[\]\n]++|"{_STRING_BODY}")*+'),
}
_CLOSING = {"{": "}", "[": "]"}
#: Behind one of these an object belongs to the record that is being skipped.
_BEFORE_NESTED = frozenset(":,[")


def may_follow(character: str) -> bool:
    """Return whether ``character`` (or "" at the end) may stand directly behind a value."""
    return character in _FOLLOWERS


def skip_line(source: RecordText) -> None:
    """Move ``start`` to the end of its line."""
    while (end := source.text.find("\n", source.start)) < 0:
        source.start = len(source.text)
        if not source.more():
            return
    source.start = end


def skip_broken(source: RecordText) -> None:
    """Move ``start`` over a malformed record, to where reading is to go on.

    A record that is closed, or no object or array at all, takes its line with it. One that is
    still open at the end of its line goes on until its bracket is closed, or until a line that
    begins an object and cannot be a part of it: one that is indented no deeper than the broken
    object, or that no comma, colon or bracket precedes.
    """
    opening = source.text[source.start]
    if opening not in _CLOSING:
        skip_line(source)
        return
    # The elements of an array often stand at its own indentation, so that tells nothing.
    deepest = source.indent() if opening == "{" else -1
    if _Skip(source, opening, deepest).run():
        skip_line(source)


def skip_oversized(source: RecordText) -> None:
    """Move ``start`` over a record that is too large, to its end if that can be told."""
    opening = source.text[source.start]
    if opening not in _CLOSING:
        skip_line(source)
        return
    # What lies on one line ends with it: then the next line may begin a record in any case.
    line_end = source.text.find("\n", source.start)
    over_lines = line_end >= 0 and (
        utf8_length(source.text[source.start : line_end]) <= MAX_RECORD_BYTES
    )
    if _Skip(source, opening, -1 if over_lines else source.indent()).run():
        source.ensure(1)
        if not may_follow(source.text[source.start : source.start + 1]):
            skip_line(source)


class _Skip:
    """One walk over a record that begins with a bracket."""

    def __init__(self, source: RecordText, opening: str, deepest: int) -> None:
        self._source = source
        self._opening = opening
        self._closing = _CLOSING[opening]
        self._structure = _STRUCTURE[opening]
        self._deepest = deepest  # a line that is indented no deeper and has "{" is a new record
        self._depth = 0
        self._in_string = False
        self._last = ""  # the last character that was not blank

    def run(self) -> bool:
        """Move on; return whether the record was closed, not another begun or the file ended."""
        source = self._source
        while True:
            token = self._next_token()
            if not token:
                if not source.more():
                    return False
            elif token == "\\":
                self._escape()
            elif token == "\n":
                if self._line_end():
                    return False
            else:
                source.start += 1
                self._last = token
                if token == '"':
                    self._in_string = not self._in_string
                else:
                    self._depth += 1 if token == self._opening else -1
                    if not self._depth:
                        return True

    def _next_token(self) -> str:
        """Move to the next character that matters, and return it; "" when there is none yet."""
        source = self._source
        pattern = _IN_STRING if self._in_string else self._structure
        found = pattern.match(source.text, source.start)
        assert found is not None  # the patterns match the empty string
        passed = found.group().rstrip(BLANKS)
        if passed:
            # A comma in a string that has lost its end is no comma between values.
            self._last = '"' if self._in_string else passed[-1]
        source.start = found.end()
        return source.text[source.start : source.start + 1]

    def _escape(self) -> None:
        """Pass a backslash and what it escapes, which the text may lack yet, or a line end."""
        source = self._source
        source.ensure(2)
        escaped = source.text[source.start + 1 : source.start + 2]
        source.start += 1 if escaped in ("", "\n") else 2

    def _line_end(self) -> bool:
        """Pass the line end and the space behind it; return whether a new record begins."""
        source = self._source
        self._in_string = False
        indent = 0
        while True:
            found = _SPACE.match(source.text, source.start)
            assert found is not None  # the pattern matches the empty string
            _, line_end, behind = found.group().rpartition("\n")
            indent = len(behind) if line_end else indent + len(behind)
            source.start = found.end()
            if source.start < len(source.text) or not source.more():
                break
        if source.text[source.start : source.start + 1] != "{":
            return False
        return indent <= self._deepest or self._last not in _BEFORE_NESTED
