"""S3 as a source: listed in pages, fetched many at a time, whole and unchanged or not at all."""

from __future__ import annotations

import gzip
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sparkify_dwh.errors import SourceChangedError, SourceError
from sparkify_dwh.sample import generate
from sparkify_dwh.sources import object_store
from sparkify_dwh.staging import fetch
from tests.load.records import TS, play, song
from tests.load.warehouse import DuckDBWarehouse
from tests.s3.conftest import BUCKET, Proxy, S3Warehouse
from tests.standin.s3 import LocalS3

ODD_NAMES = [
    "a b.json",
    "quote'\".json",
    "plus+.json",
    "%2F.json",
    "%.json",
    "ü.json",
    "😀.json",
    "star*.json",
    "what?.json",
    "[a].json",
    "-x.json",
    "{0} %s :name.json",
    "a&b=c;d#e.json",
    "back\\slash.json",
]


def fill(warehouse: DuckDBWarehouse) -> None:
    warehouse.put("log", "2018/11/01.json", [play(), play(ts=TS + 1)])
    warehouse.put("song", "A/B.json", [song()])


def test_star_equals_that_of_local_files(
    warehouse: S3Warehouse, duckdb_template: Path, tmp_path: Path, real_data: Path
) -> None:
    local = DuckDBWarehouse(tmp_path / "local", duckdb_template)
    for feed in ("log", "song"):
        root = real_data / f"{feed}_data"
        for path in root.rglob("*.json"):
            warehouse.put(feed, str(path.relative_to(root)), path.read_bytes())
    warehouse.load()
    local.load(log_data=str(real_data / "log_data"), song_data=str(real_data / "song_data"))
    assert warehouse.star() == local.star()
    assert warehouse.load().status == "nothing_to_do"


def test_ledger_holds_uri_size_and_etag(warehouse: S3Warehouse, s3: LocalS3) -> None:
    fill(warehouse)
    warehouse.load()
    row = next(row for row in warehouse.ledger() if row["feed"] == "log")
    head = s3.client.head_object(Bucket=BUCKET, Key=warehouse.key("log", "2018/11/01.json"))
    assert row["uri"] == warehouse.uri("log", "2018/11/01.json")
    assert (row["size_bytes"], row["fingerprint"]) == (head["ContentLength"], head["ETag"])


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_key_is_loaded_exactly(warehouse: S3Warehouse, name: str) -> None:
    fill(warehouse)
    warehouse.put("log", name, [play(ts=TS + 5)])
    warehouse.load()
    assert warehouse.uri("log", name) in [row["uri"] for row in warehouse.ledger()]
    assert len(warehouse.star()["songplays"]) == 3


@pytest.mark.parametrize("key", ["a//b.json", "./c.json", "tab\t.json"])
def test_key_that_cannot_be_read_is_a_clear_error(warehouse: S3Warehouse, key: str) -> None:
    fill(warehouse)
    warehouse.put("log", key, [play()])
    with pytest.raises(SourceError, match="cannot be listed") as caught:
        warehouse.load()
    assert len(str(caught.value).splitlines()) == 2


def test_prefix_is_a_folder(warehouse: S3Warehouse) -> None:
    fill(warehouse)
    warehouse.s3.put(BUCKET, warehouse.key("log", "x")[:-2] + "_old/y.json", "no JSON at all")
    assert warehouse.load().files == {"log": 1, "song": 1}


def test_other_objects_are_passed_over_and_counted(warehouse: S3Warehouse) -> None:
    fill(warehouse)
    for name in ("_SUCCESS", ".hidden.json", "notes.txt", "folder/"):
        warehouse.put("log", name, b"x" if name != "folder/" else b"")
    warehouse.put("log", "empty.json", b"")
    passed_over = warehouse.load().passed_over
    assert passed_over == {"hidden or marker file": 2, "not a JSON file": 2, "empty file": 1}


