"""What Redshift does not run."""

import pytest

from .conftest import Client

REFUSED = {
    "INSERT INTO t VALUES (1) RETURNING a": "42601",
    "UPDATE t SET a = 1 RETURNING a": "42601",
    "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING": "42601",
    "INSERT INTO t (a) OVERRIDING SYSTEM VALUE VALUES (1)": "42601",
    "CREATE INDEX i ON t (a)": "0A000",
    "CREATE UNIQUE INDEX i ON t USING gin (a)": "0A000",
    "CREATE SEQUENCE q": "0A000",
    "SELECT nextval('q')": "0A000",
    "SAVEPOINT s": "0A000",
    "ROLLBACK TO SAVEPOINT s": "0A000",
    "RELEASE SAVEPOINT s": "0A000",
    "CREATE TABLE x (a SERIAL)": "0A000",
    "CREATE TABLE x (a UUID)": "0A000",
    "CREATE TABLE x (a JSONB)": "0A000",
    "CREATE TABLE x (a INT[])": "0A000",
    "CREATE TABLE x (a INT CHECK (a > 0))": "0A000",
    "CREATE TABLE x (a INT, CHECK (a > 0))": "0A000",
    "CREATE TABLE x (a INT REFERENCES t (a) ON DELETE CASCADE)": "42601",
    "CREATE UNLOGGED TABLE x (a INT)": "42601",
    "CREATE TYPE mood AS ENUM ('a')": "0A000",
    "CREATE EXTENSION hstore": "0A000",
    "SELECT DISTINCT ON (a) a FROM t": "0A000",
    "SELECT * FROM t WHERE a IS DISTINCT FROM 1": "42601",
    "SELECT * FROM t WHERE a IS NOT DISTINCT FROM 1": "42601",
    "SELECT count(*) FILTER (WHERE a > 0) FROM t": "42601",
    "SELECT a, generate_series(1, 3) FROM t": "0A000",
    "SELECT * FROM t, generate_series(1, 3) g": "0A000",
    "SELECT now(), a FROM t": "0A000",
    "SELECT current_timestamp, a FROM t": "0A000",
    "SELECT * FROM (VALUES (1), (2)) v": "42601",
    "WITH v AS (VALUES (1)) SELECT * FROM v": "42601",
    "VALUES (1)": "42601",
    "SELECT string_agg(b, ',') FROM t": "42883",
    "SELECT array_agg(a) FROM t": "42883",
    "SELECT concat('a', 'b', 'c')": "42883",
    "SELECT gen_random_uuid()": "42883",
    "SELECT ARRAY[1, 2]": "0A000",
    "SELECT a::int[] FROM t": "0A000",
    "SELECT * FROM t WHERE a = ANY(ARRAY[1, 2])": "0A000",
    "SELECT '{}'::jsonb": "42704",
    "SELECT CAST('x' AS uuid)": "42704",
    "SELECT b ->> 'x' FROM t": "42883",
    "SELECT * FROM t, LATERAL (SELECT 1) x": "42601",
    "SELECT * FROM t FOR UPDATE": "0A000",
    "SELECT * FROM t FETCH FIRST 1 ROW ONLY": "42601",
    "SELECT * FROM t TABLESAMPLE system (1)": "42601",
    "SELECT sum(a) OVER (ORDER BY a) FROM t": "0A000",
    "SELECT sum(a) OVER (ORDER BY a RANGE UNBOUNDED PRECEDING) FROM t": "0A000",
    "SELECT sum(a) OVER w FROM t WINDOW w AS (PARTITION BY a)": "42601",
    "SELECT a FROM t EXCEPT ALL SELECT 1": "0A000",
    "SELECT TOP 1 a FROM t LIMIT 1": "42601",
    "WITH s AS (SELECT 1 AS a) INSERT INTO t (a) SELECT a FROM s": "42601",
    "WITH s AS (DELETE FROM t) SELECT 1": "42601",
    "WITH s AS MATERIALIZED (SELECT 1) SELECT * FROM s": "42601",
    "UPDATE t SET (a, b) = (1, 'x')": "42601",
    "EXPLAIN ANALYZE SELECT 1": "42601",
    "COPY t FROM STDIN": "0A000",
    "COPY t TO STDOUT": "0A000",
    "COPY t FROM PROGRAM 'ls'": "0A000",
    "TRUNCATE t CASCADE": "42601",
    "LOCK TABLE t IN SHARE MODE": "42601",
    "LISTEN x": "0A000",
    "DO $$ BEGIN END $$": "0A000",
    "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN UPDATE SET b = 'x'": "42601",
    "SELECT a FROM t QUALIFY row_number() OVER (ORDER BY a) = 1": "0A000",
    "SELECT pg_read_file('postgresql.conf')": "42883",
    "CREATE DATABASE other": "25001",
    "VACUUM t": "25001",
}


