"""Faults that a test orders, and the journal of statements."""

import json
import time

import psycopg2
import pytest

from tests.standin import Fault, LocalS3, Standin

from .conftest import Client, Connect


@pytest.fixture
def table(auto: Client) -> Client:
    """Makes a table and returns a connection to look at it with."""
    auto("CREATE TABLE t (a INT)")
    return auto


def test_a_cut_before_commit_loses_the_transaction(
    standin: Standin, connect: Connect, table: Client
) -> None:
    standin.faults.cut("^commit")
    client = connect()
    client("INSERT INTO t VALUES (1)")
    with pytest.raises(psycopg2.OperationalError):
        client.commit()
    assert table.value("SELECT count(*) FROM t") == 0


def test_a_cut_after_commit_keeps_the_transaction(
    standin: Standin, connect: Connect, table: Client
) -> None:
    standin.faults.cut("^commit", when="after")
    client = connect()
    client("INSERT INTO t VALUES (1)")
    with pytest.raises(psycopg2.OperationalError):
        client.commit()
    assert table.value("SELECT count(*) FROM t") == 1


@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_a_cut_around_copy(
    standin: Standin, connect: Connect, table: Client, s3: LocalS3, when: str
) -> None:
    url = s3.put("faults-around-copy", "x", '{"a": 1}')
    fault = standin.faults.cut("^copy", when=when)
    client = connect()
    with pytest.raises(psycopg2.OperationalError):
        client(f"COPY t FROM '{url}' IAM_ROLE default JSON 'auto'")
    assert fault.happened == 1
    assert table.value("SELECT count(*) FROM t") == 0
    connect()(f"COPY t FROM '{url}' IAM_ROLE default JSON 'auto'")


def test_an_error_during_copy(
    standin: Standin, connect: Connect, table: Client, s3: LocalS3
) -> None:
    url = s3.put("faults-around-copy", "x", '{"a": 1}')
    standin.faults.add(Fault("error", "^copy", "during", message="disk full"))
    client = connect()
    assert "disk full" in str(client.refused(f"COPY t FROM '{url}' IAM_ROLE default JSON 'auto'"))
    assert client.value("SELECT count(*) FROM t") == 0


def test_a_serialization_failure_at_the_second_commit(
    standin: Standin, connect: Connect, table: Client
) -> None:
    standin.faults.serialization_failure(nth=2)
    client = connect()
    client("INSERT INTO t VALUES (1)")
    client.commit()
    client("INSERT INTO t VALUES (2)")
    with pytest.raises(psycopg2.Error, match="Serializable isolation violation") as caught:
        client.commit()
    assert caught.value.pgcode == "XX000"
    client.rollback()
    client("INSERT INTO t VALUES (3)")
    client.commit()
    assert table("SELECT a FROM t ORDER BY a") == [(1,), (3,)]


def test_an_error_at_a_statement_aborts_the_transaction(
    standin: Standin, connect: Connect, table: Client
) -> None:
    standin.faults.add(Fault("error", "^insert", sqlstate="57014", message="stop it"))
    client = connect()
    assert client.refused("INSERT INTO t VALUES (1)").pgcode == "57014"
    client("INSERT INTO t VALUES (2)")
    client.commit()
    assert table("SELECT a FROM t") == [(2,)]


def test_a_delay(standin: Standin, table: Client) -> None:
    standin.faults.delay("^select 77", 0.2)
    started = time.perf_counter()
    table("SELECT 77")
    assert time.perf_counter() - started >= 0.2


def test_faults_may_be_meant_for_one_user(
    standin: Standin, connect: Connect, table: Client
) -> None:
    standin.faults.add(Fault("cut", "^select 1", user="reader"))
    table("SELECT 1")
    with pytest.raises(psycopg2.OperationalError):
        connect("reader")("SELECT 1")


def test_faults_are_ordered_in_sql_too(connect: Connect, table: Client) -> None:
    order = json.dumps({"fault": {"action": "cut", "statement": "^select 5"}})
    answer = json.loads(table.value("SELECT standin_control(%s)", order))
    assert answer["fault"]["nth"] == 1
    with pytest.raises(psycopg2.OperationalError):
        connect()("SELECT 5")
    table("SELECT 'canary-1'")
    answer = json.loads(table.value('SELECT standin_control(\'{"statements": "canary-1"}\')'))
    assert answer["statements"][0]["sql"] == "SELECT 'canary-1'"
    assert "error" in json.loads(table.value("SELECT standin_control('{}')"))
    assert json.loads(table.value("SELECT standin_control('{\"clear_faults\": true}')"))


def test_unknown_faults_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown action"):
        Fault("explode")
    with pytest.raises(ValueError, match="unknown time"):
        Fault("cut", when="later")


def test_the_journal_holds_what_was_sent(standin: Standin, connect: Connect) -> None:
    client = connect("reader")
    pid = client.connection.info.backend_pid
    client("SELECT %s", "canary 'x'")
    client.refused("SELECT nothing")
    client.commit()
    assert standin.statements.texts(pid) == [
        "BEGIN",
        "SELECT 'canary ''x'''",
        "SELECT nothing",
        "ROLLBACK",
    ]
    entries = [entry for entry in standin.statements if entry.session == pid]
    assert [entry.outcome for entry in entries] == ["BEGIN", "SELECT 1", "42703", "ROLLBACK"]
    assert entries[0].user == "reader"
    assert entries[0].seconds is not None
