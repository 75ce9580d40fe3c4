"""Two loads at once: one waits, and no play is there twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg2
import pytest

from sparkify_dwh.errors import LoadInProgressError
from sparkify_dwh.load import LoadResult
from tests.load.records import TS, play, song
from tests.redshift_load.cluster import prepared
from tests.redshift_load.warehouse import RedshiftWarehouse
from tests.standin import Standin
from tests.standin.s3 import LocalS3

#: Pairs of loads for each isolation level: 50 in all.
TIMES = 25


def at_once(*loads: Callable[[], LoadResult]) -> list[LoadResult]:
    barrier = Barrier(len(loads))

    def run(load: Callable[[], LoadResult]) -> LoadResult:
        barrier.wait()
        return load()

    with ThreadPoolExecutor(len(loads)) as pool:
        return list(pool.map(run, loads))


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("isolation", ["snapshot", "serializable"])
def test_two_loads_of_the_same_files(server: Standin, s3: LocalS3, isolation: str) -> None:
    warehouse = prepared(server, s3, isolation)
    for number in range(TIMES):
        warehouse.put("log", f"{number}.json", [play(ts=TS + number), play(ts=TS + 1000)])
        warehouse.put("song", f"{number}.json", [song(song_id=f"SO{number}")])
        results = at_once(warehouse.load, warehouse.load)
        assert sorted(result.status for result in results) == ["loaded", "nothing_to_do"]
        assert warehouse.rows("SELECT count(*) FROM songplays") == [
            (number + 2,),
        ]
    assert len(warehouse.ledger()) == 2 * TIMES
    assert len(warehouse.runs()) == TIMES


def test_load_that_was_overtaken_has_nothing_to_do(redshift: RedshiftWarehouse) -> None:
    redshift.put("log", "1.json", [play()])
    redshift.put("song", "1.json", [song()])

    def overtake(step: str, count: int = 0, /) -> None:
        if step == "write manifests":
            assert redshift.load().status == "loaded"

    assert redshift.load(progress=overtake).status == "nothing_to_do"
    assert len(redshift.ledger()) == 2
    assert redshift.manifests_left() == []


def test_load_that_was_overtaken_in_part(redshift: RedshiftWarehouse) -> None:
    redshift.put("log", "1.json", [play(), play(ts=TS + 5)])
    redshift.put("song", "1.json", [song()])
    redshift.put("log", "2.json", [play(ts=TS + 1), play()])
    steps: list[str] = []

    def overtake(step: str, count: int = 0, /) -> None:
        steps.append(step)
        if steps.count("write manifests") == 1 and step == "write manifests":
            redshift.remove("log", "2.json")
            redshift.load()
            redshift.put("log", "2.json", [play(ts=TS + 1), play()])

    result = redshift.load(progress=overtake)
    assert result.files == {"log": 1, "song": 0}
    assert result.inserted["songplays"] == 1
    assert result.duplicates == 1
    assert [row["file_id"] for row in redshift.ledger()] == [1, 2, 3]
    assert redshift.manifests_left() == []


def test_one_loader_of_many_gets_each_file(redshift: RedshiftWarehouse) -> None:
    for number in range(5):
        redshift.put("log", f"{number}.json", [play(ts=TS + number)])
    redshift.put("song", "1.json", [song()])
    results = at_once(*[redshift.load] * 4)
    assert [result.status for result in results].count("loaded") == 1
    assert redshift.rows("SELECT count(*) FROM songplays") == [(5,)]


@pytest.mark.parametrize("before", ["list files", "write manifests"])
def test_wait_for_the_lock_ends(redshift: RedshiftWarehouse, before: str) -> None:
    redshift.put("log", "1.json", [play()])
    redshift.put("song", "1.json", [song()])
    other = psycopg2.connect(redshift.server.dsn("awsuser", redshift.database))
    holder = other.cursor()

    def hold(step: str, count: int = 0, /) -> None:
        if step == before:
            holder.execute("LOCK TABLE load_files")

    try:
        with pytest.raises(LoadInProgressError, match="waited 1 s"):
            redshift.load(lock_timeout=1, progress=hold)
    finally:
        other.close()
    assert redshift.load().status == "loaded"
