"""What all tests share: warehouses to load into, the real data, a clean environment."""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sparkify_dwh import schema
from sparkify_dwh.settings import Settings
from tests.load.warehouse import DuckDBWarehouse, Warehouse
from tests.redshift_load.cluster import Cluster

ROOT = Path(__file__).parents[1]

#: Makes an empty warehouse in a folder that does not exist yet.
NewWarehouse = Callable[[Path], Warehouse]

#: Read before the environment is cleaned.
_REAL_DATA = Path(os.environ.get("SPARKIFY_REAL_DATA") or ROOT.parent / "shared" / "data" / "real")


def pytest_configure() -> None:
    """Let no setting of the machine reach a test; what a test needs, it sets itself."""
    for name in [*os.environ]:
        if name.startswith(("SPARKIFY_", "AWS_")) and name not in _FOR_TESTS:
            del os.environ[name]
    # For every parameter DuckDB looks for pandas anew, as long as it finds none.
    if importlib.util.find_spec("pandas") is None:
        sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]


#: Settings of the tests themselves.
_FOR_TESTS = ("SPARKIFY_REAL_DATA", "SPARKIFY_PROPERTY_EXAMPLES")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process is left alone with it in the end.

    Schedules that failed once come before those that are drawn.
    """
    first = ("test_known_schedules.py", "test_properties.py")
    items.sort(key=lambda item: first.index(item.path.name) if item.path.name in first else 2)


@pytest.fixture(autouse=True)
def _folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test where it finds no .env, and where its droppings do no harm."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session", autouse=True)
def _few_collections() -> None:
    """Keep the imported libraries out of every garbage collection."""
    gc.collect()
    gc.freeze()
    # SQLAlchemy makes many objects that live for one statement, and hardly any circles.
    gc.set_threshold(50_000, 50, 50)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the real sample, which is no part of the repository."""
    if not (_REAL_DATA / "log_data").is_dir():
        pytest.skip(f"no real data at {_REAL_DATA}; set SPARKIFY_REAL_DATA to have it tested")
    return _REAL_DATA


@pytest.fixture(scope="session")
def duckdb_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file with the schema at head and no rows; copied, it saves each test 0.2 s."""
    folder = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        schema.upgrade(Settings.resolve(database_url=f"duckdb:///{folder / 'empty.duckdb'}"))
    return folder / "empty.duckdb"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A stand-in for Redshift and an S3, one for all tests of a process."""
    with Cluster() as running:
        yield running


@pytest.fixture(scope="module", params=["duckdb", pytest.param("redshift", marks=pytest.mark.slow)])
def new_warehouse(request: pytest.FixtureRequest) -> Iterator[NewWarehouse]:
    """Return a maker of empty warehouses, one for each engine; `make quick` has time for one."""
    if request.param == "duckdb":
        template: Path = request.getfixturevalue("duckdb_template")
        yield lambda folder: DuckDBWarehouse(folder, template)
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    with cluster.environment():
        yield lambda _: cluster.lend_warehouse()


@pytest.fixture
def warehouse(new_warehouse: NewWarehouse, tmp_path: Path) -> Iterator[Warehouse]:
    """An empty warehouse with two empty feeds."""
    warehouse = new_warehouse(tmp_path / "warehouse")
    yield warehouse
    warehouse.close()


@pytest.fixture
def duckdb_warehouse(duckdb_template: Path, tmp_path: Path) -> DuckDBWarehouse:
    """An empty warehouse, for what concerns local files and the DuckDB file alone."""
    return DuckDBWarehouse(tmp_path / "warehouse", duckdb_template)
