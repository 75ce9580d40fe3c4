"""One running stand-in and one S3 for all tests, and a fresh database for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import psycopg2.extensions
import pytest

from tests.standin import LocalS3, Standin

Connection = psycopg2.extensions.connection


class Client:
    """Wraps a connection with the few verbs that the tests use."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.cursor = connection.cursor()

    def __call__(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Runs SQL and returns its rows."""
        self.cursor.execute(sql, values or None)
        return self.cursor.fetchall() if self.cursor.description else []

    def value(self, sql: str, *values: Any) -> Any:
        """Runs SQL and returns the first value."""
        return self(sql, *values)[0][0]

    def refused(self, sql: str) -> psycopg2.Error:
        """Runs SQL that has to fail, rolls back and returns the error."""
        with pytest.raises(psycopg2.Error) as caught:
            self(sql)
        self.rollback()
        return caught.value

    def commit(self) -> None:
        """Commits."""
        self.connection.commit()

    def rollback(self) -> None:
        """Rolls back."""
        if not self.connection.closed:
            self.connection.rollback()

    @property
    def notices(self) -> list[str]:
        """Returns what the server said besides its answers."""
        return [notice.strip() for notice in self.connection.notices]


Connect = Callable[..., Client]


@pytest.fixture(scope="session")
def s3() -> Iterator[LocalS3]:
    """Runs an S3."""
    with LocalS3() as server:
        yield server


@pytest.fixture(scope="session")
def standin(s3: LocalS3) -> Iterator[Standin]:
    """Runs the stand-in."""
    with Standin(s3_endpoint=s3.endpoint) as server:
        yield server


@pytest.fixture(scope="module")
def shared(standin: Standin) -> Iterator[Client]:
    """Returns a connection to a database that the tests of a module leave as it is."""
    name = standin.fresh_database()
    connection = psycopg2.connect(standin.dsn("owner", name))
    yield Client(connection)
    connection.close()
    standin.drop_database(name)


@pytest.fixture
def database(standin: Standin) -> Iterator[str]:
    """Makes a fresh database and forgets the faults that a test ordered."""
    name = standin.fresh_database()
    yield name
    standin.faults.clear()
    standin.drop_database(name)


@pytest.fixture
def connect(standin: Standin, database: str) -> Iterator[Connect]:
    """Returns a function that opens connections to the fresh database."""
    opened: list[Connection] = []

    def open_connection(
        user: str = "owner", autocommit: bool = False, database: str = database
    ) -> Client:
        connection = psycopg2.connect(standin.dsn(user, database))
        connection.autocommit = autocommit
        opened.append(connection)
        return Client(connection)

    yield open_connection
    for connection in opened:
        connection.close()


@pytest.fixture
def db(connect: Connect) -> Client:
    """Returns a connection that works in transactions."""
    return connect()


@pytest.fixture
def auto(connect: Connect) -> Client:
    """Returns a connection that commits each statement."""
    return connect(autocommit=True)
