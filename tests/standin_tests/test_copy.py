"""COPY: sources, options and what becomes of errors."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import psycopg2
import pytest

from tests.standin import LocalS3, Standin
from tests.standin.server import ROLE

from .conftest import Client, Connect

Put = Callable[..., str]
JSON = "IAM_ROLE default FORMAT AS JSON 'auto'"


@pytest.fixture
def put(s3: LocalS3, database: str) -> Put:
    """Returns a function that stores an object in a bucket of the test's own."""
    bucket = f"bucket-{database.replace('_', '-')}"
    s3.create_bucket(bucket)

    def store(key: str, content: Any) -> str:
        if not isinstance(content, str | bytes):
            content = json.dumps(content)
        return s3.put(bucket, key, content)

    return store


@pytest.fixture
def db(db: Client) -> Client:
    """Adds a table to load into."""
    db("CREATE TABLE t (a INT, b VARCHAR(10))")
    db.commit()
    return db


def rows(db: Client) -> list[tuple[Any, ...]]:
    return db("SELECT a, b FROM t ORDER BY a, b")


def test_objects_are_separated_by_white_space_or_nothing(db: Client, put: Put) -> None:
    url = put("x/1", '{"a": 1}{"a": 2,\r\n "b": "two"}\n\n  {"b": "x", "a": 3}')
    db(f"COPY t (a, b) FROM '{url}' {JSON} COMPUPDATE OFF STATUPDATE OFF")
    assert rows(db) == [(1, None), (2, "two"), (3, "x")]
    assert db.cursor.statusmessage == "SELECT 3"
    assert db.notices == ["INFO:  Load into table 't' completed, 3 record(s) loaded successfully."]
    assert db.value("SELECT pg_last_copy_count()") == 3


def test_a_load_is_part_of_its_transaction(db: Client, put: Put) -> None:
    url = put("x/1", {"a": 1})
    db(f"COPY t FROM '{url}' {JSON}")
    copy_id = db.value("SELECT pg_last_copy_id()")
    assert copy_id > 0
    assert db.value("SELECT count(*) FROM stl_load_commits WHERE query = pg_last_copy_id()") == 1
    db.rollback()
    assert rows(db) == []
    assert db.value("SELECT pg_last_copy_id()") == -1
    db(f"COPY t FROM '{url}' {JSON}")
    db.commit()
    assert rows(db) == [(1, None)]
    assert db.value("SELECT pg_last_copy_id()") > copy_id


def test_the_source_is_a_raw_prefix(db: Client, put: Put) -> None:
    put("log_data/1.json", {"a": 1})
    url = put("log_data_old/1.json", {"a": 2})
    db(f"COPY t FROM '{url.replace('_old/1.json', '')}' {JSON}")
    assert rows(db) == [(1, None), (2, None)]


def test_a_prefix_without_objects_is_an_error(db: Client, put: Put) -> None:
    url = put("x/1", {"a": 1})
    error = db.refused(f"COPY t FROM '{url}zzz' {JSON}")
    assert error.pgcode == "XX000"
    assert "The specified S3 prefix 'x/1zzz' does not exist" in str(error)


def test_a_whole_bucket_is_a_source_too(db: Client, put: Put) -> None:
    url = put("x/1", {"a": 1})
    db(f"COPY t FROM '{url.removesuffix('/x/1')}' {JSON}")
    assert rows(db) == [(1, None)]
    db.refused(f"COPY t FROM '{url}' IAM_ROLE default JSON 'noshred'")
    db.refused(f"COPY t FROM 'emr://x' {JSON}")


def test_names_are_matched_with_case(db: Client, put: Put) -> None:
    url = put("x/1", {"a": 1, "B": "upper"})
    db(f"COPY t FROM '{url}' {JSON}")
    db(f"COPY t FROM '{url}' IAM_ROLE default JSON 'auto ignorecase'")
    assert rows(db) == [(1, "upper"), (1, None)]


def test_jsonpaths_map_by_position(db: Client, put: Put) -> None:
    url = put("x/1", {"UserId": 7, "Deep": {"Name": ["no", "yes"]}})
    paths = put("paths", {"jsonpaths": ["$['Deep']['Name'][1]", "$.UserId"]})
    db(f"COPY t (b, a) FROM '{url}' IAM_ROLE default FORMAT AS JSON '{paths}'")
    assert rows(db) == [(7, "yes")]


