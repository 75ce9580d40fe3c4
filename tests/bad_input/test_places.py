"""What is wrong with names, places and settings, on both engines where both can meet it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkify_dwh.errors import ConfigurationError, DatabaseError, SourceError, SparkifyError
from sparkify_dwh.settings import Settings
from tests.bad_input.lines import stands_for
from tests.faults.faulty_s3 import Fault, FaultyS3
from tests.load.records import TS, play, song
from tests.load.warehouse import DuckDBWarehouse, Warehouse
from tests.redshift_load.cluster import Cluster
from tests.redshift_load.warehouse import BUCKET, RedshiftWarehouse

#: A name, and another one that it would match if it were a pattern.
NAMES = {
    "with space.json": "with",
    "quote's.json": "quotes.json",
    'double"quote.json': "doublequote.json",
    "plus+plus.json": "plus plus.json",
    "percent%2Fslash.json": "percent/slash.json",
    "ünïcödé.json": "unicode.json",
    "emoji 😀.json": "emoji .json",
    "star*.json": "starlight.json",
    "question?.json": "question1.json",
    "bracket[1].json": "bracket1.json",
    "-leading.json": "leading.json",
}


@pytest.fixture
def filled(warehouse: Warehouse) -> Warehouse:
    """A warehouse with a file in each feed, which are not loaded yet."""
    warehouse.put("log", "a.json", [play()])
    warehouse.put("song", "a.json", [song()])
    return warehouse


def fails(warehouse: Warehouse, kind: type[SparkifyError], **settings: str) -> SparkifyError:
    """Load, which has to fail and to change nothing; return the error."""
    before = warehouse.snapshot()
    with pytest.raises(kind) as caught:
        warehouse.load(**settings)
    assert warehouse.snapshot() == before
    assert "\n" not in caught.value.cause
    return caught.value


@stands_for("file name with")
def test_file_is_loaded_under_whatever_name(filled: Warehouse, line: str) -> None:
    expected = {}
    for number, (name, other) in enumerate(NAMES.items(), start=1):
        filled.put("log", name, [play(ts=TS + number)])
        filled.put("log", other if other.endswith(".json") else f"{other}.json", [play(ts=TS)])
        expected[filled.uri("log", name)] = 1
    filled.load()
    found = {row["uri"]: row["plays_inserted"] for row in filled.ledger()}
    assert {uri: found[uri] for uri in expected} == expected
    assert len(filled.ledger()) == 2 + 2 * len(NAMES)
    assert len(filled.star()["songplays"]) == 1 + len(NAMES)
    assert filled.load().status == "nothing_to_do"


@stands_for("file name with")
def test_bad_record_is_named_by_its_file_under_whatever_name(filled: Warehouse, line: str) -> None:
    for name in NAMES:
        filled.put("log", name, b'{"page": "NextSong"}\n')
    filled.load(max_errors=len(NAMES))
    assert {row["uri"] for row in filled.rejects()} == {filled.uri("log", name) for name in NAMES}


@stands_for("directory named")
def test_what_is_no_file_is_passed_over_and_counted(
    duckdb_warehouse: DuckDBWarehouse, line: str
) -> None:
    duckdb_warehouse.put("log", "a.json", [play()])
    duckdb_warehouse.put("song", "a.json", [song()])
    folder = Path(duckdb_warehouse.place("log"))
    (folder / "x.json").mkdir()
    (folder / "dangling.json").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe.json")
    with socket.socket(socket.AF_UNIX) as listener, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # the path of a socket has to be short
        listener.bind("socket.json")
    result = duckdb_warehouse.load()
    assert result.files["log"] == 1
    assert sum(result.passed_over.values()) >= 3


@stands_for("directory named")
def test_prefix_and_marker_named_like_a_file(filled: Warehouse, line: str) -> None:
    """A bucket has neither links nor FIFOs; what it has is a prefix or a marker of that name."""
    filled.put("log", "x.json/b.json", [play(ts=TS + 1)])
    if isinstance(filled, RedshiftWarehouse):
        filled.put("log", "y.json/", b"")
    result = filled.load()
    assert result.files["log"] == 2
    assert len(filled.star()["songplays"]) == 2


@pytest.fixture
def faulty_s3(cluster: Cluster) -> Iterator[FaultyS3]:
    """A proxy in front of the S3, which both engines read from."""
    environment = cluster.environment()
    with environment, FaultyS3(cluster.s3.endpoint) as proxy, pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
            patch.setenv(name, proxy.endpoint)
        cluster.s3.put(BUCKET, "closed/log_data/a.json", b"{}")
        yield proxy


@stands_for("directory named")
def test_object_that_may_not_be_read(filled: Warehouse, faulty_s3: FaultyS3, line: str) -> None:
    faulty_s3.faults.append(Fault("closed/log_data/a.json", 403, "get"))
    error = fails(filled, SourceError, log_data=f"s3://{BUCKET}/closed/log_data/")
    assert error.exit_code == 1
    assert "a.json cannot be read: permission denied" in error.cause


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
@stands_for("directory named")
def test_file_that_may_not_be_read(duckdb_warehouse: DuckDBWarehouse, line: str) -> None:
    duckdb_warehouse.put("log", "closed.json", [play()])
    duckdb_warehouse.put("song", "a.json", [song()])
    duckdb_warehouse.path("log", "closed.json").chmod(0)
    error = fails(duckdb_warehouse, SourceError)
    assert error.exit_code == 1
    assert "Permission denied" in error.cause


@stands_for("folder or prefix with no data file")
def test_prefix_that_may_not_be_listed(filled: Warehouse, faulty_s3: FaultyS3, line: str) -> None:
    faulty_s3.faults.append(Fault("closed", 403, "list"))
    error = fails(filled, SourceError, log_data=f"s3://{BUCKET}/closed/log_data/")
    assert error.exit_code == 1
    assert "cannot be listed: permission denied" in error.cause


@stands_for("folder or prefix with no data file")
def test_bucket_that_does_not_exist(filled: Warehouse, cluster: Cluster, line: str) -> None:
    with cluster.environment():
        error = fails(filled, SourceError, song_data="s3://no-such-bucket/song_data/")
    assert error.exit_code == 1
    assert "the bucket no-such-bucket does not exist" in error.cause


@stands_for("folder or prefix with no data file")
def test_place_without_data(filled: Warehouse, line: str) -> None:
    filled.put("log", "empty/_SUCCESS", b"")
    filled.put("log", "empty/notes.txt", b"nothing")
    error = fails(filled, SourceError, log_data=f"{filled.place('log').rstrip('/')}/empty")
    assert error.exit_code == 1
    assert "SPARKIFY_LOG_DATA" in error.cause
    assert "holds no data file (2 others passed over)" in error.cause


@stands_for("folder or prefix with no data file")
def test_place_that_does_not_exist(filled: Warehouse, line: str) -> None:
    error = fails(filled, SourceError, song_data=f"{filled.place('song').rstrip('/')}_nowhere")
    assert error.exit_code == 1


@stands_for("quote, backslash, newline")
@pytest.mark.parametrize("odd", ["'", '"', "\\", "\n", "\0", "'; DROP TABLE users; --"], ids=repr)
@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("log_data", "s3://sparkify/log{}data/"),
        ("song_data", "s3://sparkify/song_data{}"),
        ("manifest_prefix", "s3://sparkify/man{}ifests/"),
        ("log_jsonpaths", "s3://sparkify/paths{}.json"),
        ("iam_role", "arn:aws:iam::123456789012:role/{}load"),
        ("aws_region", "us-west-{}2"),
        ("schema_name", "spark{}ify"),
    ],
)
def test_odd_setting_is_refused_before_any_sql(
    cluster: Cluster,
    redshift_place: RedshiftWarehouse,
    line: str,
    setting: str,
    value: str,
    odd: str,
) -> None:
    """On DuckDB no SQL is made of the S3 settings; schema and region have the same check."""
    cluster.server.statements.clear()
    with pytest.raises(ConfigurationError) as caught:
        redshift_place.load(**{setting: value.format(odd)})
    assert caught.value.exit_code == 2
    name = "SPARKIFY_SCHEMA" if setting == "schema_name" else f"SPARKIFY_{setting.upper()}"
    assert name in caught.value.cause
    assert len(cluster.server.statements) == 0


@pytest.fixture(scope="module")
def redshift_place(cluster: Cluster) -> Iterator[RedshiftWarehouse]:
    """A warehouse on Redshift for tests that do not get as far as to connect to it."""
    with cluster.environment():
        warehouse = cluster.lend_warehouse()
        yield warehouse
        warehouse.close()


@stands_for("quote, backslash, newline")
@pytest.mark.parametrize("setting", ["schema_name", "aws_region"])
def test_odd_setting_is_refused_on_either_engine(
    filled: Warehouse, line: str, setting: str
) -> None:
    with pytest.raises(ConfigurationError):
        filled.load(**{setting: "x'; DROP TABLE users; --"})
    assert filled.runs() == []


@stands_for("malformed database URL")
@pytest.mark.parametrize(
    "url",
    [
        "s3cret",
        "postgresql://user:s3cret@localhost/db",
        "redshift+psycopg2://user:s3cret@host:port/db",
        "redshift+psycopg2:user:s3cret@host/db",
        "duckdb://user:s3cret@host:x/file",
        "duckdb:////no/such/s3cret-free/folder/file.duckdb",
    ],
)
def test_url_that_is_wrong_is_a_matter_of_configuration(line: str, url: str) -> None:
    from sparkify_dwh.load import load

    with pytest.raises(ConfigurationError) as caught:
        load(Settings.resolve(database_url=url))
    assert caught.value.exit_code == 2
    assert "s3cret@" not in str(caught.value)
    assert str(caught.value) != url
    assert "\n" not in caught.value.cause


@stands_for("malformed database URL")
@pytest.mark.parametrize("fault", ["wrong password", "server away", "no such database"])
def test_server_that_lets_nobody_in_is_one_line(
    redshift_place: RedshiftWarehouse, line: str, fault: str
) -> None:
    right = redshift_place.url
    url = {
        "wrong password": right.replace(":pw@", ":s3cret@"),
        "server away": right.replace(f":{redshift_place.server.port}/", ":9/"),
        "no such database": right.replace(redshift_place.database, "nowhere"),
    }[fault]
    assert url != right
    with pytest.raises(DatabaseError) as caught:
        redshift_place.load(database_url=url)
    assert caught.value.exit_code == 1
    assert "s3cret" not in str(caught.value)
    assert "\n" not in caught.value.cause


@stands_for("malformed database URL")
def test_file_that_is_no_database_is_one_line(duckdb_warehouse: DuckDBWarehouse, line: str) -> None:
    duckdb_warehouse.file.write_bytes(b"no database at all" * 1000)
    with pytest.raises(SparkifyError) as caught:
        duckdb_warehouse.load()
    assert caught.value.exit_code == 1
    assert "\n" not in caught.value.cause
