"""Doors that are shut: DuckDB's to the outside, and a server's that does not prove who it is."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy.exc
from sqlalchemy import text

from sparkify_dwh.engines.connect import open_engine, open_scratch
from sparkify_dwh.settings import Settings

from .scene import Scene

SSL_REQUEST = bytes.fromhex("0000000804d2162f")


def query(scene: Scene, statement: str, *, read_only: bool = False) -> list:
    engine = open_engine(scene.copy().settings(), read_only=read_only)
    with engine.connect() as connection:
        return connection.execute(text(statement)).all()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY songs TO '/tmp/songs.csv'",
        "ATTACH '/tmp/other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
    ],
)
def test_who_asks_questions_reaches_no_file(statement: str, scene: Scene) -> None:
    with pytest.raises(sqlalchemy.exc.DBAPIError, match=r"disabled|Cannot|cannot|while database"):
        query(scene, statement, read_only=True)


#: What would fetch from the network, or load native code.
FETCHING = [
    "SELECT * FROM 's3://bucket/key.json'",
    "SELECT * FROM read_json('https://127.0.0.1:1/key.json')",
    "INSTALL h3 FROM community",
]


@pytest.mark.parametrize("statement", FETCHING)
def test_a_loader_fetches_nothing_and_installs_nothing_by_itself(
    statement: str, scene: Scene
) -> None:
    with pytest.raises(sqlalchemy.exc.DBAPIError, match=r"httpfs|[Cc]ommunity|extension"):
        query(scene, statement)


@pytest.mark.parametrize("statement", FETCHING)
def test_nor_does_the_database_in_which_a_load_into_redshift_judges(
    statement: str, tmp_path: Path
) -> None:
    engine = open_scratch(tmp_path, memory_limit="100MB")
    expected = pytest.raises(sqlalchemy.exc.DBAPIError, match=r"httpfs|[Cc]ommunity|extension")
    with engine.connect() as connection, expected:
        connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_text('{folder}/../beside.json')",
        "COPY (SELECT 1) TO '/tmp/one.csv'",
        "ATTACH '/tmp/other.duckdb'",
        "SET enable_external_access = true",
    ],
)
def test_and_it_reads_and_writes_in_the_spool_alone(statement: str, tmp_path: Path) -> None:
    folder = tmp_path / "a folder with a ' in its name"
    folder.mkdir()
    for path in (folder / "own.json", tmp_path / "beside.json"):
        path.write_text("{}\n")
    engine = open_scratch(folder, memory_limit="100MB")
    with engine.connect() as connection:
        own = connection.exec_driver_sql("SELECT content FROM read_text(?)", (f"{folder}/*.json",))
        assert own.all() == [("{}\n",)]
        closed = pytest.raises(sqlalchemy.exc.DBAPIError, match=r"Permission Error|[Cc]annot ")
        with closed:
            connection.execute(text(statement.format(folder=str(folder).replace("'", "''"))))
    engine.dispose()


def test_no_secret_is_read_from_the_disk(scene: Scene) -> None:
    for read_only in (True, False):
        setting = "SELECT current_setting('allow_persistent_secrets')"
        assert query(scene, setting, read_only=read_only) == [(False,)]


@pytest.mark.parametrize("answer", [b"N", b"S"])
def test_a_server_without_a_certificate_gets_no_password(answer: bytes, tmp_path: Path) -> None:
    """127.0.0.2 counts as a remote host; it refuses TLS, or begins it and sends nonsense."""
    received = b""
    try:
        remote = socket.create_server(("127.0.0.2", 0))
    except OSError:
        pytest.skip("there is no second loopback address")

    def answer_it() -> None:
        nonlocal received
        connection, _ = remote.accept()
        with connection, suppress(OSError):
            connection.settimeout(5)
            received = connection.recv(8)
            connection.sendall(answer + (b"nonsense" if answer == b"S" else b""))
            while chunk := connection.recv(4096):
                received += chunk

    thread = threading.Thread(target=answer_it, daemon=True)
    thread.start()
    host, port = remote.getsockname()
    url = f"redshift+psycopg2://loader:hush@{host}:{port}/dev?sslrootcert={certificate(tmp_path)}"
    with pytest.raises(sqlalchemy.exc.OperationalError, match="SSL") as caught:
        open_engine(Settings.resolve(database_url=url)).connect()
    remote.close()
    thread.join(5)
    assert received.startswith(SSL_REQUEST)
    assert b"hush" not in received
    assert b"loader" not in received
    assert "hush" not in str(caught.value)


def certificate(folder: Path) -> Path:
    """Some certificate that could sign others: where there is none, nothing is even tried."""
    certifi = pytest.importorskip("certifi")
    path = folder / "root.crt"
    path.write_text(Path(certifi.where()).read_text(encoding="utf-8"), encoding="utf-8")
    return path
