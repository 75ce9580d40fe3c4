"""Talks to PostgreSQL on behalf of one client."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

from . import protocol
from .errors import BackendError, Refusal
from .protocol import Message, Wire
from .tokens import quote_string

IDLE = b"I"
IN_TRANSACTION = b"T"
FAILED = b"E"


class Backend:
    """Holds the connection to PostgreSQL that belongs to one client connection."""

    def __init__(self, socket_path: str) -> None:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.connect(socket_path)
        self.wire = Wire(sock)
        self.status = IDLE

    def send(self, data: bytes) -> None:
        """Sends messages."""
        self.wire.send(data)

    def read(self) -> Message:
        """Reads one message and keeps the transaction status that it may tell."""
        kind, body = self.wire.read_message()
        if kind == b"Z":
            self.status = body
        return kind, body

    def query(self, sql: str) -> Iterator[Message]:
        """Runs SQL in the simple protocol and yields the answer up to, without, its end."""
        self.send(protocol.query(sql))
        return self.answer()

    def answer(self) -> Iterator[Message]:
        """Yields messages up to, without, the one that says the server is ready."""
        while True:
            kind, body = self.read()
            if kind == b"Z":
                return
            yield kind, body

    def step(self, data: bytes, ends: bytes) -> Iterator[Message]:
        """Sends one message of the extended protocol and yields the answer to it.

        `ends` are the types of the messages that may end the answer.
        """
        self.send(data + protocol.message(b"H"))
        while True:
            kind, body = self.read()
            yield kind, body
            if kind in (b"E", b"Z") or kind in ends:
                return

    def run(self, sql: str) -> list[list[str | None]]:
        """Runs SQL of the stand-in's own in the simple protocol and returns the rows."""
        rows: list[list[str | None]] = []
        failure: dict[str, str] | None = None
        for kind, body in self.query(sql):
            if kind == b"D":
                rows.append(protocol.data_row(body))
            elif kind == b"E":
                failure = protocol.fields(body)
        if failure is not None:
            raise BackendError(failure)
        return rows

    def run_extended(self, sql: str) -> None:
        """Runs SQL of the stand-in's own amid messages of the extended protocol.

        A query of the simple protocol would end the implicit transaction of the client and forget
        its unnamed statement.
        """
        own = protocol.text("standin")
        steps = (
            (protocol.parse("standin", sql), b"1"),
            (protocol.message(b"B", own + own + b"\0\0\0\0\0\0"), b"2"),
            (protocol.message(b"E", own + b"\0\0\0\0"), b"CIs"),
            (protocol.message(b"C", b"P" + own), b"3"),
            (protocol.message(b"C", b"S" + own), b"3"),
        )
        for data, ends in steps:
            for kind, body in self.step(data, ends):
                if kind == b"E":
                    raise BackendError(protocol.fields(body))

    def close(self) -> None:
        """Ends the connection; PostgreSQL rolls an open transaction back."""
        with contextlib.suppress(protocol.ConnectionLost):
            self.send(protocol.message(b"X"))
        self.wire.close()


def refusal_sql(refusal: Refusal, parameters: int = 0) -> str:
    """Returns SQL that fails with this error, so that an open transaction is aborted by it."""
    parts = (refusal.sqlstate, refusal.message, refusal.detail, refusal.hint)
    sql = f"SELECT pg_standin.refuse({', '.join(quote_string(part) for part in parts)})"
    return sql + "".join(f", ${number}::text" for number in range(1, parameters + 1))
