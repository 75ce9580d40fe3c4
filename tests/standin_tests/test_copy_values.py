"""How COPY converts the values of JSON."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.standin import LocalS3
from tests.standin.copy_statement import CopyStatement
from tests.standin.json_records import records
from tests.standin.values import Column, FieldError, converter

from .conftest import Client

COPY = CopyStatement(["t"], [], "s3://b/k", time_format="epochmillisecs")


def convert(kind: str, document: str, length: str = "", not_null: bool = False) -> str | None:
    (record,) = records(f'{{"x": {document}}}')
    assert record.content is not None
    return converter(Column("x", kind, length, not_null), COPY, False)(record.content.get("x"))


TAKEN = [
    ("int4", "12", "12"),
    ("int4", '"12"', "12"),
    ("int4", "-12", "-12"),
    ("int4", '""', None),
    ("int4", "null", None),
    ("int2", "32767", "32767"),
    ("int8", "9223372036854775807", "9223372036854775807"),
    ("float8", "1.5e3", "1.5e3"),
    ("float8", "7", "7"),
    ("float8", '""', None),
    ("varchar", "12.50", "12.50"),
    ("varchar", "true", "true"),
    ("varchar", '""', ""),
    ("varchar", '{"b": [1.0, "é", null]}', '{"b":[1.0,"é",null]}'),
    ("varchar", '"a\\tb\\\\c\\nd"', "a\\tb\\\\c\\nd"),
    ("varchar", '"\\ud83d\\ude00"', "😀"),
    ("timestamp", "1541105830796", "2018-11-01 20:57:10.796000"),
    ("timestamp", "-1", "1969-12-31 23:59:59.999000"),
    ("timestamp", '""', None),
    ("bool", "true", "t"),
    ("bool", '"no"', "f"),
    ("date", '"2018-11-01"', "2018-11-01"),
]
REFUSED = [
    ("int4", "12.5", 1207, "Invalid digit, Value '.', Pos 2, Type: Integer"),
    ("int8", "1540919166796.0", 1207, "Invalid digit, Value '.', Pos 13, Type: Long"),
    ("int4", "1e3", 1207, "Invalid digit, Value 'e', Pos 1, Type: Integer"),
    ("int4", "true", 1207, "Invalid digit, Value 't', Pos 0, Type: Integer"),
    ("int4", '" 1"', 1207, "Invalid digit, Value ' ', Pos 0, Type: Integer"),
    ("int4", "[1]", 1207, "Invalid digit, Value '[', Pos 0, Type: Integer"),
    ("int4", "2147483648", 1216, "Overflow, Value 2147483648, Type: Integer"),
    ("int8", "9223372036854775808", 1216, "Overflow, Value 9223372036854775808, Type: Long"),
    ("int2", "32768", 1216, "Overflow, Value 32768, Type: Short"),
    ("float8", '"x"', 1207, "Invalid digit, Value 'x', Pos 0, Type: Double"),
    ("float8", "1e999", 1216, "Overflow, Value 1e999, Type: Double"),
    ("timestamp", "1541105830796.5", 1206, "Invalid timestamp format or value [epochmillisecs]"),
    ("timestamp", '"x"', 1206, "Invalid timestamp format or value [epochmillisecs]"),
    ("timestamp", "99999999999999999", 1206, "Invalid timestamp format or value [epochmillisecs]"),
    ("bool", "2", 1210, "Unknown boolean format"),
    ("date", '"2018-13-01"', 1205, "Invalid Date Format - length must be 10 or more"),
]


@pytest.mark.parametrize(("kind", "document", "expected"), TAKEN)
def test_value_is_taken(kind: str, document: str, expected: str | None) -> None:
    assert convert(kind, document, "100" if kind == "varchar" else "") == expected


@pytest.mark.parametrize(("kind", "document", "code", "reason"), REFUSED)
def test_value_is_refused(kind: str, document: str, code: int, reason: str) -> None:
    with pytest.raises(FieldError) as caught:
        convert(kind, document)
    assert (caught.value.code, caught.value.reason) == (code, reason)


@pytest.mark.parametrize(
    ("text", "code"),
    [("é" * 6, 0), ("é" * 6 + "x", 1204), ("x" * 12, 0), ("x" * 13, 1204), ("😀" * 3, 0)],
)
def test_text_is_measured_in_bytes(text: str, code: int) -> None:
    if code:
        with pytest.raises(FieldError) as caught:
            convert("varchar", f'"{text}"', "12")
        assert caught.value.code == code
    else:
        assert convert("varchar", f'"{text}"', "12") == text


@pytest.mark.parametrize("document", ["null", '""'])
def test_not_null_wants_a_value(document: str) -> None:
    with pytest.raises(FieldError, match="Missing data for not-null field"):
        convert("int4", document, not_null=True)


def test_invalid_utf8_and_nul_are_refused() -> None:
    with pytest.raises(FieldError, match="invalid or unsupported UTF8") as caught:
        convert("varchar", '"a\udcff"', "9")
    assert caught.value.code == 1220
    with pytest.raises(FieldError, match="NUL"):
        convert("varchar", '"a\\u0000"', "9")


@pytest.mark.parametrize(
    "text", ["{'a': 1}", '{"a": 1,}', '{"a": NaN}', '{"a": 1', "x", "\ufeff{}"]
)
def test_malformed_json_is_reported(text: str) -> None:
    record = next(records(text))
    assert record.content is None
    assert record.error is not None


def test_lines_are_those_of_the_end_of_an_object() -> None:
    text = '{"a":\n1}\n\n{oops\n{"a": 2}\n[3]\n'
    assert [(record.line, record.content is None) for record in records(text)] == [
        (2, False),
        (4, True),
        (5, False),
        (6, True),
    ]


def test_values_arrive_in_the_table(db: Client, s3: LocalS3) -> None:
    content = (
        '{"i": 1, "n": 1.255, "f": 1e-7, "b": true, "d": "2018-11-01",'
        ' "t": "2018-11-01 20:57:10.796", "s": "tab\\t\\\\N \\u2028\\r\\n\\"q\\"", "c": "x"}'
    )
    url = s3.put("values-in-a-table", "x", content)
    db(
        "CREATE TABLE t (i SMALLINT, n DECIMAL(5, 2), f REAL, b BOOLEAN, d DATE, t TIMESTAMP,"
        " s VARCHAR(50), c CHAR(3))"
    )
    db(f"COPY t FROM '{url}' IAM_ROLE default JSON 'auto' TIMEFORMAT 'auto'")
    expected: tuple[Any, ...] = (
        *(1, Decimal("1.26"), 1e-7, True, date(2018, 11, 1)),
        *(datetime(2018, 11, 1, 20, 57, 10, 796000), 'tab\t\\N \u2028\r\n"q"', "x  "),
    )
    assert db("SELECT * FROM t") == [expected]
