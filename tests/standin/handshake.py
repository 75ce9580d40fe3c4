"""Opens a session: encryption, authentication and the parameters that a client is told."""

from __future__ import annotations

import socket
import ssl
import struct

from . import protocol
from .backend import Backend
from .errors import translate
from .protocol import Wire

_KNOWN_OPTIONS = ("user", "database", "application_name", "client_encoding", "options", "DateStyle")
# Redshift is a PostgreSQL 8 to its clients.
_REPLACED = {"server_version": "8.0.2"}
# Without this one a client doubles every backslash, as it must for Redshift.
_HIDDEN = ("standard_conforming_strings", "in_hot_standby", "search_path")
_AUTHENTICATION_OK = 0
_SASL_FINAL = 12


class Handshake:
    """Carries a new client connection to the point where it may send statements."""

    def __init__(self, wire: Wire, socket_path: str, tls: ssl.SSLContext | None) -> None:
        self.wire = wire
        self.user = ""
        self.database = ""
        self.pid = 0
        self._socket_path = socket_path
        self._tls = tls

    def open(self) -> Backend | None:
        """Returns a session of PostgreSQL for the client, or None when there is to be none."""
        while True:
            code, body = self.wire.read_startup()
            if code == protocol.SSL_REQUEST:
                self._encrypt()
            elif code == protocol.GSS_REQUEST:
                self.wire.send(b"N")
            elif code == protocol.CANCEL_REQUEST:
                self._cancel(body)
                return None
            else:
                return self._start(code, protocol.startup_options(body))

    def _encrypt(self) -> None:
        if self._tls is None:
            self.wire.send(b"N")
            return
        self.wire.send(b"S")
        self.wire.sock = self._tls.wrap_socket(self.wire.sock, server_side=True)

    def _cancel(self, body: bytes) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.connect(self._socket_path)
            sock.sendall(struct.pack("!ii", len(body) + 8, protocol.CANCEL_REQUEST) + body)

    def _start(self, code: int, options: dict[str, str]) -> Backend | None:
        self.user = options.get("user", "").lower()
        self.database = options.get("database", self.user).lower()
        wanted = {key: options[key] for key in _KNOWN_OPTIONS if key in options}
        wanted.update(user=self.user, database=self.database)
        backend = Backend(self._socket_path)
        backend.send(protocol.startup(wanted))
        if code != protocol.PROTOCOL:
            self.wire.send(protocol.message(b"v", struct.pack("!ii", 0, 0)))
        try:
            return backend if self._authenticate(backend) else None
        except BaseException:
            backend.close()
            raise

    def _authenticate(self, backend: Backend) -> bool:
        """Passes the authentication on, in which PostgreSQL and the client agree by themselves."""
        while True:
            kind, body = backend.read()
            if kind == b"E":
                fields = translate(protocol.fields(body), self.pid, rewritten=False)
                self.wire.send(protocol.report(b"E", fields))
                backend.close()
                return False
            if kind == b"S":
                self._tell_parameter(body)
                continue
            if kind == b"K":
                (self.pid,) = struct.unpack_from("!i", body)
            self.wire.send(protocol.message(kind, body))
            if kind == b"Z":
                return True
            if kind == b"R":
                (code,) = struct.unpack_from("!i", body)
                if code not in (_AUTHENTICATION_OK, _SASL_FINAL):
                    answer, content = self.wire.read_message()
                    backend.send(protocol.message(answer, content))

    def _tell_parameter(self, body: bytes) -> None:
        told = parameter_status(body)
        if told is not None:
            self.wire.send(told)


def parameter_status(body: bytes) -> bytes | None:
    """Returns what the client is told about a parameter, if anything."""
    name, position = protocol.read_text(body)
    value, _ = protocol.read_text(body, position)
    if name in _HIDDEN:
        return None
    value = _REPLACED.get(name, value)
    return protocol.message(b"S", protocol.text(name) + protocol.text(value))
