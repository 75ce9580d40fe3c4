"""The prover has to be able to fail: one statement for each form that Redshift refuses."""

import pytest

from tests.redshift_sql import NotRedshiftSql, assert_redshift_sql

DENIED = [
    "INSERT INTO t (a) VALUES (1) RETURNING a",
    "INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING",
    "SELECT DISTINCT ON (a) b FROM t",
    "SELECT a FROM t WHERE a IS DISTINCT FROM 1",
    "SELECT a FROM t WHERE a IS NOT DISTINCT FROM 1",
    "SELECT COUNT(*) FILTER (WHERE a > 1) FROM t",
    "SELECT STRING_AGG(a, ',') FROM t",
    "SELECT ARRAY_AGG(a) FROM t",
    "SELECT n FROM generate_series(1, 10) AS n",
    "SELECT UNNEST(a) FROM t",
    "SELECT ARRAY[1, 2]",
    "CREATE TABLE t (a INTEGER[])",
    "SELECT a FROM (VALUES (1), (2)) AS v (a)",
    "VALUES (1), (2)",
    "CREATE INDEX i ON t (a)",
    "CREATE UNIQUE INDEX i ON t (a)",
    "DROP INDEX i",
    "CREATE SEQUENCE s",
    "DROP SEQUENCE s",
    "SELECT NEXTVAL('s')",
    "CREATE TABLE t (a BIGSERIAL)",
    "CREATE TABLE t (a JSONB)",
    "CREATE TABLE t (a UUID)",
    "CREATE TABLE t (a TIMESTAMP(3))",
    "CREATE TABLE t (a INTEGER, CHECK (a > 0))",
    "CREATE TABLE t (a INTEGER REFERENCES u (a) ON DELETE CASCADE)",
    "ALTER TABLE t ADD COLUMN IF NOT EXISTS a INTEGER",
    "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
    "SAVEPOINT s",
    "ROLLBACK TO SAVEPOINT s",
    "SELECT a FROM t FOR UPDATE",
    "SELECT a FROM t CROSS JOIN LATERAL (SELECT 1) AS u",
    "WITH x AS (SELECT 1 AS a) INSERT INTO t (a) SELECT a FROM x",
    "SELECT EPOCH_MS(ts) FROM t",
    "CREATE TABLE t (a INTEGER DISTKEY, b INTEGER) DISTKEY (b)",
    "CREATE TABLE t (a INTEGER) DISTSTYLE ALL DISTKEY (a)",
    "CREATE TABLE t (a INTEGER SORTKEY, b INTEGER) SORTKEY (b)",
    "CREATE TABLE t (a INTEGER) INTERLEAVED SORTKEY (a)",
    "COPY t FROM 's3://b/k/' FORMAT AS JSON 'auto'",
    "COPY t FROM 's3://b/k/' IAM_ROLE default FORMAT AS JSON 'auto' ACCEPTINVCHARS",
    "COPY t FROM 's3://b/k/' CREDENTIALS 'aws_access_key_id=a;aws_secret_access_key=b' CSV",
    "TRUNCATE t",
    "ALTER TABLE t APPEND FROM u",
    "VACUUM t",
    "ALTER TABLE t ALTER COLUMN a TYPE VARCHAR(20)",
    "ALTER TABLE t ALTER DISTSTYLE ALL",
    "ALTER TABLE t ALTER COLUMN a ENCODE ZSTD",
    "SELECT FROM WHERE",
    "CREATE TABLE t (a INTEGER) ENGINE = InnoDB",
]
VALID = [
    "SELECT 'INSERT RETURNING' AS a FROM t",
    "SELECT a FROM t -- SAVEPOINT\n",
    "SELECT a /* ON CONFLICT */ FROM t",
    'SELECT "returning" FROM t',
    r"SELECT 'it''s \'quoted\' RETURNING' FROM t",
    "INSERT INTO t (a, b) VALUES (%(a)s, %(b)s), (3, 4)",
    "INSERT INTO t (a) SELECT a FROM u WHERE a NOT IN (SELECT a FROM t)",
    "SELECT a FROM t WHERE b LIKE 'x%%' LIMIT %(limit)s",
    "WITH x AS (SELECT 1 AS a) SELECT a FROM x",
    "SELECT level, time.year FROM time WHERE week = 3",
    "SELECT LISTAGG(a, ',') WITHIN GROUP (ORDER BY a) FROM t",
    "SELECT ROW_NUMBER() OVER (PARTITION BY a ORDER BY b DESC NULLS LAST) FROM t",
    "SELECT DATEADD(ms, ts, '1970-01-01') FROM t",
    "SELECT TRY_CAST(NULLIF(a, '') AS BIGINT) FROM t",
    "DELETE FROM t USING u WHERE t.a = u.a",
    "UPDATE t SET a = u.a FROM u WHERE t.b = u.b",
    "CREATE TEMP TABLE x AS SELECT 1 AS a",
    (
        "CREATE TABLE t (a BIGINT IDENTITY(0,1) ENCODE RAW NOT NULL, PRIMARY KEY (a)) "
        "DISTSTYLE KEY DISTKEY (a) SORTKEY (a)"
    ),
    "CREATE TABLE t (a BIGINT) DISTSTYLE AUTO SORTKEY AUTO",
    (
        "COPY t (a) FROM 's3://b/m' IAM_ROLE 'arn:aws:iam::123456789012:role/r' FORMAT AS JSON "
        "'s3://b/p.json' MANIFEST TIMEFORMAT 'epochmillisecs' COMPUPDATE OFF STATUPDATE OFF"
    ),
    "LOCK TABLE load_files",
    "BEGIN; DELETE FROM t; COMMIT",
    "COMMENT ON COLUMN t.a IS 'truncate; copy it'",
]
OUTSIDE_TRANSACTIONS = [
    "TRUNCATE t",
    "VACUUM t",
    "ALTER TABLE t ALTER COLUMN a TYPE VARCHAR(20)",
    "ALTER TABLE t ALTER DISTSTYLE KEY DISTKEY a",
    "ALTER TABLE t ALTER COMPOUND SORTKEY (a, b)",
    "ALTER TABLE t ALTER COLUMN a ENCODE ZSTD",
]


@pytest.mark.parametrize("sql", DENIED)
def test_a_form_that_redshift_lacks_is_refused(sql: str) -> None:
    with pytest.raises(NotRedshiftSql):
        assert_redshift_sql(sql)


@pytest.mark.parametrize("sql", VALID)
def test_valid_redshift_sql_passes(sql: str) -> None:
    assert_redshift_sql(sql)


@pytest.mark.parametrize("sql", OUTSIDE_TRANSACTIONS)
def test_what_commits_passes_outside_of_a_transaction(sql: str) -> None:
    assert_redshift_sql(sql, in_transaction=False)