def test_another_top_key_means_auto(db: Client, put: Put) -> None:
    url = put("x/1", {"a": 7})
    paths = put("paths", {"json_paths": ["$.x"]})
    db(f"COPY t (b, a) FROM '{url}' IAM_ROLE default FORMAT AS JSON '{paths}'")
    assert rows(db) == [(7, None)]


def test_jsonpaths_have_to_fit(db: Client, put: Put) -> None:
    url = put("x/1", {"a": []})
    one = put("one", {"jsonpaths": ["$.a"]})
    error = db.refused(f"COPY t (a, b) FROM '{url}' IAM_ROLE default JSON '{one}'")
    assert "Number of jsonpaths and the number of columns should match" in str(error)
    two = put("two", {"jsonpaths": ["$.a[0]"]})
    db.refused(f"COPY t (a) FROM '{url}' IAM_ROLE default JSON '{two}'")
    assert "Not an array or index out of range" in db.value(
        "SELECT err_reason FROM stl_load_errors"
    )
    none = put("none", "{")
    assert "Invalid JSONPath format" in str(
        db.refused(f"COPY t (a) FROM '{url}' IAM_ROLE default JSON '{none}'")
    )


def manifest(*entries: tuple[str, bool | None]) -> dict[str, Any]:
    return {
        "entries": [
            {"url": url} if mandatory is None else {"url": url, "mandatory": mandatory}
            for url, mandatory in entries
        ]
    }


def test_manifest(db: Client, put: Put) -> None:
    one, two = put("x/1", {"a": 1}), put("y/2", {"a": 2})
    listing = put("m", manifest((one, True), (two, None), (one, True), (one + "gone", None)))
    db(f"COPY t FROM '{listing}' {JSON} MANIFEST")
    # A file that is listed twice is loaded twice; one that is not mandatory may be missing.
    assert rows(db) == [(1, None), (1, None), (2, None)]


def test_a_missing_mandatory_file_is_an_error(db: Client, put: Put) -> None:
    one = put("x/1", {"a": 1})
    listing = put("m", manifest((one, True), (one + "gone", True)))
    assert "x/1gone" in str(db.refused(f"COPY t FROM '{listing}' {JSON} MANIFEST"))
    assert rows(db) == []


def test_broken_manifests(db: Client, put: Put) -> None:
    gone = put("m1", manifest((put("x/1", {}) + "gone", None)))
    db.refused(f"COPY t FROM '{gone}' {JSON} MANIFEST")
    db.refused(f"COPY t FROM '{put('m2', '{')}' {JSON} MANIFEST")
    error = db.refused(f"COPY t FROM '{gone}x' {JSON} MANIFEST")
    assert "Problem reading manifest file" in str(error)


def test_gzip(db: Client, put: Put) -> None:
    packed = gzip.compress(b'{"a": 1}\n') + gzip.compress(b'{"a": 2}\n')
    db(f"COPY t FROM '{put('x/1.gz', packed)}' {JSON} GZIP")
    assert rows(db) == [(1, None), (2, None)]
    for name, content in {"plain": b'{"a": 1}', "cut": packed[:-4]}.items():
        error = db.refused(f"COPY t FROM '{put(name, content)}' {JSON} GZIP MAXERROR 9")
        assert "GZIP" in str(error)


def test_roles(db: Client, put: Put) -> None:
    url = put("x/1", {"a": 1})
    db(f"COPY t FROM '{url}' IAM_ROLE '{ROLE}' JSON 'auto'")
    db(f"COPY t FROM '{url}' IAM_ROLE '{ROLE},{ROLE}' JSON 'auto'")
    error = db.refused(f"COPY t FROM '{url}' IAM_ROLE '{ROLE}x' JSON 'auto'")
    assert "is not authorized to assume IAM Role" in str(error)
    db.refused(f"COPY t FROM '{url}' IAM_ROLE 'arn:aws:s3:::x' JSON 'auto'")
    db.refused(f"COPY t FROM '{url}' JSON 'auto'")
    db.refused(f"COPY t FROM '{url}' ACCESS_KEY_ID 'x' SECRET_ACCESS_KEY 'y' JSON 'auto'")


