"""The statements of a load are compiled beside its scan, and are those that it executes."""

from __future__ import annotations

import threading

import pytest

from sparkify_dwh.load import proving, publication
from sparkify_dwh.load.publication import prepared
from sparkify_dwh.statements import step
from tests.load.records import TS, play, song
from tests.load.warehouse import DuckDBWarehouse

CACHES = (publication._steps, proving._proofs)


@pytest.fixture(autouse=True)
def _nothing_compiled() -> None:
    for cache in CACHES:
        cache.cache_clear()


@pytest.fixture
def threads_that_compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads that have compiled a statement, one for each."""
    names: list[str] = []

    class Told(step._Compiled):
        def __init__(self, *given: object) -> None:
            names.append(threading.current_thread().name)
            super().__init__(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(step, "_Compiled", Told)
    return names


@pytest.mark.parametrize("keep_staging", [True, False])
@pytest.mark.parametrize("feeds", [("log", "song"), ("log",), ("song",)])
def test_what_is_prepared_is_what_is_executed(
    duckdb_warehouse: DuckDBWarehouse, keep_staging: bool, feeds: tuple[str, ...]
) -> None:
    duckdb_warehouse.put("log", "a.json", [play()])
    duckdb_warehouse.put("song", "a.json", [song()])
    if len(feeds) == 1:
        # Only a file of this feed is new.
        duckdb_warehouse.load(keep_staging=keep_staging)
        records = {"log": play(ts=TS + 1), "song": song(song_id="SOOTHER")}
        duckdb_warehouse.put(feeds[0], "b.json", [records[feeds[0]]])
        for cache in CACHES:
            cache.cache_clear()
    duckdb_warehouse.load(keep_staging=keep_staging)
    for cache in CACHES:
        assert (cache.cache_info().misses, cache.cache_info().hits) == (1, 1)


def test_publishing_compiles_nothing_that_was_prepared(
    duckdb_warehouse: DuckDBWarehouse, threads_that_compiled: list[str]
) -> None:
    duckdb_warehouse.put("log", "a.json", [play()])
    duckdb_warehouse.put("song", "a.json", [song()])
    steps: list[tuple[str, int]] = []
    duckdb_warehouse.load(
        keep_staging=False,
        progress=lambda name, _=0: steps.append((name, len(threads_that_compiled))),
    )
    began = dict(steps)
    first, last = "artists: rank the records of each artist_id", "time: insert new moments"
    assert began[first] == began[last] > 20
    assert len(set(threads_that_compiled) - {threading.current_thread().name}) == 1


def test_what_cannot_be_prepared_fails_where_it_is_needed(
    duckdb_warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    duckdb_warehouse.put("log", "a.json", [play()])
    duckdb_warehouse.put("song", "a.json", [song()])
    monkeypatch.setattr(publication, "prepare_proofs", _fail)
    assert duckdb_warehouse.load().rows["songplays"] == 1


def _fail(*_: object) -> None:
    raise RuntimeError("this thread is of no use today")


def test_nothing_is_prepared_for_an_engine_that_expects_nothing() -> None:
    with prepared(None, None):  # type: ignore[arg-type]
        pass
    assert all(cache.cache_info().currsize == 0 for cache in CACHES)
