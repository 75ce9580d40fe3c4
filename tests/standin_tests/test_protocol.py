"""The extended protocol, as other drivers speak it, and other corners of the wire."""

import hashlib
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator

import psycopg2
import pytest

from tests.standin import LocalS3, Standin, protocol
from tests.standin.protocol import Wire, message, parse, text

from .conftest import Client


class RawClient:
    """Speaks the protocol message by message."""

    def __init__(self, standin: Standin, database: str, user: str = "owner") -> None:
        self.wire = Wire(socket.create_connection(("127.0.0.1", standin.port), 5))
        options = {"user": user, "database": database, "client_protocol_version": "2"}
        self.wire.send(protocol.startup(options))
        kind, body = self.wire.read_message()
        assert (kind, body[:4]) == (b"R", struct.pack("!i", 5))
        inner = hashlib.md5((standin.users[user] + user).encode()).hexdigest()  # noqa: S324
        outer = hashlib.md5(inner.encode() + body[4:]).hexdigest()  # noqa: S324
        self.wire.send(message(b"p", text("md5" + outer)))
        self.parameters: dict[str, str] = {}
        for kind, body in self.until_ready():
            if kind == b"S":
                name, position = protocol.read_text(body)
                self.parameters[name] = protocol.read_text(body, position)[0]

    def until_ready(self) -> list[tuple[bytes, bytes]]:
        """Reads up to the message that says the server is ready."""
        answer = []
        while not answer or answer[-1][0] != b"Z":
            answer.append(self.wire.read_message())
        return answer

    def run(self, sql: str, *values: str) -> list[tuple[bytes, bytes]]:
        """Runs one statement in the extended protocol."""
        encoded = b"".join(struct.pack("!i", len(v.encode())) + v.encode() for v in values)
        bind = text("") + text("") + struct.pack("!hh", 0, len(values)) + encoded + b"\0\0"
        self.wire.send(
            parse("", sql)
            + message(b"B", bind)
            + message(b"D", b"P" + text(""))
            + message(b"E", text("") + b"\0\0\0\0")
            + message(b"C", b"S" + text(""))
            + message(b"S")
        )
        return self.until_ready()

    def rows(self, sql: str, *values: str) -> list[list[str | None]]:
        """Runs one statement and returns its rows."""
        answer = self.run(sql, *values)
        errors = [protocol.fields(body) for kind, body in answer if kind == b"E"]
        assert not errors
        return [protocol.data_row(body) for kind, body in answer if kind == b"D"]

    def error(self, sql: str, *values: str) -> dict[str, str]:
        """Runs one statement that has to fail and returns the fields of the error."""
        answer = self.run(sql, *values)
        (fields,) = [protocol.fields(body) for kind, body in answer if kind == b"E"]
        return fields


@pytest.fixture
def raw(standin: Standin, database: str) -> Iterator[RawClient]:
    """Connects to a fresh database."""
    client = RawClient(standin, database)
    yield client
    client.wire.close()


def test_parameters_and_results(raw: RawClient) -> None:
    assert raw.parameters["server_version"] == "8.0.2"
    assert raw.parameters["client_encoding"] == "UTF8"
    assert "standard_conforming_strings" not in raw.parameters
    assert raw.rows("SELECT $1::int + 1, DATEADD(day, 1, $2)", "41", "2018-01-31") == [
        ["42", "2018-02-01 00:00:00"]
    ]


def test_ddl_writes_and_refusals(raw: RawClient) -> None:
    raw.rows("CREATE TABLE t (id BIGINT IDENTITY(0, 1), a VARCHAR(3)) DISTSTYLE ALL SORTKEY (a)")
    raw.rows("INSERT INTO t (a) VALUES ($1), ($2)", "x", "y")
    assert raw.rows("SELECT count(*), max(sortkey1) FROM t, svv_table_info") == [["2", "a"]]
    assert raw.error("INSERT INTO t (a) VALUES ($1) RETURNING id", "z")["C"] == "42601"
    assert raw.error("INSERT INTO t (a) VALUES ($1)", "éé")["C"] == "22001"
    assert raw.error("SELECT nothing")["C"] == "42703"
    assert raw.rows("SELECT a FROM t ORDER BY a") == [["x"], ["y"]]


def test_transactions(raw: RawClient) -> None:
    raw.rows("CREATE TABLE t (a INT)")
    assert raw.run("BEGIN")[-1] == (b"Z", b"T")
    raw.rows("INSERT INTO t VALUES ($1)", "1")
    assert raw.error("VACUUM t")["C"] == "25001"
    assert raw.run("ROLLBACK")[-1] == (b"Z", b"I")
    assert raw.rows("SELECT count(*) FROM t") == [["0"]]
    raw.run("BEGIN")
    raw.rows("INSERT INTO t VALUES (2)")
    assert raw.run("TRUNCATE t")[-1] == (b"Z", b"I")


def test_copy(raw: RawClient, s3: LocalS3) -> None:
    url = s3.put("copy-in-protocol", "x", '{"a": 1}{"a": 2}')
    bad = s3.put("copy-in-protocol", "y", '{"a": "x"}')
    raw.rows("CREATE TABLE t (a INT)")
    for begin in (False, True):
        if begin:
            raw.run("BEGIN")
        answer = raw.run(f"COPY t FROM '{url}' IAM_ROLE default JSON 'auto'")
        assert (b"C", b"COPY\0") in answer
        assert "failed" in raw.error(f"COPY t FROM '{bad}' IAM_ROLE default JSON 'auto'")["M"]
        if begin:
            assert raw.run("ROLLBACK")[-1] == (b"Z", b"I")
    assert raw.rows("SELECT count(*), pg_last_copy_count() FROM t") == [["2", "0"]]


def test_control_and_empty_statements(raw: RawClient) -> None:
    assert "statements" in str(raw.rows('SELECT standin_control(\'{"statements": "x"}\')'))
    assert raw.run("")[-1] == (b"Z", b"I")


def test_an_error_skips_to_sync(raw: RawClient) -> None:
    raw.wire.send(
        parse("a", "SELECT nothing") + parse("b", "SELECT 1") + message(b"H") + message(b"S")
    )
    assert [kind for kind, _ in raw.until_ready()] == [b"E", b"Z"]


def test_a_query_is_cancelled(standin: Standin) -> None:
    # In a process of its own, because psycopg2 holds Python's lock while it waits for the server.
    script = f"""
import psycopg2, threading
connection = psycopg2.connect({standin.dsn()!r})
threading.Timer(0.3, connection.cancel).start()
try:
    connection.cursor().execute("SELECT count(*) FROM (SELECT generate_series(1, 1000000000)) x")
except psycopg2.extensions.QueryCanceledError:
    print("cancelled")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "cancelled\n"


def test_encryption_is_declined_without_a_certificate(standin: Standin) -> None:
    dsn = standin.dsn().replace("sslmode=disable", "sslmode=prefer")
    connection = psycopg2.connect(dsn)
    assert not connection.info.ssl_in_use
    connection.close()
    with pytest.raises(psycopg2.OperationalError, match="does not support SSL"):
        psycopg2.connect(dsn.replace("prefer", "require"))


def test_large_answers_arrive_whole(db: Client) -> None:
    rows = db("SELECT n, 'x' || n FROM (SELECT generate_series(1, 100000) AS n) s")
    assert len(rows) == 100000
    assert rows[-1] == (100000, "x100000")