def test_regions(db: Client, put: Put, s3: LocalS3, database: str) -> None:
    far = f"far-{database.replace('_', '-')}"
    s3.create_bucket(far, "eu-west-1")
    url = s3.put(far, "x", '{"a": 1}')
    error = db.refused(f"COPY t FROM '{url}' {JSON}")
    assert "is in a different region from this cluster" in str(error)
    db(f"COPY t FROM '{url}' {JSON} REGION 'eu-west-1'")
    assert rows(db) == [(1, None)]


def test_a_bucket_has_to_exist(db: Client) -> None:
    error = db.refused(f"COPY t FROM 's3://no-such-bucket/x' {JSON}")
    assert "S3ServiceException:The specified bucket does not exist,Status 404" in str(error)


def test_the_table_and_its_columns_have_to_exist(db: Client, put: Put) -> None:
    url = put("x/1", {"a": 1})
    assert "Cannot COPY into nonexistent table nix" in str(
        db.refused(f"COPY nix FROM '{url}' {JSON}")
    )
    assert db.refused(f"COPY t (c) FROM '{url}' {JSON}").pgcode == "42703"


def test_the_first_error_fails_the_load(db: Client, put: Put) -> None:
    url = put("x/1", '{"a": 1}\n{"a": "x", "b": "y"}\n{"a": 2}')
    session = db.value("SELECT pg_backend_pid()")
    with pytest.raises(psycopg2.errors.InternalError_) as caught:
        db(f"COPY t FROM '{url}' {JSON}")
    assert caught.value.diag.message_primary == (
        "Load into table 't' failed.  Check 'stl_load_errors' system table for details."
    )
    with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        db("SELECT 1")
    db.rollback()
    assert rows(db) == []
    assert db.value("SELECT pg_last_copy_count()") == 0
    assert db(
        "SELECT trim(file_name), line_number, trim(column_name), trim(column_type), error_code,"
        " trim(error_message) FROM sys_load_error_detail WHERE session_id = %s",
        session,
    ) == [(url, 2, "a", "int4", 1207, "Invalid digit, Value 'x', Pos 0, Type: Integer")]
    assert db(
        "SELECT trim(raw_line), trim(raw_field_value), trim(filename), trim(col_length)"
        " FROM stl_load_errors"
    ) == [('{"a": "x", "b": "y"}', "x", url, "")]
    assert db("SELECT status, error_count, loaded_rows FROM sys_load_history") == [
        ("aborted", 1, 0)
    ]
    assert db("SELECT * FROM stl_load_commits") == []


def test_max_errors_skips_records(db: Client, put: Put) -> None:
    bad = ['{"a": "x"}', "{oops", '["a"]', '{"a": 1, "b": "12345678901"}']
    url = put("x/1", "\n".join(['{"a": 1}', *bad, '{"a": 2}']))
    db.refused(f"COPY t FROM '{url}' {JSON} MAXERROR 3")
    db(f"COPY t FROM '{url}' {JSON} MAXERROR 4")
    assert rows(db) == [(1, None), (2, None)]
    assert db.notices[-2:] == [
        "INFO:  Load into table 't' completed, 2 record(s) loaded successfully.",
        "INFO:  Load into table 't' completed, 4 record(s) could not be loaded.  "
        "Check 'stl_load_errors' system table for details.",
    ]
    found = db(
        "SELECT line_number, err_code, trim(err_reason) FROM stl_load_errors"
        " WHERE query = pg_last_copy_id() ORDER BY 1"
    )
    assert found == [
        (2, 1207, "Invalid digit, Value 'x', Pos 0, Type: Integer"),
        (3, 1224, "Invalid value."),
        (4, 1216, "Invalid JSONPath format: Member is not an object."),
        (5, 1204, "String length exceeds DDL length"),
    ]


def test_files_and_history_are_logged(db: Client, put: Put) -> None:
    one, two = put("x/1", '{"a": 1}\n{"a": 2}'), put("x/2", "{}")
    db(f"COPY t FROM '{one[:-1]}' {JSON}")
    db.rollback()
    # The log belongs to no transaction.
    assert db("SELECT trim(filename), lines_scanned FROM stl_load_commits ORDER BY 1") == [
        (one, 2),
        (two, 1),
    ]
    assert db("SELECT trim(file_name), lines_scanned FROM sys_load_detail ORDER BY 1") == [
        (one, 2),
        (two, 1),
    ]
    assert db(
        "SELECT status, table_name, data_source, loaded_rows, source_file_count, error_count"
        " FROM sys_load_history"
    ) == [("completed", "t", one[:-1], 3, 2, 0)]


