"""A database and prefixes for each test, in the servers of the session."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.load.records import TS, play, song
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


@pytest.fixture
def filled(redshift: RedshiftWarehouse) -> RedshiftWarehouse:
    """A warehouse with one load behind it, and more to load."""
    redshift.put("log", "1.json", [play(), play(ts=TS + 1)])
    redshift.put("song", "1.json", [song()])
    redshift.load()
    redshift.put("log", "2.json", [play(ts=TS + number) for number in range(100)])
    redshift.put("song", "2.json", [song(song_id="SOB", title="B")])
    return redshift
