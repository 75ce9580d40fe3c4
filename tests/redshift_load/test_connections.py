"""How a load gets to Redshift: TLS that is verified, passwords that AWS hands out."""

from __future__ import annotations

import datetime as dt
import ipaddress
from pathlib import Path

import boto3
import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sparkify_dwh.engines.connect import open_engine, parse_url
from sparkify_dwh.engines.iam_credentials import temporary_credentials
from sparkify_dwh.errors import ConfigurationError, DatabaseError
from sparkify_dwh.load import load
from sparkify_dwh.settings import Settings
from tests.standin import Standin
from tests.standin.s3 import LocalS3


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Write a certificate for 127.0.0.1 that has signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_path, key_path = folder / f"{name}.pem", folder / f"{name}.key"
    cert_path.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    key_path.chmod(0o600)
    return cert_path, key_path


def url_of(server: Standin, database: str, authority: Path) -> str:
    plain = sa.make_url(server.url("loader", database))
    query = {"sslmode": "verify-full", "sslrootcert": str(authority)}
    return plain.set(query=query).render_as_string(hide_password=False)


def test_tls_is_verified_against_the_authority_of_the_url(tmp_path: Path) -> None:
    own, other = certificate(tmp_path, "own"), certificate(tmp_path, "other")
    with Standin(tls=own) as server:
        database = server.fresh_database()
        right = Settings.resolve(database_url=url_of(server, database, own[0]))
        engine = open_engine(right)
        with engine.connect() as connection:
            dbapi = connection.connection.dbapi_connection
            assert dbapi is not None
            assert dbapi.info.ssl_in_use
        engine.dispose()
        wrong = Settings.resolve(
            database_url=url_of(server, database, other[0]),
            log_data="s3://bucket/log/",
            song_data="s3://bucket/song/",
            manifest_prefix="s3://bucket/manifests/",
        )
        server.statements.clear()
        with pytest.raises(DatabaseError, match="certificate verify failed") as caught:
            load(wrong)
        assert "\n" not in caught.value.cause
        assert server.statements.texts() == []


def test_the_server_is_verified_unless_it_is_this_machine() -> None:
    for host, mode in (("cluster.example.com", "verify-full"), ("127.0.0.1", "prefer")):
        engine = open_engine(Settings.resolve(database_url=f"redshift+psycopg2://u:p@{host}/dev"))
        seen: list[str] = []

        @sa.event.listens_for(engine, "do_connect")
        def look(
            dialect: object,
            record: object,
            args: object,
            parameters: dict[str, str],
            seen: list[str] = seen,
        ) -> None:
            seen.append(parameters["sslmode"])
            raise InterruptedError

        with pytest.raises(InterruptedError):
            engine.connect()
        assert seen == [mode]


HOST = "warehouse.abc123.us-west-2.redshift.amazonaws.com"


@pytest.fixture
def aws(s3: LocalS3, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3.endpoint)


def test_aws_hands_out_a_password_for_the_user_of_the_url(aws: None) -> None:
    boto3.client("redshift", region_name="us-west-2").create_cluster(
        ClusterIdentifier="warehouse",
        NodeType="ra3.large",
        MasterUsername="admin",
        MasterUserPassword="Secret123",
    )
    url = sa.make_url(f"redshift+psycopg2://loader@{HOST}:5439/dev")
    user, password = temporary_credentials(url)
    assert user == "IAM:loader"
    assert len(password) >= 16


def test_refusal_of_aws_is_one_line(aws: None) -> None:
    url = sa.make_url(f"redshift+psycopg2://loader@{HOST.replace('warehouse', 'absent')}/dev")
    with pytest.raises(DatabaseError, match="AWS hands out no password") as caught:
        temporary_credentials(url)
    assert "\n" not in caught.value.cause


def test_other_hosts_are_nobody_to_ask() -> None:
    with pytest.raises(ConfigurationError, match="nobody to ask"):
        temporary_credentials(sa.make_url("redshift+psycopg2://loader@example.com/dev"))


def test_another_driver_is_refused() -> None:
    settings = Settings.resolve(database_url="redshift+redshift_connector://u:secret@host/dev")
    with pytest.raises(ConfigurationError, match="'redshift_connector' is not supported") as caught:
        parse_url(settings)
    assert "secret" not in str(caught.value)
