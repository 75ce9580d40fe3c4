"""Starting and stopping."""

import datetime as dt
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg2
import pytest

from tests.standin import Standin
from tests.standin.server import USERS


def servers() -> set[int]:
    """Returns the processes of PostgreSQL that belong to this process."""
    children = psutil.Process().children(recursive=True)
    return {child.pid for child in children if "postgres" in child.name()}


def test_a_stand_in_starts_fast_and_leaves_nothing_behind() -> None:
    before = servers()
    started = time.perf_counter()
    with Standin(users={**USERS, "ann": "p@ss/w:rd"}) as standin:
        assert time.perf_counter() - started < 5
        folder = standin.postgres.folder
        connection = psycopg2.connect(standin.dsn("ann"))
        started = time.perf_counter()
        standin.fresh_database()
        assert time.perf_counter() - started < 1
        assert folder.exists()
    assert not folder.exists()
    assert servers() == before
    with pytest.raises(psycopg2.OperationalError):
        connection.cursor().execute("SELECT 1")
    connection.close()


def test_it_listens_on_loopback_only(standin: Standin) -> None:
    listening = {
        connection.laddr.ip
        for connection in psutil.Process().net_connections("inet")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == standin.port
    }
    assert listening == {"127.0.0.1"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_the_command_prints_urls_and_cleans_up(number: int) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.standin", "--user", "eve:secret"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        urls = [process.stdout.readline().strip() for _ in range(len(USERS) + 1)]
        assert re.fullmatch(r"redshift\+psycopg2://eve:secret@127\.0\.0\.1:\d+/dev\?.*", urls[-1])
        connection = psycopg2.connect(urls[-1].replace("redshift+psycopg2", "postgresql"))
        connection.close()
        inside = psutil.Process(process.pid).children(recursive=True)
        assert inside
        os.kill(process.pid, number)
        process.wait(10)
    # Also when the process is killed outright, PostgreSQL stops and its folder goes.
    _, alive = psutil.wait_procs(inside, timeout=10)
    assert not alive


def test_encryption(tmp_path: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    with Standin(tls=(tmp_path / "cert", tmp_path / "key")) as standin:
        connection = psycopg2.connect(standin.dsn().replace("prefer", "require"))
        assert connection.info.ssl_in_use
        connection.cursor().execute("SELECT 1")
        connection.close()


def test_wrong_options_are_refused() -> None:
    with pytest.raises(ValueError, match="isolation"):
        Standin(isolation="chaos")
    with pytest.raises(RuntimeError, match="not running"):
        Standin().fresh_database()
