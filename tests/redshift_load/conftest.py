"""A database and prefixes for each test, in the servers of the session."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.redshift_load.cluster import Cluster
from tests.redshift_load.warehouse import RedshiftWarehouse
from tests.standin import Standin
from tests.standin.s3 import LocalS3


@pytest.fixture(scope="module")
def _environment(cluster: Cluster) -> Iterator[None]:
    with cluster.environment():
        yield


@pytest.fixture(scope="module")
def s3(cluster: Cluster, _environment: None) -> LocalS3:
    return cluster.s3


@pytest.fixture(scope="module")
def server(cluster: Cluster, _environment: None) -> Standin:
    return cluster.server


@pytest.fixture(scope="module")
def new_redshift(cluster: Cluster, _environment: None) -> Callable[[], RedshiftWarehouse]:
    return cluster.new_warehouse


@pytest.fixture
def redshift(cluster: Cluster, _environment: None) -> Iterator[RedshiftWarehouse]:
    warehouse = cluster.new_warehouse()
    cluster.server.statements.clear()
    yield warehouse
    cluster.server.faults.clear()
    cluster.server.drop_database(warehouse.database)