def test_large_and_compressed_objects_go_through_the_spool(
    warehouse: S3Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [play(ts=TS + number) for number in range(2000)]
    warehouse.put("log", "large.json", many)
    warehouse.put_gzip("log", "large.json.gz", [play(ts=TS + 3_000 + n) for n in range(100)])
    warehouse.put("log", "odd.json", b"\xef\xbb\xbf" + b" " * 300_000 + b"\n{}")
    fill(warehouse)
    monkeypatch.setattr(fetch, "BATCH_BYTES", 100_000)
    monkeypatch.setattr(fetch, "BATCH_TINY_BYTES", 100)
    result = warehouse.load(max_errors=1)
    assert (result.inserted["songplays"], result.rejected) == (2100, 1)
    row = next(row for row in warehouse.ledger() if row["uri"].endswith("large.json"))
    assert row["records_staged"] == 2000


@pytest.mark.parametrize("fates", [[503, 503], [429], ["reset", "reset"], ["cut"]])
@pytest.mark.parametrize("size", [2, 2000])
def test_passing_failure_is_tried_again(
    warehouse: S3Warehouse, proxy: Proxy, fates: list[int | str], size: int
) -> None:
    fill(warehouse)
    warehouse.put("log", "spoilt.json", [play(ts=TS + 10 + number) for number in range(size)])
    proxy.spoil["spoilt.json"] = [*fates]
    result = warehouse.load()
    assert not proxy.spoil["spoilt.json"]
    assert result.inserted["songplays"] == 2 + size


@pytest.mark.parametrize(
    ("fate", "words"), [(503, "503"), ("cut", "spoilt.json"), ("reset", "spoilt.json")]
)
def test_lasting_failure_fails_the_load(
    warehouse: S3Warehouse,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    fate: int | str,
    words: str,
) -> None:
    monkeypatch.setattr(object_store, "_MOST_RETRIES", 2)
    object_store._store.cache_clear()
    fill(warehouse)
    warehouse.put("log", "spoilt.json", [play(ts=TS + number) for number in range(2000)])
    proxy.spoil["spoilt.json"] = [fate] * 100
    with pytest.raises(SourceError, match=words):
        warehouse.load()
    object_store._store.cache_clear()
    assert warehouse.ledger() == []
    assert warehouse.star()["songplays"] == []


def test_forbidden_object_says_so(warehouse: S3Warehouse, proxy: Proxy) -> None:
    fill(warehouse)
    proxy.spoil["01.json"] = [403]
    with pytest.raises(SourceError, match=r"01\.json cannot be read: permission denied"):
        warehouse.load()


def test_forbidden_bucket_says_so(warehouse: S3Warehouse, proxy: Proxy) -> None:
    fill(warehouse)
    proxy.spoil[f"/{BUCKET}"] = [403] * 9
    with pytest.raises(SourceError, match="cannot be listed: permission denied"):
        warehouse.load()


def test_bucket_that_does_not_exist(warehouse: S3Warehouse) -> None:
    with pytest.raises(SourceError, match="the bucket no-such-bucket does not exist"):
        warehouse.load(log_data="s3://no-such-bucket/log_data/")


def test_prefix_without_data(warehouse: S3Warehouse) -> None:
    fill(warehouse)
    with pytest.raises(SourceError, match="SPARKIFY_LOG_DATA: s3://sparkify/nothing/ holds no"):
        warehouse.load(log_data=f"s3://{BUCKET}/nothing")


@pytest.mark.parametrize("change", ["changed", "vanished"])
def test_object_that_changes_after_the_listing(warehouse: S3Warehouse, change: str) -> None:
    fill(warehouse)
    warehouse.put("log", "other.json", [play(ts=TS + 2)])

    def interfere(step: str, count: int = 0, /) -> None:
        if step == "fetch objects":
            if change == "vanished":
                warehouse.remove("log", "other.json")
            else:
                warehouse.put("log", "other.json", [play(ts=TS + 3)])

    with pytest.raises(SourceChangedError, match=rf"other\.json {change} while it was read"):
        warehouse.load(progress=interfere)
    assert warehouse.ledger() == []


def test_tiny_objects_are_fetched_many_at_a_time(warehouse: S3Warehouse, proxy: Proxy) -> None:
    fill(warehouse)
    for number in range(300):
        warehouse.put("song", f"{number}.json", [song(song_id=f"SO{number}")])
    proxy.delay = 0.05
    began = time.monotonic()
    warehouse.load()
    assert time.monotonic() - began < 300 * proxy.delay
    assert proxy.most_at_once > 10


def test_first_failure_stops_the_others(warehouse: S3Warehouse, proxy: Proxy) -> None:
    fill(warehouse)
    for number in range(500):
        warehouse.put("song", f"{number:03d}.json", [song(song_id=f"SO{number}")])
    proxy.delay = 0.05
    proxy.spoil["000.json"] = [403]
    with pytest.raises(SourceError, match=r"000\.json cannot be read: permission denied"):
        warehouse.load()
    assert sum("/song_data/" in request for request in proxy.requests) < 400


def test_no_op_costs_a_listing(warehouse: S3Warehouse, proxy: Proxy) -> None:
    fill(warehouse)
    warehouse.load()
    proxy.requests.clear()
    assert warehouse.load().status == "nothing_to_do"
    assert len(proxy.requests) == 2
    assert all("list-type=2" in request for request in proxy.requests)


def test_more_objects_than_one_page(warehouse: S3Warehouse, proxy: Proxy) -> None:
    fill(warehouse)
    for number in range(1100):
        warehouse.put("song", f"{number}.json", [song(song_id=f"SO{number}")])
    proxy.requests.clear()
    assert warehouse.load().files["song"] == 1101
    assert sum("list-type=2" in request for request in proxy.requests) == 3


def test_cut_gzip_is_rejected_whole(warehouse: S3Warehouse) -> None:
    fill(warehouse)
    packed = gzip.compress(b"\n".join([b'{"a": 1}'] * 10_000))
    warehouse.put("log", "cut.json.gz", packed[:-5])
    assert warehouse.load(max_errors=1).rejected == 1
    assert [row["reason"] for row in warehouse.rejects()] == ["corrupt_compression"]


def test_command_fails_with_one_line_and_exit_code_1(warehouse: S3Warehouse, s3: LocalS3) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sparkify_dwh.load"],
        capture_output=True,
        text=True,
        check=False,
        cwd=warehouse.folder,
        env=s3.environment()
        | {
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "SPARKIFY_DATABASE_URL": warehouse.url,
            "SPARKIFY_LOG_DATA": "s3://no-such-bucket/log_data/",
            "SPARKIFY_SONG_DATA": warehouse.place("song"),
        },
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: s3://no-such-bucket/log_data/ cannot be listed")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_15_000_tiny_objects(
    warehouse: S3Warehouse, tmp_path: Path, s3: LocalS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The proxy would take longer than the load.
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3.endpoint)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3.endpoint)
    generate(tmp_path / "sample", events=5_000, songs=15_000, days=1)
    for path in (tmp_path / "sample").rglob("*.json"):
        feed = path.relative_to(tmp_path / "sample").parts[0].removesuffix("_data")
        warehouse.put(feed, path.name, path.read_bytes())
    result = warehouse.load()
    assert result.files["song"] == 15_000
    assert result.rows["songs"] == 15_000
