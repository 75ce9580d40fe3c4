"""Users, passwords and privileges."""

import psycopg2
import pytest

from tests.standin import Standin

from .conftest import Client, Connect


def test_a_wrong_password_is_refused(standin: Standin) -> None:
    dsn = standin.dsn("owner").replace(":pw@", ":wrong@")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(dsn)


def test_an_unknown_database_is_refused(standin: Standin) -> None:
    with pytest.raises(psycopg2.OperationalError, match='database "nix" does not exist'):
        psycopg2.connect(standin.dsn(database="nix"))


def test_privileges_are_granted_and_revoked(auto: Client, connect: Connect) -> None:
    auto("CREATE SCHEMA star; CREATE TABLE star.t (a INT)")
    auto(
        "GRANT USAGE ON SCHEMA star TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA star TO reader"
    )
    reader = connect("reader", autocommit=True)
    assert reader("SELECT * FROM star.t") == []
    error = reader.refused("INSERT INTO star.t VALUES (1)")
    assert error.pgcode == "42501"
    assert "permission denied for relation t" in str(error)
    auto("REVOKE SELECT ON star.t FROM reader")
    assert reader.refused("SELECT * FROM star.t").pgcode == "42501"


def test_users_and_groups_are_made_in_redshift_s_words(standin: Standin, connect: Connect) -> None:
    admin = connect("awsuser", autocommit=True)
    admin("CREATE USER Anna PASSWORD 'Secret0ne' NOCREATEDB SYSLOG ACCESS RESTRICTED")
    admin("CREATE GROUP readers WITH USER anna")
    admin("CREATE TABLE t (a INT); GRANT SELECT ON t TO GROUP readers")
    database = admin.value("SELECT current_database()")
    dsn = f"postgresql://anna:Secret0ne@127.0.0.1:{standin.port}/{database}"
    connection = psycopg2.connect(dsn)
    connection.cursor().execute("SELECT * FROM t")
    connection.close()
    admin("ALTER USER anna PASSWORD DISABLE")
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(dsn)
    admin("DROP TABLE t; DROP GROUP readers; DROP USER anna")


def test_databases_are_made_in_sql(connect: Connect, standin: Standin) -> None:
    admin = connect("awsuser", autocommit=True)
    admin("CREATE DATABASE other")
    admin("ALTER DATABASE other ISOLATION LEVEL SERIALIZABLE")
    other = connect(database="other")
    other("CREATE TABLE t (a INT) DISTSTYLE ALL")
    assert other.value("SHOW transaction_isolation") == "serializable"
    other.connection.close()
    standin.drop_database("other")