@pytest.fixture(scope="module")
def db(shared: Client) -> Client:
    """Adds tables for the statements to name."""
    shared("CREATE TABLE t (a INT, b VARCHAR(40)); CREATE TABLE u (a INT)")
    shared.commit()
    return shared


@pytest.mark.parametrize("sql", REFUSED)
def test_statement_is_refused(db: Client, sql: str) -> None:
    assert db.refused(sql).pgcode == REFUSED[sql]


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT \'RETURNING\', "b" AS "filter" FROM t -- ON CONFLICT',
        "INSERT INTO t VALUES (1, 'ON CONFLICT') /* RETURNING a */",
        "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
        "INSERT INTO t (a) SELECT 1 UNION ALL SELECT 2",
        "SELECT t.a AS \"returning\" FROM t WHERE b = 'CREATE INDEX i ON t (a)'",
        "SELECT count(DISTINCT a), count(*) OVER (PARTITION BY a) FROM t GROUP BY a",
        "SELECT sum(a) OVER (ORDER BY a ROWS UNBOUNDED PRECEDING) FROM t",
        "SELECT row_number() OVER (PARTITION BY a ORDER BY b DESC NULLS LAST), lag(a) OVER"
        " (ORDER BY a), rank() OVER (ORDER BY a) FROM t",
        "SELECT generate_series(1, 3)",
        "SELECT now(), current_timestamp, current_schema()",
        "SELECT relname FROM pg_class WHERE oid = ANY(ARRAY[1, 2]::oid[])",
        "WITH s AS (SELECT 1 AS a) SELECT * FROM s JOIN t ON t.a = s.a",
        "INSERT INTO t (a) WITH s AS (SELECT 1 AS a) SELECT a FROM s",
        "DELETE FROM t USING u WHERE t.a = u.a",
        "UPDATE t SET b = 'x' FROM u WHERE t.a = u.a",
        "SELECT a FROM t MINUS SELECT 1",
        "SELECT * FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a)",
        "DECLARE c CURSOR FOR SELECT * FROM t",
        "EXPLAIN SELECT * FROM t",
        "ANALYZE t",
        "LOCK TABLE t, u",
        "SET query_group TO 'etl'",
        "SET statement_timeout TO 10000",
        "SHOW search_path",
        "COMMENT ON COLUMN t.a IS 'CHECK it'",
        "GRANT SELECT ON t TO reader",
        "SELECT (a, b) IN (SELECT 1, 'x') FROM t",
    ],
)
def test_statement_is_taken(db: Client, sql: str) -> None:
    try:
        db(sql)
    finally:
        db.rollback()


def test_a_refusal_aborts_the_transaction(db: Client) -> None:
    db("INSERT INTO t VALUES (1, 'x')")
    with pytest.raises(Exception, match="RETURNING"):
        db("INSERT INTO t VALUES (2, 'y') RETURNING a")
    with pytest.raises(Exception, match="current transaction is aborted"):
        db("SELECT 1")
    db.rollback()
    assert db.value("SELECT count(*) FROM t") == 0


def test_words_of_a_refusal(db: Client) -> None:
    error = db.refused("SELECT a, generate_series(1, 3) FROM t")
    assert error.diag.message_primary == (
        "Specified types or functions (one per INFO message) not supported on Redshift tables."
    )
    error = db.refused("CREATE TABLE x (id SERIAL)")
    assert error.diag.message_primary == 'Column "x.id" has unsupported type "serial".'
    assert error.diag.context is None


def test_quoted_names_are_folded(db: Client) -> None:
    db('CREATE TABLE "MixedCase" ("Id" INT)')
    db("INSERT INTO mixedcase (id) VALUES (1)")
    assert db('SELECT "ID" AS "Shown" FROM "MIXEDCASE"') == [(1,)]
    assert db.cursor.description[0].name == "shown"
