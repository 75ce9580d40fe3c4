"""COPY: what it says, and what it refuses to say."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import CompileError

from sparkify_dwh.redshift import safe_literals
from sparkify_dwh.redshift.copy import Copy
from sparkify_dwh.redshift.safe_literals import UnsafeLiteralError
from tests.redshift_sql import assert_redshift_sql, redshift_sql

STAGING = sa.Table(
    "staging_events",
    sa.MetaData(schema="dwh"),
    sa.Column("ts", sa.BigInteger),
    sa.Column("user", sa.String(10)),
)
ROLE = "arn:aws:iam::123456789012:role/load"


def copy_of(**options: object) -> Copy:
    defaults: dict[str, object] = {
        "source_uri": "s3://bucket/run.manifest",
        "manifest": True,
        "iam_role": "default",
    }
    return Copy(STAGING, ["user", STAGING.c.ts], **{**defaults, **options})  # type: ignore[arg-type]


def test_copy_of_a_manifest() -> None:
    copy = copy_of(region="us-west-2", jsonpaths="s3://bucket/log_json_path.json", gzip=True)
    assert redshift_sql(copy) == (
        'COPY dwh.staging_events ("user", ts)\n'
        "FROM 's3://bucket/run.manifest'\n"
        "IAM_ROLE default\n"
        "REGION 'us-west-2'\n"
        "FORMAT AS JSON 's3://bucket/log_json_path.json'\n"
        "MANIFEST\n"
        "GZIP\n"
        "TIMEFORMAT 'epochmillisecs'\n"
        "COMPUPDATE OFF STATUPDATE OFF\n"
        "MAXERROR 0"
    )
    assert_redshift_sql(copy)


def test_copy_of_a_prefix_by_a_chain_of_roles() -> None:
    chain = f"{ROLE},arn:aws-us-gov:iam::210987654321:role/path/other_role"
    copy = copy_of(source_uri="s3://bucket/log_data/", manifest=False, iam_role=chain, max_errors=9)
    sql = redshift_sql(copy)
    assert f"IAM_ROLE '{chain}'" in sql
    assert "FORMAT AS JSON 'auto'" in sql
    assert "MAXERROR 9" in sql
    assert_redshift_sql(copy)


def test_copy_without_columns_names_none() -> None:
    copy = Copy(STAGING, [], source_uri="s3://bucket/p/", iam_role=ROLE)
    assert str(copy).startswith("COPY dwh.staging_events\nFROM")


def test_repr_tells_target_and_options() -> None:
    shown = repr(copy_of(gzip=True))
    assert shown.startswith("Copy('staging_events', CopyOptions(source_uri='s3://bucket/run.mani")
    assert "gzip=True" in shown


def test_percent_signs_reach_the_server_single() -> None:
    # psycopg2 takes %% for one percent sign whenever it is given parameters, even none.
    assert "a%%3Db" in redshift_sql(copy_of(source_uri="s3://bucket/a%3Db"))


def test_execution_options_make_a_copy() -> None:
    copy = copy_of()
    assert redshift_sql(copy.execution_options(stream_results=False)) == redshift_sql(copy)


def test_copy_exists_on_redshift_only() -> None:
    with pytest.raises(CompileError, match="Redshift only"):
        copy_of().compile(dialect=sa.create_engine("sqlite://").dialect)


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(KeyError):
        Copy(STAGING, ["nope"], source_uri="s3://bucket/p/", iam_role=ROLE)


@pytest.mark.parametrize(
    "options",
    [
        {"source_uri": "s3://bucket/it's"},
        {"source_uri": "s3://bucket/a\\"},
        {"source_uri": "s3://bucket/a\nb"},
        {"source_uri": "s3://bucket/a b"},
        {"source_uri": "s3://bucket/ü"},
        {"source_uri": "s3://bucket"},
        {"source_uri": "s3://bucket/"},
        {"source_uri": "s3://BUCKET/a"},
        {"source_uri": "s3://b'/a"},
        {"source_uri": "https://bucket/a"},
        {"source_uri": "s3://bucket/prefix", "manifest": False},
        {"source_uri": "s3://bucket/prefix/", "manifest": True},
        {"iam_role": "Default"},
        {"iam_role": "arn:aws:iam::123:role/x"},
        {"iam_role": f"{ROLE}, {ROLE}"},
        {"iam_role": f"{ROLE}'"},
        {"iam_role": "arn:aws:iam::123456789012:user/x"},
        {"iam_role": "aws_access_key_id=AKIA;aws_secret_access_key=s"},
        {"region": "us-west-2' CREDENTIALS '"},
        {"region": "somewhere"},
        {"jsonpaths": "noshred"},
        {"jsonpaths": "s3://bucket/'"},
        {"time_format": "auto'"},
        {"time_format": "auto\\"},
        {"max_errors": -1},
        {"max_errors": 100_001},
    ],
    ids=str,
)
def test_a_value_off_the_allow_list_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        copy_of(**options)
    refused = str(next(iter(options.values())))
    assert refused not in str(caught.value), "the message repeats what may be a secret"


def test_every_byte_outside_of_the_alphabet_is_refused_in_a_key() -> None:
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/!-_.*()+=,@:%&")
    for char in map(chr, range(256)):
        uri = f"s3://bucket/a{char}b"
        if char in allowed:
            assert safe_literals.s3_uri(uri) == uri
        else:
            with pytest.raises(UnsafeLiteralError):
                safe_literals.s3_uri(uri)


@pytest.mark.parametrize("name", ["dwh", "_x", "sparkify_2"])
def test_a_plain_schema_name_passes(name: str) -> None:
    assert safe_literals.schema_name(name) == name


@pytest.mark.parametrize("name", ["", "Dwh", "a b", 'a"', "2x", "pg_temp", "a.b", "x" * 128, "a\n"])
def test_another_schema_name_is_refused(name: str) -> None:
    with pytest.raises(UnsafeLiteralError):
        safe_literals.schema_name(name)
