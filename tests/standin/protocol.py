"""Frames, reads and builds the messages of the PostgreSQL v3 protocol."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Mapping

SSL_REQUEST = 80877103
GSS_REQUEST = 80877104
CANCEL_REQUEST = 80877102
PROTOCOL = 196608

_HEADER = struct.Struct("!ci")
_PIECE = 1 << 16

Message = tuple[bytes, bytes]


class ConnectionLost(Exception):
    """Raised when the other side has gone."""


class Wire:
    """Reads and writes whole messages on a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._buffer = bytearray()
        self._start = 0

    def read_startup(self) -> tuple[int, bytes]:
        """Returns the code and the body of a message that has no type byte."""
        self._need(8)
        size, code = struct.unpack_from("!ii", self._buffer, self._start)
        self._need(size)
        body = bytes(self._buffer[self._start + 8 : self._start + size])
        self._start += size
        return code, body

    def read_message(self) -> Message:
        """Returns the type and the body of the next message."""
        self._need(5)
        kind, size = _HEADER.unpack_from(self._buffer, self._start)
        self._need(size + 1)
        start = self._start
        body = bytes(self._buffer[start + 5 : start + 1 + size])
        self._start = start + 1 + size
        return kind, body

    def send(self, data: bytes) -> None:
        """Sends bytes."""
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise ConnectionLost(str(error)) from error

    def close(self) -> None:
        """Closes the connection at once, also under a thread that waits on it."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    def _need(self, size: int) -> None:
        while len(self._buffer) - self._start < size:
            # What was consumed is dropped only here: once a message would be quadratic.
            del self._buffer[: self._start]
            self._start = 0
            try:
                data = self.sock.recv(_PIECE)
            except OSError as error:
                raise ConnectionLost(str(error)) from error
            if not data:
                raise ConnectionLost("the connection was closed")
            self._buffer += data


def message(kind: bytes, body: bytes = b"") -> bytes:
    """Builds a message."""
    return _HEADER.pack(kind, len(body) + 4) + body


def text(value: str) -> bytes:
    """Encodes a text with the zero byte that ends it."""
    return value.encode("utf-8", "surrogateescape") + b"\0"


def query(sql: str) -> bytes:
    """Builds a message of the simple query protocol."""
    return message(b"Q", text(sql))


def parse(name: str, sql: str, types: bytes = b"\0\0") -> bytes:
    """Builds a Parse message; `types` are the bytes that number and list the parameter types."""
    return message(b"P", text(name) + text(sql) + types)


def command_complete(tag: str) -> bytes:
    """Builds the message that ends a statement."""
    return message(b"C", text(tag))


def ready(status: bytes) -> bytes:
    """Builds the message that ends the answer to a query."""
    return message(b"Z", status)


def startup(options: Mapping[str, str]) -> bytes:
    """Builds the first message of a connection."""
    body = b"".join(text(key) + text(value) for key, value in options.items()) + b"\0"
    return struct.pack("!ii", len(body) + 8, PROTOCOL) + body


def startup_options(body: bytes) -> dict[str, str]:
    """Reads the options of a first message."""
    parts = body.decode().split("\0")
    return dict(zip(parts[0::2], parts[1::2], strict=False))


def read_text(body: bytes, start: int = 0) -> tuple[str, int]:
    """Reads a text that ends with a zero byte and returns it with the position after it."""
    stop = body.index(b"\0", start)
    return body[start:stop].decode("utf-8", "surrogateescape"), stop + 1


def fields(body: bytes) -> dict[str, str]:
    """Reads the fields of an ErrorResponse or a NoticeResponse."""
    parts = body.decode("utf-8", "replace").split("\0")
    return {part[0]: part[1:] for part in parts if part}


def report(kind: bytes, content: Mapping[str, str]) -> bytes:
    """Builds an ErrorResponse (kind `E`) or a NoticeResponse (kind `N`)."""
    body = b"".join(key.encode() + text(value) for key, value in content.items() if value)
    return message(kind, body + b"\0")


def data_row(body: bytes) -> list[str | None]:
    """Reads the columns of a DataRow in text format."""
    (count,) = struct.unpack_from("!h", body)
    row: list[str | None] = []
    position = 2
    for _ in range(count):
        (size,) = struct.unpack_from("!i", body, position)
        position += 4
        row.append(None if size < 0 else body[position : position + size].decode())
        position += max(size, 0)
    return row
