"""Source files as plain bytes: gzip is recognised by its first bytes and fully verified.

The standard library's :mod:`gzip` passes over zero bytes behind the last member and has no
limit on what a small file may grow to, so the members are read with :mod:`zlib` here.
"""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

__all__ = ["CorruptCompression", "DecompressionBomb", "Readable", "open_plain"]

_MAGIC = b"\x1f\x8b"
#: zlib's code for "gzip header and trailer, largest window".
_GZIP = 16 + zlib.MAX_WBITS
_READ_SIZE = 65_536

#: A stream may grow by more than this factor only up to SMALL_OUTPUT bytes.
MAX_RATIO = 200
SMALL_OUTPUT = 64 * 1024 * 1024


class Readable(Protocol):
    """Anything with a ``read(size)`` that returns bytes, and no bytes at its end."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes; fewer do not mean the end."""
        ...


class CorruptCompression(Exception):
    """A gzip stream is cut short, damaged, or followed by something else.

    Raised while a stream of :func:`open_plain` is read. What was read before is not to be
    trusted, because a checksum covers a whole member.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        #: What is wrong, in words.
        self.detail = detail


class DecompressionBomb(CorruptCompression):
    """A gzip stream grows beyond the limits that :func:`open_plain` was given."""


@contextmanager
def open_plain(
    source: str | os.PathLike[str] | Readable,
    *,
    max_ratio: int = MAX_RATIO,
    small_output: int = SMALL_OUTPUT,
    max_output: int | None = None,
) -> Iterator[Readable]:
    """Open a file, or take an open binary stream, and give its bytes without compression.

    Whether it is gzip is told from its first two bytes, never from its name. Every member's
    checksum and length is verified; whoever has read to the end has read whole members only.

    Args:
        source: A path, or an open stream, which stays open.
        max_ratio: The growth beyond which more than ``small_output`` bytes are refused.
        small_output: The bytes that a stream may grow to at any ratio.
        max_output: The bytes that a compressed stream may grow to at all; None for no limit.

    Raises:
        CorruptCompression: While reading, when the compressed stream is not sound.
        DecompressionBomb: While reading, when it grows beyond the limits.
        OSError: When the file cannot be read.
    """
    if isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as stream:
            yield _plain(stream, max_ratio, small_output, max_output)
    else:
        yield _plain(source, max_ratio, small_output, max_output)


def _plain(stream: Readable, max_ratio: int, small_output: int, max_output: int | None) -> Readable:
    head = b""
    while len(head) < len(_MAGIC) and (piece := stream.read(len(_MAGIC) - len(head))):
        head += piece
    whole = _Rejoined(head, stream)
    if head == _MAGIC:
        return _Gunzip(whole, max_ratio=max_ratio, small_output=small_output, max_output=max_output)
    return whole


class _Rejoined:
    """A stream whose first bytes have been read already."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        if self._head and size:
            piece, self._head = self._head[:size], self._head[size:]
            return piece
        return self._rest.read(size)


class _Gunzip:
    """A gzip stream of one or more members, read as plain bytes."""

    def __init__(
        self, stream: Readable, *, max_ratio: int, small_output: int, max_output: int | None
    ) -> None:
        self._stream = stream
        self._max_ratio = max_ratio
        self._small_output = small_output
        self._max_output = max_output
        self._member = zlib.decompressobj(_GZIP)
        self._waiting = b""  # read from the stream, not yet decompressed
        self._bytes_in = 0
        self._bytes_out = 0

    def read(self, size: int, /) -> bytes:
        while size:
            if self._member.eof and not self._next_member():
                return b""
            if not self._waiting:
                self._waiting = self._stream.read(_READ_SIZE)
                self._bytes_in += len(self._waiting)
            plain = self._decompress(size)
            if plain:
                return plain
        return b""

    def _decompress(self, size: int) -> bytes:
        at_end = not self._waiting
        try:
            plain = self._member.decompress(self._waiting, size)
        except zlib.error as error:
            # zlib says "Error -3 while decompressing data: incorrect data check".
            cause = str(error).rpartition(": ")[2]
            raise CorruptCompression(f"gzip stream is damaged: {cause}") from None
        member = self._member
        self._waiting = member.unused_data if member.eof else member.unconsumed_tail
        self._bytes_out += len(plain)
        self._check_growth()
        # A cut at a flush boundary loses no bytes that zlib waits for, but the trailer.
        if at_end and not plain and not member.eof:
            raise CorruptCompression("gzip stream is cut short")
        return plain

    def _next_member(self) -> bool:
        while len(self._waiting) < len(_MAGIC):
            piece = self._stream.read(_READ_SIZE)
            if not piece:
                break
            self._bytes_in += len(piece)
            self._waiting += piece
        if not self._waiting:
            return False
        if not self._waiting.startswith(_MAGIC):
            raise CorruptCompression("gzip stream is followed by something else")
        self._member = zlib.decompressobj(_GZIP)
        return True

    def _check_growth(self) -> None:
        consumed = self._bytes_in - len(self._waiting)
        if self._max_output is not None and self._bytes_out > self._max_output:
            raise DecompressionBomb(f"gzip stream grows beyond {self._max_output} bytes")
        if self._bytes_out > max(self._small_output, self._max_ratio * consumed):
            raise DecompressionBomb(
                f"gzip stream grows to more than {self._max_ratio} times its size "
                f"({consumed} bytes to {self._bytes_out} so far)"
            )
