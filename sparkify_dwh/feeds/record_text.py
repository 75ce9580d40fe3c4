"""A window on the text of a source file, for a reader that goes from record to record."""

import codecs
import re

from sparkify_dwh.feeds.decompress import Readable

__all__ = ["BLANKS", "UTF8_MOST", "RecordText", "utf8_length"]

#: The white space of JSON. Python's own idea of it is wider.
BLANKS = " \t\r\n"

_BLANKS = re.compile(r"[ \t\r\n]*")
_BYTE_ORDER_MARK = "\ufeff"
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HEAD = 4
#: The bytes of a character at most.
UTF8_MOST = 4


def utf8_length(text: str) -> int:
    """Return the bytes that ``text`` was decoded from; bytes that are no UTF-8 count too."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))


class RecordText:
    r"""The decoded text of a stream from the current record on, as far as it has been read.

    Bytes that are no UTF-8 stand in the text as the lone surrogates U+DC80 to U+DCFF, so that
    one of them spoils its own record only.

    Attributes:
        text: What has been read and not been dropped yet.
        start: Where in ``text`` the current record, or the space before it, begins.
        ended: Whether the stream has nothing more.
        passed: The characters of the file before ``text``.
        has_invalid_bytes: Whether ``text`` holds bytes that are no UTF-8.
        has_surrogate_escapes: Whether ``text`` may hold escapes such as ``\ud83d``.
        is_utf16: Whether the file is UTF-16 or UTF-32.
    """

    def __init__(self, stream: Readable, *, read_size: int) -> None:
        self.text = ""
        self.start = 0
        self.ended = False
        self.passed = 0
        self.has_invalid_bytes = False
        self.has_surrogate_escapes = False
        self._stream = stream
        self._read_size = read_size
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._line = 1  # the line of text[self._counted]
        self._counted = 0
        self._dropped_column = 0  # characters of text[0]'s line before text[0]
        self._dropped_blank = True  # and whether they are all blank
        self._head = self._read_head()
        # ASCII in UTF-16 or UTF-32 has a zero among its first two bytes, and JSON has none.
        self.is_utf16 = self._head.startswith(_UTF16_MARKS) or b"\0" in self._head[:2]
        self.more()
        if self.text.startswith(_BYTE_ORDER_MARK):
            self.text = self.text.removeprefix(_BYTE_ORDER_MARK)

    def _read_head(self) -> bytes:
        head = b""
        while len(head) < _HEAD and (piece := self._stream.read(_HEAD - len(head))):
            head += piece
        return head

    def next_record(self) -> bool:
        """Move over white space to the next record; return False at the end of the file."""
        while True:
            found = _BLANKS.match(self.text, self.start)
            assert found is not None  # the pattern matches the empty string
            self.start = found.end()
            if self.start < len(self.text):
                return True
            if not self.more():
                return False

    def line(self) -> int:
        """Return the line, from 1, on which the current record begins."""
        self._line += self.text.count("\n", self._counted, self.start)
        self._counted = self.start
        return self._line

    def indent(self) -> int:
        """Return how far the current record's line is indented; 0 if it is not the first."""
        line_start = self.text.rfind("\n", 0, self.start) + 1
        before = self.text[line_start : self.start]
        if before.strip(BLANKS) or not (line_start or self._dropped_blank):
            return 0
        return len(before) + (0 if line_start else self._dropped_column)

    def more(self) -> bool:
        """Drop the text before the current record and read on; return False at the end.

        The text from ``start`` on is at least doubled, so that a reader that tries again after
        each call does not take quadratic time. Positions in ``text`` change.
        """
        if self.ended:
            return False
        self._drop()
        pieces = [self.text]
        wanted = max(len(self.text), 1)
        while wanted > 0 and not self.ended:
            data = self._head or self._stream.read(max(self._read_size, 1))
            self._head = b""
            self.ended = not data
            piece = self._decoder.decode(data, final=self.ended)
            pieces.append(piece)
            wanted -= len(piece)
        grown = len(pieces) > 1 and any(pieces[1:])
        self.text = "".join(pieces)
        self.has_invalid_bytes = _has_surrogates(self.text)
        self.has_surrogate_escapes = "\\ud" in self.text or "\\uD" in self.text
        return grown

    def ensure(self, characters: int) -> None:
        """Read on until ``characters`` stand behind ``start``, or the file ends."""
        while len(self.text) - self.start < characters and self.more():
            pass

    def holds(self, size: int) -> bool:
        """Return whether more than ``size`` bytes have been read from ``start`` on."""
        characters = len(self.text) - self.start
        if characters > size:
            return True
        return characters * UTF8_MOST > size and utf8_length(self.text[self.start :]) > size

    def _drop(self) -> None:
        self.line()
        line_start = self.text.rfind("\n", 0, self.start) + 1
        if line_start:
            self._dropped_column, self._dropped_blank = 0, True
        before = self.text[line_start : self.start]
        self._dropped_column += len(before)
        self._dropped_blank = self._dropped_blank and not before.strip(BLANKS)
        self.passed += self.start
        self.text = self.text[self.start :]
        self.start = self._counted = 0


def _has_surrogates(text: str) -> bool:
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
