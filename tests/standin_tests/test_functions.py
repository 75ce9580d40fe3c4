"""Functions that PostgreSQL lacks or has with another meaning."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from .conftest import Client

MOMENT = datetime(2018, 11, 1, 20, 57, 10, 796000)
EXPECTED: dict[str, Any] = {
    "DATEADD(ms, 1541105830796, '1970-01-01')": MOMENT,
    "DATEADD(ms, 1541105830796, TIMESTAMP '1970-01-01')": MOMENT,
    "DATEADD('day', 1, DATE '2018-01-31')": datetime(2018, 2, 1),
    "DATEADD(month, 1, '2018-01-31')": datetime(2018, 2, 28),
    "DATEDIFF(day, '2018-01-01', '2018-02-01')": 31,
    "DATEDIFF(year, '2017-12-31', '2018-01-01')": 1,
    "DATEDIFF(hour, '2018-01-01 00:59', '2018-01-01 01:00')": 1,
    "DATEDIFF(ms, '1970-01-01', TIMESTAMP '2018-11-01 20:57:10.796')": 1541105830796,
    "DATEDIFF(week, '2018-11-03', '2018-11-04')": 1,
    "EXTRACT(dow FROM TIMESTAMP '2018-11-04 10:00')": 0,
    "EXTRACT(week FROM TIMESTAMP '2018-12-31 10:00')": 1,
    "EXTRACT(hour FROM DATE '2018-12-31')": 0,
    "EXTRACT(epoch FROM TIMESTAMP '1970-01-02')": 86400,
    "DATE_PART(dayofweek, TIMESTAMP '2018-11-04')": 0.0,
    "DATE_PART('month', TIMESTAMP '2018-11-04')": 11.0,
    "DATE_TRUNC('month', DATE '2018-11-04')": datetime(2018, 11, 1),
    "DATE_TRUNC('w', TIMESTAMP '2018-11-04 10:00')": datetime(2018, 10, 29),
    "TRUNC(TIMESTAMP '2018-11-04 10:00')": date(2018, 11, 4),
    "LAST_DAY(TIMESTAMP '2018-02-04')": date(2018, 2, 28),
    "ADD_MONTHS(TIMESTAMP '2018-02-28', 1)": datetime(2018, 3, 31),
    "TO_CHAR(TIMESTAMP '2018-11-04', 'YYYY-MM-DD')": "2018-11-04",
    "CONVERT_TIMEZONE('America/New_York', TIMESTAMP '2018-01-01 12:00')": datetime(2018, 1, 1, 7),
    "CONVERT_TIMEZONE('America/New_York', 'UTC', TIMESTAMP '2018-01-01 12:00')": datetime(
        2018, 1, 1, 17
    ),
    "GETDATE() IS NOT NULL": True,
    "SYSDATE > DATEADD(day, -1, GETDATE())": True,
    "NVL(NULL, NULL, 3)": 3,
    "NVL2(NULL, 1, 2)": 2,
    "DECODE(2, 1, 'one', 2, 'two', 'many')": "two",
    "DECODE(NULL, NULL, 'none', 'some')": "none",
    "LEN('häß')": 3,
    "OCTET_LENGTH('häß')": 5,
    "STRTOL('ff', 16)": 255,
    "STRTOL('-101', 2)": -5,
    "MD5('x')": "9dd4e461268c8034f5c8564e155c67a6",
    "SHA2('x', 256)": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
    "FNV_HASH('Amazon Redshift')": 7783490368944507294,
    "FNV_HASH(1)": -5968735742475085980,
    "CHARINDEX('b', 'abc')": 2,
    "REGEXP_REPLACE('a1b2', '[0-9]', '-')": "a-b-",
    "REGEXP_REPLACE('ab', '(a)(b)', '$2$1')": "ba",
    "REGEXP_SUBSTR('abc123', '[0-9]+')": "123",
    "JSON_EXTRACT_PATH_TEXT('{\"a\": {\"b\": 5}}', 'a', 'b')": "5",
    "IS_VALID_JSON('{\"a\": 1}')": True,
    "TRY_CAST('12' AS INTEGER)": 12,
    "TRY_CAST('12.5' AS INTEGER)": None,
    "TRY_CAST('0x1F' AS BIGINT)": None,
    "TRY_CAST('9999999999' AS INT)": None,
    "TRY_CAST('1.5' AS DOUBLE PRECISION)": 1.5,
    "TRY_CAST('x' AS FLOAT8)": None,
    "TRY_CAST('1.26' AS DECIMAL(4, 1))": Decimal("1.3"),
    "TRY_CAST('2018-01-01' AS TIMESTAMP)": datetime(2018, 1, 1),
    "TRY_CAST('2018-13-01' AS DATE)": None,
    "TRY_CAST(NULL AS INTEGER)": None,
    "TRY_CAST(NULLIF('', '') AS INTEGER)": None,
    "CONVERT(integer, '7')": 7,
    "'2.6'::numeric": Decimal(3),
    "CAST('2.6' AS DECIMAL)": Decimal(3),
    "CAST('abc' AS VARCHAR(MAX))": "abc",
    "ROUND(2.345::float8, 2)": 2.35,
    "'a\\tb'": "a\tb",
    "7 / 2": 3,
    "CASE WHEN 1=1THEN 4ELSE 5END": 4,
}


@pytest.mark.parametrize("expression", EXPECTED)
def test_expression(shared: Client, expression: str) -> None:
    value = shared.value(f"SELECT {expression}")
    assert value == EXPECTED[expression]
    assert type(value) is type(EXPECTED[expression])


def test_try_cast_takes_no_empty_text(db: Client) -> None:
    assert db.refused("SELECT TRY_CAST('' AS INTEGER)").pgcode == "22P02"


def test_functions_of_a_column(db: Client) -> None:
    db("CREATE TABLE t (ts BIGINT, s VARCHAR(20), d DATE, level VARCHAR(4))")
    db("INSERT INTO t VALUES (1541105830796, '17', '2018-11-04', 'free'), (0, 'x', NULL, 'paid')")
    assert db(
        "SELECT DATEADD(ms, ts, '1970-01-01'), TRY_CAST(s AS INT), EXTRACT(week FROM d),"
        " NVL(TRY_CAST(s AS INT), -1) FROM t ORDER BY ts DESC"
    ) == [(MOMENT, 17, 44, 17), (datetime(1970, 1, 1), None, None, -1)]
    assert db("SELECT time.s AS month, len(time.s) AS len FROM t AS time WHERE ts = 0") == [
        ("x", 1)
    ]


def test_aggregates(db: Client) -> None:
    db("CREATE TABLE t (a INT, b BIGINT, c FLOAT, d DECIMAL(5, 2), s VARCHAR(5))")
    db("INSERT INTO t VALUES (1, 1, 1, 1, 'x'), (2, 2, 2, 2, 'y'), (NULL, NULL, NULL, NULL, 'x')")
    assert db("SELECT AVG(a), AVG(b), AVG(c), AVG(d) FROM t") == [(1, 1, 1.5, Decimal("1.5"))]
    assert db("SELECT AVG(a) OVER (PARTITION BY s) FROM t ORDER BY 1") == [(1,), (1,), (2,)]
    assert db(
        "SELECT LISTAGG(s, '|') WITHIN GROUP (ORDER BY s DESC), LISTAGG(DISTINCT s) WITHIN GROUP"
        " (ORDER BY s), MEDIAN(c), APPROXIMATE COUNT(DISTINCT s) FROM t"
    ) == [("y|x|x", "xy", 1.5, 2)]


def test_top(db: Client) -> None:
    assert db("SELECT TOP 2 n FROM (SELECT generate_series(1, 5) AS n) x ORDER BY n DESC") == [
        (5,),
        (4,),
    ]
    assert db("SELECT * FROM (SELECT TOP 1 n FROM (SELECT generate_series(1, 5) AS n) x) y") == [
        (1,)
    ]


def test_nulls_come_first_in_descending_order(db: Client) -> None:
    assert db("SELECT n FROM (SELECT 1 AS n UNION ALL SELECT NULL) x ORDER BY n DESC") == [
        (None,),
        (1,),
    ]


def test_parameters_with_backslashes_arrive_unharmed(db: Client) -> None:
    text = "back\\slash 'quote' \\' %s {0} :x \n\t"
    assert db.value("SELECT %s", text) == text
    db("CREATE TABLE t (a VARCHAR(50))")
    db("INSERT INTO t VALUES (%s)", text)
    assert db.value("SELECT a FROM t") == text


def test_version_is_that_of_redshift(db: Client) -> None:
    assert "Redshift" in db.value("SELECT version()")
    assert db.connection.server_version == 80002
    assert db.value("SELECT pg_backend_pid()") == db.connection.info.backend_pid
