"""The stand-in itself: starts PostgreSQL, listens for clients and hands out databases."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from .control import obey
from .faults import CutConnection, Faults
from .handshake import Handshake
from .journal import Journal
from .postgres import ADMIN, Postgres
from .protocol import ConnectionLost, Wire
from .session import Session
from .tokens import quote_string

HOST = "127.0.0.1"
USERS = {"awsuser": "Pw0awsuser", "owner": "pw", "loader": "pw", "reader": "pw"}
SUPERUSER = "awsuser"
ROLE = "arn:aws:iam::123456789012:role/standin"


class Standin:
    """Runs a server on loopback that behaves like Redshift; use it as a context manager.

    `users` maps names to passwords; `awsuser` is a superuser. `roles` are the ARNs that COPY may
    assume, of which the first is the default one. `s3_endpoint` is where COPY finds its objects;
    with None the AWS environment decides. `isolation` is `snapshot` or `serializable`.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        users: Mapping[str, str] | None = None,
        roles: Iterable[str] = (ROLE,),
        s3_endpoint: str | None = None,
        region: str = "us-west-2",
        isolation: str = "snapshot",
        table_locks: bool = True,
        integral_floats: bool = False,
        tls: tuple[Path, Path] | None = None,
    ) -> None:
        if isolation not in ("snapshot", "serializable"):
            raise ValueError(f"unknown isolation level {isolation!r}")
        self.users = dict(USERS if users is None else users)
        self.roles = tuple(roles)
        self.s3_endpoint = s3_endpoint
        self.region = region
        self.isolation = isolation
        self.table_locks = table_locks
        self.integral_floats = integral_floats
        self.statements = Journal()
        self.faults = Faults()
        self.port = port
        self.bucket_regions: dict[str, str] = {}
        self._tls = _tls_context(tls) if tls else None
        self._query_ids = itertools.count(1000)
        self._database_numbers = itertools.count(1)
        self._wires: set[Wire] = set()
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._postgres: Postgres | None = None

    @property
    def owner(self) -> str:
        """Returns who owns the databases: the first user who is no superuser."""
        return next((user for user in self.users if user != SUPERUSER), ADMIN)

    @property
    def postgres(self) -> Postgres:
        """Returns the PostgreSQL behind the stand-in."""
        if self._postgres is None:
            raise RuntimeError("the stand-in is not running")
        return self._postgres

    def start(self) -> Standin:
        """Starts the server; the database `dev` is there at once."""
        self._postgres = Postgres(self.isolation)
        try:
            self._create_users()
            self._postgres.create_database("dev", self.owner)
            self._listener = socket.create_server((HOST, self.port))
            self.port = self._listener.getsockname()[1]
        except BaseException:
            self._postgres.stop()
            raise
        accepting = threading.Thread(target=self._accept, name="standin", daemon=True)
        accepting.start()
        return self

    def stop(self) -> None:
        """Closes all connections, stops PostgreSQL and removes its folder."""
        if self._listener is not None:
            # A thread that waits in accept() wakes up only when the socket is shut down.
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        with self._lock:
            wires, threads = list(self._wires), list(self._threads)
        for wire in wires:
            wire.close()
        if self._postgres is not None:
            self._postgres.stop()
            self._postgres = None
        for thread in threads:
            thread.join(5)

    def __enter__(self) -> Standin:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def url(
        self, user: str = "owner", database: str = "dev", driver: str = "redshift+psycopg2"
    ) -> str:
        """Returns the URL under which SQLAlchemy reaches a database."""
        password = quote(self.users.get(user, ""), safe="")
        mode = "prefer" if self._tls else "disable"
        return f"{driver}://{user}:{password}@{HOST}:{self.port}/{database}?sslmode={mode}"

    def dsn(self, user: str = "owner", database: str = "dev") -> str:
        """Returns the same for psycopg2."""
        return self.url(user, database, "postgresql")

    def fresh_database(self, name: str | None = None, isolation: str | None = None) -> str:
        """Makes an empty database, which the first user owns, and returns its name."""
        name = name or f"fresh_{next(self._database_numbers)}"
        self.postgres.create_database(name, self.owner, isolation)
        return name

    def copied_database(self, template: str) -> str:
        """Makes a database like another one, which nobody may be connected to.

        Rights on the database itself are not copied, those on what is in it are.
        """
        name = f"fresh_{next(self._database_numbers)}"
        self.postgres.create_database(name, self.owner, template=template)
        return name

    def drop_database(self, name: str) -> None:
        """Removes a database and closes what is connected to it."""
        self.postgres.drop_database(name)

    def next_query_id(self) -> int:
        """Returns the number of the next query."""
        return next(self._query_ids)

    def control(self, order: str) -> str:
        """Obeys an order that came as `SELECT standin_control('…')`."""
        return obey(self, order)

    def _create_users(self) -> None:
        for name, password in self.users.items():
            role = "SUPERUSER" if name == SUPERUSER else "NOSUPERUSER"
            self.postgres.run(
                f'CREATE ROLE "{name}" LOGIN {role} PASSWORD {quote_string(password)}'
            )

    def _accept(self) -> None:
        listener = self._listener
        while listener is not None:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            with self._lock:
                self._threads.add(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        """Serves one client on a thread of its own."""
        wire = Wire(sock)
        with self._lock:
            self._wires.add(wire)
        backend = None
        try:
            handshake = Handshake(wire, self.postgres.socket_path, self._tls)
            backend = handshake.open()
            if backend is not None:
                session = Session(
                    self, wire, backend, handshake.user, handshake.database, handshake.pid
                )
                session.serve()
        except (ConnectionLost, CutConnection, OSError, RuntimeError):
            # The client has gone, a fault cut it off, or the stand-in is being stopped.
            pass
        finally:
            if backend is not None:
                backend.close()
            wire.close()
            with self._lock:
                self._wires.discard(wire)
                self._threads.discard(threading.current_thread())


def _tls_context(files: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context
