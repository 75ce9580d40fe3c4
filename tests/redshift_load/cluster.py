"""A stand-in with an S3 beside it, in which warehouses at head are made by copying one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest

from sparkify_dwh import schema
from sparkify_dwh.redshift.roles import grants, reader_grants
from sparkify_dwh.settings import Settings
from tests.redshift_load.warehouse import BUCKET, RedshiftWarehouse
from tests.standin import Standin
from tests.standin.s3 import LocalS3
from tests.standin.s3_front import store


class Cluster:
    """Starts both servers when it is entered; the first warehouse migrates the schema."""

    def __init__(self) -> None:
        self.s3 = LocalS3()
        self._server: Standin | None = None
        self._template: str | None = None
        self._idle: list[RedshiftWarehouse] = []

    def __enter__(self) -> Cluster:
        self.s3.__enter__()
        try:
            self._server = Standin(s3_endpoint=self.s3.endpoint).start()
        except BaseException:
            self.s3.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()
        self.s3.__exit__(None, None, None)

    @property
    def server(self) -> Standin:
        assert self._server is not None
        return self._server

    @contextmanager
    def environment(self) -> Iterator[None]:
        """Let AWS be this S3, for as long as the block runs."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.s3.environment().items():
                patch.setenv(name, value)
            yield

    def new_warehouse(self) -> RedshiftWarehouse:
        """Return an empty warehouse with a database and prefixes of its own."""
        return RedshiftWarehouse(self.server, self.s3, self._new_database())

    def lend_warehouse(self) -> RedshiftWarehouse:
        """Return one that is used again when it is closed; its schema has to stay as it is."""
        self._make_bucket()
        return self._idle.pop() if self._idle else _Lent(self, self._new_database())

    def take_back(self, warehouse: RedshiftWarehouse) -> None:
        self._make_bucket()
        warehouse.empty()
        self._idle.append(warehouse)

    def _new_database(self) -> str:
        self._make_bucket()
        if self._template is None:
            self._template = prepared(self.server, self.s3).database
        database = self.server.copied_database(self._template)
        # What the loader may do to the database itself does not come with the copy.
        self.server.postgres.run(f'GRANT TEMP ON DATABASE "{database}" TO loader')
        return database

    def _make_bucket(self) -> None:
        # Other tests may have emptied moto, which is one for the whole process.
        if BUCKET not in store().buckets:
            self.s3.create_bucket(BUCKET)


class _Lent(RedshiftWarehouse):
    """A warehouse that is emptied and kept, where others are dropped."""

    def __init__(self, cluster: Cluster, database: str) -> None:
        super().__init__(cluster.server, cluster.s3, database)
        self._cluster = cluster

    def close(self) -> None:
        self._cluster.take_back(self)


def prepared(server: Standin, s3: LocalS3, isolation: str | None = None) -> RedshiftWarehouse:
    """Make a database with users' rights and the schema at head, and prefixes of its own."""
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
