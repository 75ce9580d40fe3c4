"""Batches that are made ready while the one before them is scanned."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sparkify_dwh.engines.connect import open_engine
from sparkify_dwh.errors import SourceChangedError
from sparkify_dwh.feeds.contract import LOG_FEED
from sparkify_dwh.settings import Settings
from sparkify_dwh.sources import SourceFile, list_files
from sparkify_dwh.staging import ahead, stage
from sparkify_dwh.staging.ahead import Lookahead
from sparkify_dwh.staging.bulk import Target
from sparkify_dwh.staging.fetch import within_reach
from sparkify_dwh.staging.spool import Spool, SpoolStopped
from sparkify_dwh.staging.stage import stage_feeds
from sparkify_dwh.staging.verdict import StagedFile
from tests.load.records import play, song
from tests.load.warehouse import DuckDBWarehouse, json_lines

#: No thread of these tests takes a fraction of it, unless it waits for ever.
SECONDS = 20


@pytest.fixture
def batches(tmp_path: Path) -> list[list[StagedFile]]:
    """Return three batches of one tiny file each; the first one holds a text like a number."""
    folder = tmp_path / "log"
    folder.mkdir()
    for number, name in enumerate(("1984", "Ann", "Bob")):
        record = play(ts=1541105830796 + number, firstName=name)
        (folder / f"{number}.json").write_bytes(json_lines([record]))
    listed = list_files(str(folder), setting="SPARKIFY_LOG_DATA").files
    return [[StagedFile(file, number)] for number, file in enumerate(listed, start=1)]


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    parent = tmp_path / "spools"
    parent.mkdir()
    with Spool(parent) as spool:
        yield spool


def awaited(folder: Path, pattern: str) -> list[Path]:
    """Wait for the folder to have files like the pattern."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found = sorted(folder.glob(pattern))
        if found:
            return found
        time.sleep(0.001)
    raise AssertionError(f"no {pattern} came")


def test_next_batch_is_made_ready_while_one_is_in_use(
    batches: list[list[StagedFile]], spool: Spool
) -> None:
    with Lookahead(batches, spool) as lookahead:
        with lookahead.batch() as (first, sorted_files):
            assert [staged.file_id for staged, _ in sorted_files.joined] == [1]
            mine = {Path(path) for path, _ in sorted_files.joined_paths}
            (room,) = {path for path in spool.folder.iterdir() if path != first.folder}
            others = awaited(room, "*-joined.json")
            assert not mine.intersection(others)
        assert not first.folder.exists()
        with lookahead.batch() as (second, sorted_files):
            assert second.folder == room
            assert sorted_files.joined_paths == [(str(path), 0) for path in others]
            assert [staged.file_id for staged, _ in sorted_files.joined] == [2]
        with lookahead.batch() as (_, sorted_files):
            assert [staged.file_id for staged, _ in sorted_files.joined] == [3]
        with pytest.raises(LookupError), lookahead.batch():
            pass
    assert not any(spool.folder.iterdir())


def test_error_is_raised_when_the_batch_is_taken(
    batches: list[list[StagedFile]], spool: Spool
) -> None:
    path = batches[1][0].file.path
    assert path is not None
    Path(path).unlink()
    with Lookahead(batches, spool) as lookahead:
        with lookahead.batch() as (_, sorted_files):
            assert len(sorted_files.joined) == 1
        with pytest.raises(SourceChangedError, match=r"1\.json vanished"), lookahead.batch():
            pass
    assert not any(spool.folder.iterdir())


@pytest.mark.parametrize("in_use", [True, False])
def test_whoever_leaves_stops_what_is_on_its_way(
    in_use: bool,
    batches: list[list[StagedFile]],
    spool: Spool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A load that fails or is stopped does not wait for a batch that nobody will scan."""
    endings: list[BaseException] = []
    began = threading.Event()
    slow = batches[1] if in_use else batches[0]

    @contextmanager
    def within_reach(files: list[StagedFile], room: Spool) -> Iterator[None]:
        if files is slow:
            began.set()
            deadline = time.monotonic() + SECONDS
            while not room.is_stopped and time.monotonic() < deadline:
                time.sleep(0.001)
        yield

    sort = Spool.sort

    def sorting(room: Spool, files: list[StagedFile], head_start: None) -> object:
        try:
            return sort(room, files, head_start)
        except BaseException as error:
            endings.append(error)
            raise

    class Stop(BaseException):
        pass

    def interrupted(future: object) -> object:
        """Be stopped by a signal while the first batch is waited for."""
        del future
        raise Stop

    monkeypatch.setattr(ahead, "within_reach", within_reach)
    monkeypatch.setattr(Spool, "sort", sorting)

    def load() -> None:
        with Lookahead(batches, spool) as lookahead:
            if not in_use:
                monkeypatch.setattr(ahead.Future, "result", interrupted)
            with lookahead.batch():
                assert began.wait(SECONDS)
                raise Stop

    with pytest.raises(Stop):
        load()
    assert began.is_set()
    assert [type(ending) for ending in endings] == [SpoolStopped]
    assert not any(spool.folder.iterdir())


def test_nothing_is_fetched_into_a_spool_that_was_stopped(spool: Spool) -> None:
    """An object that nobody could fetch: whoever tried would be told so."""
    remote = StagedFile(SourceFile("s3://no-such-bucket/a.json", 8, "etag"), 1)
    spool.stop()
    with pytest.raises(SpoolStopped), within_reach([remote], spool):
        pass
    assert remote.file.content is None


def test_songs_are_joined_while_the_log_is_scanned(
    duckdb_warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    duckdb_warehouse.put("log", "a.json", [play()])
    duckdb_warehouse.put("song", "a.json", [song(song_id="SOTHISONE")])
    spools = tmp_path / "spools"
    spools.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spools))

    def progress(step: str, count: int = 0, /) -> None:
        del count
        if step == "scan log files":
            deadline = time.monotonic() + SECONDS
            while not any("SOTHISONE" in text for text in texts()) and time.monotonic() < deadline:
                time.sleep(0.001)
            joined.extend(texts())

    def texts() -> list[str]:
        return [path.read_text() for path in spools.glob("*/*/*-joined.json")]

    joined: list[str] = []
    assert duckdb_warehouse.load(progress=progress).status == "loaded"
    assert any("SOTHISONE" in text for text in joined)


@pytest.mark.parametrize("in_file", [True, False])
def test_what_was_doubtful_in_one_batch_is_not_in_the_next(
    in_file: bool,
    batches: list[list[StagedFile]],
    spool: Spool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The texts of all batches lie in one table, and are judged with each of them."""
    monkeypatch.setattr(stage, "batches", lambda files: [[staged] for staged in files])
    files = [staged for batch in batches for staged in batch]
    engine = open_engine(Settings.resolve(database_url="duckdb:///:memory:"))
    with engine.connect() as connection:
        with connection.begin():
            LOG_FEED.table.create(connection)
        stage_feeds(
            connection,
            {Target(LOG_FEED, LOG_FEED.table, in_file=in_file): files},
            spool=spool,
            progress=lambda step, count: None,
        )
        with connection.begin():
            names = connection.execute(
                LOG_FEED.table.select()
                .with_only_columns(LOG_FEED.table.c.file_id, LOG_FEED.table.c.first_name)
                .order_by(LOG_FEED.table.c.file_id)
            ).all()
    assert names == [(1, "1984"), (2, "Ann"), (3, "Bob")]
    assert [staged.is_exact for staged in files] == [True, False, False]
