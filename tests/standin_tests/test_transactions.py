"""Transactions, isolation and locks."""

import threading
from collections.abc import Callable

import psycopg2
import pytest
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from tests.standin import Standin

from .conftest import Client, Connect


def insert_and_commit(client: Client) -> None:
    client("INSERT INTO t VALUES (1)")
    client.commit()


@pytest.fixture
def table(db: Client) -> str:
    """Makes a table with one row."""
    db("CREATE TABLE t (a INT, b INT); INSERT INTO t VALUES (1, 0)")
    db.commit()
    return "t"


def in_background(action: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    results: list[object] = []

    def run() -> None:
        try:
            results.append(action())
        except psycopg2.Error as error:
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, results


def test_truncate_commits(db: Client, connect: Connect, table: str) -> None:
    db("INSERT INTO t VALUES (2, 0)")
    db("CREATE TABLE other (a INT)")
    db("TRUNCATE t")
    assert db.connection.info.transaction_status == TRANSACTION_STATUS_IDLE
    db.rollback()
    assert db.value("SELECT count(*) FROM t") == 0
    assert connect()("SELECT * FROM other") == []


def test_vacuum_runs_outside_of_a_transaction_only(auto: Client) -> None:
    auto("CREATE TABLE t (a INT)")
    for sql in ("VACUUM", "VACUUM t", "VACUUM FULL t TO 99 PERCENT BOOST", "VACUUM SORT ONLY t"):
        auto(sql)
    auto("BEGIN")
    with pytest.raises(psycopg2.Error, match="VACUUM cannot run inside a transaction block"):
        auto("VACUUM t")
    auto("ROLLBACK")


def test_several_statements_in_one_message_are_one_transaction(auto: Client) -> None:
    auto("CREATE TABLE t (a INT)")
    auto.refused("INSERT INTO t VALUES (1); INSERT INTO t VALUES ('x')")
    assert auto.value("SELECT count(*) FROM t") == 0
    auto("INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2); ROLLBACK")
    assert auto("SELECT a FROM t") == [(1,)]
    auto("BEGIN; INSERT INTO t VALUES (3)")
    auto("ROLLBACK")
    assert auto("SELECT 1; SELECT count(*) FROM t") == [(1,)]


def test_a_snapshot_is_kept(db: Client, connect: Connect, table: str) -> None:
    assert db.value("SELECT count(*) FROM t") == 1
    other = connect(autocommit=True)
    other("INSERT INTO t VALUES (2, 0)")
    assert db.value("SELECT count(*) FROM t") == 1
    db.commit()
    assert db.value("SELECT count(*) FROM t") == 2


def test_words_about_isolation_change_nothing(connect: Connect) -> None:
    client = connect()
    client.connection.set_isolation_level(psycopg2.extensions.ISOLATION_LEVEL_READ_COMMITTED)
    client("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
    assert client.value("SHOW transaction_isolation") == "repeatable read"


def test_concurrent_changes_of_a_row_conflict(db: Client, connect: Connect, table: str) -> None:
    other = connect()
    db("SELECT * FROM t")
    other("UPDATE t SET b = 1")
    thread, results = in_background(lambda: db("UPDATE t SET b = 2"))
    thread.join(0.2)
    assert thread.is_alive()  # the first writer holds the lock of the table
    other.commit()
    thread.join(5)
    error = results[0]
    assert isinstance(error, psycopg2.Error)
    assert error.pgcode == "XX000"
    assert "could not complete because of conflict with concurrent transaction" in str(error)


def test_writers_of_one_table_wait_for_each_other(db: Client, connect: Connect, table: str) -> None:
    other = connect()
    db("INSERT INTO t VALUES (2, 0)")
    thread, results = in_background(lambda: other("INSERT INTO t VALUES (3, 0)"))
    thread.join(0.2)
    assert thread.is_alive()
    assert connect().value("SELECT count(*) FROM t") == 1  # readers go on
    db.commit()
    thread.join(5)
    assert results == [[]]
    other.commit()


def test_snapshot_isolation_lets_write_skew_pass(db: Client, connect: Connect, table: str) -> None:
    other = connect()
    for client in (db, other):
        assert client.value("SELECT count(*) FROM t WHERE a = 2") == 0
    db("INSERT INTO t VALUES (2, 0)")
    db.commit()
    other("INSERT INTO t VALUES (2, 0)")
    other.commit()
    assert db.value("SELECT count(*) FROM t WHERE a = 2") == 2


def test_serializable_isolation_finds_write_skew(standin: Standin, connect: Connect) -> None:
    name = standin.fresh_database(isolation="serializable")
    one, two = (connect(database=name) for _ in range(2))
    one("CREATE TABLE t (a INT)")
    one.commit()
    assert one("SELECT isolation_level FROM stv_db_isolation_level WHERE db_name = %s", name) == [
        ("Serializable",)
    ]
    for client in (one, two):
        client("SELECT count(*) FROM t")
    one("INSERT INTO t VALUES (1)")
    one.commit()
    # PostgreSQL may find it out at the statement already.
    with pytest.raises(psycopg2.Error) as caught:
        insert_and_commit(two)
    assert caught.value.pgcode == "XX000"
    assert caught.value.diag.message_primary == "1023"
    assert "Serializable isolation violation on table" in caught.value.diag.message_detail


def test_lock_as_first_statement_serialises(db: Client, connect: Connect, table: str) -> None:
    other = connect()
    db("LOCK TABLE t")
    thread, results = in_background(
        lambda: (other("LOCK t"), other.value("SELECT count(*) FROM t"))[1]
    )
    thread.join(0.2)
    assert thread.is_alive()
    db("INSERT INTO t VALUES (2, 0)")
    db.commit()
    thread.join(5)
    assert results == [2]  # the snapshot was taken after the wait


def test_merge_needs_both_branches(db: Client, table: str) -> None:
    db("CREATE TABLE s (a INT, b INT); INSERT INTO s VALUES (1, 5), (2, 6)")
    db(
        "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = s.b"
        " WHEN NOT MATCHED THEN INSERT VALUES (s.a, s.b)"
    )
    assert db("SELECT a, b FROM t ORDER BY a") == [(1, 5), (2, 6)]
    db("INSERT INTO s VALUES (1, 7)")
    error = db.refused(
        "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = s.b"
        " WHEN NOT MATCHED THEN INSERT VALUES (s.a, s.b)"
    )
    assert "Found multiple matches" in str(error)


def test_a_deadlock_is_found(db: Client, connect: Connect, table: str) -> None:
    db("CREATE TABLE u (a INT)")
    db.commit()
    other = connect()
    db("INSERT INTO t VALUES (2, 0)")
    other("INSERT INTO u VALUES (1)")
    thread, results = in_background(lambda: other("INSERT INTO t VALUES (3, 0)"))
    try:
        db("INSERT INTO u VALUES (2)")
    except psycopg2.Error as error:
        results.append(error)
        db.rollback()
    thread.join(5)
    assert [error.pgcode for error in results if isinstance(error, psycopg2.Error)] == ["40P01"]
