"""One stand-in and one S3 for the tests of a module, a database and prefixes for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg2
import pytest

from sparkify_dwh import schema
from sparkify_dwh.redshift.roles import grants, reader_grants
from sparkify_dwh.settings import Settings
from tests.redshift_load.warehouse import BUCKET, RedshiftWarehouse
from tests.standin import Standin
from tests.standin.s3 import LocalS3


@pytest.fixture(scope="module")
def s3() -> Iterator[LocalS3]:
    with LocalS3() as local, pytest.MonkeyPatch.context() as patch:
        for name, value in local.environment().items():
            patch.setenv(name, value)
        local.create_bucket(BUCKET)
        yield local


@pytest.fixture(scope="module")
def server(s3: LocalS3) -> Iterator[Standin]:
    with Standin(s3_endpoint=s3.endpoint) as running:
        yield running


def prepared(server: Standin, s3: LocalS3, isolation: str | None = None) -> RedshiftWarehouse:
    """A database with users' rights and the schema at head, and prefixes of its own."""
    database = server.fresh_database(isolation=isolation)
    connection = psycopg2.connect(server.dsn("awsuser", database))
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in grants(database=database):
            cursor.execute(statement)
    connection.close()
    schema.upgrade(Settings.resolve(database_url=server.url("owner", database)))
    warehouse = RedshiftWarehouse(server, s3, database)
    warehouse.query_as("awsuser", *reader_grants())
    return warehouse


@pytest.fixture(scope="module")
def new_redshift(server: Standin, s3: LocalS3) -> Callable[[], RedshiftWarehouse]:
    return lambda: prepared(server, s3)


@pytest.fixture
def redshift(
    new_redshift: Callable[[], RedshiftWarehouse], server: Standin
) -> Iterator[RedshiftWarehouse]:
    warehouse = new_redshift()
    server.statements.clear()
    yield warehouse
    server.faults.clear()