def test_everyone_sees_only_rows_of_one_s_own(db: Client, put: Put, connect: Connect) -> None:
    db(f"COPY t FROM '{put('x/1', '{}')}' {JSON}")
    db.commit()
    count = "SELECT count(*) FROM stl_load_commits"
    assert db.value(count) == 1
    assert connect("reader").value(count) == 0
    assert connect("awsuser").value(count) == 1


def test_identity_and_defaults(db: Client, put: Put) -> None:
    db("CREATE TABLE i (id BIGINT IDENTITY(0, 1), a INT, c INT DEFAULT 5)")
    db.commit()
    url = put("x/1", '{"a": 1, "id": 9}{"a": 2}')
    db(f"COPY i (a) FROM '{url}' {JSON}")
    assert db("SELECT a, c FROM i ORDER BY a") == [(1, 5), (2, 5)]
    assert db.value("SELECT count(DISTINCT id) FROM i") == 2
    db.refused(f"COPY i (id, a) FROM '{url}' {JSON}")


def test_privileges(db: Client, put: Put, connect: Connect) -> None:
    url = put("x/1", {"a": 1})
    error = connect("loader").refused(f"COPY t FROM '{url}' {JSON}")
    assert error.pgcode == "42501"
    assert "permission denied for relation t" in str(error)
    db("GRANT INSERT ON t TO loader")
    db.commit()
    connect("loader")(f"COPY t FROM '{url}' {JSON}")


def test_copy_in_a_failed_transaction(db: Client, put: Put) -> None:
    with pytest.raises(psycopg2.Error):
        db("SELECT 1/0")
    with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
        db(f"COPY t FROM '{put('x/1', '{}')}' {JSON}")


def test_copy_in_autocommit_and_into_other_schemas(auto: Client, put: Put) -> None:
    auto("CREATE SCHEMA stage; CREATE TABLE stage.t (a INT); CREATE TEMP TABLE x (a INT)")
    url = put("x/1", {"a": 1})
    auto(f"COPY stage.t FROM '{url}' {JSON}")
    auto(f"COPY x FROM '{url}' {JSON}")
    assert auto("SELECT t.a, x.a FROM stage.t, x") == [(1, 1)]


def test_an_object_of_more_than_4_mb_fails_the_load(db: Client, put: Put) -> None:
    url = put("x/1", {"a": 1, "b": "x" * 4 * 1024 * 1024})
    assert "4194304" in str(db.refused(f"COPY t FROM '{url}' {JSON} MAXERROR 10"))


def test_options_that_alter_data_are_refused(db: Client, put: Put) -> None:
    url = put("x/1", {})
    for option in ("TRUNCATECOLUMNS", "ACCEPTINVCHARS", "NOLOAD", "FILLRECORD", "MAXERROR -1"):
        db.refused(f"COPY t FROM '{url}' {JSON} {option}")


def test_names_of_objects_are_taken_exactly(db: Client, put: Put) -> None:
    names = ["a b.json", "a+b%2F.json", "ü😀.json", "[x]*?.json", "-x'.json"]
    listing = manifest(*((put(f"x/{name}", {"a": 1, "b": "x"}), True) for name in names))
    db(f"COPY t FROM '{put('m', listing)}' {JSON} MANIFEST")
    assert len(rows(db)) == len(names)
    assert {
        row[0].rsplit("/", 1)[1] for row in db("SELECT trim(filename) FROM stl_load_commits")
    } == (set(names))


def test_integral_floats_are_a_switch(s3: LocalS3, put: Put, db: Client, standin: Standin) -> None:
    url = put("x/1", '{"a": 1540919166796.0}')
    db("CREATE TABLE r (a BIGINT)")
    db.commit()
    db.refused(f"COPY r FROM '{url}' {JSON}")
    standin.integral_floats = True
    try:
        db(f"COPY r FROM '{url}' {JSON}")
    finally:
        standin.integral_floats = False
    assert db("SELECT a FROM r") == [(1540919166796,)]


def test_100_000_rows_take_a_few_seconds(db: Client, put: Put, standin: Standin) -> None:
    text = "\n".join(f'{{"a": {n}, "b": "r{n}"}}' for n in range(100_000))
    db(f"COPY t FROM '{put('x/1', text)}' {JSON}")
    assert db("SELECT count(*), max(a) FROM t") == [(100_000, 99_999)]
    assert standin.statements.matching("^COPY t")[-1].seconds < 5
