"""Very many tiny files are read by two processes; what comes out is what one would read."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from sparkify_dwh import helper_process
from sparkify_dwh.errors import SourceChangedError
from sparkify_dwh.feeds.record_line import FILE_TAG
from sparkify_dwh.sources import SourceFile, list_files
from sparkify_dwh.staging import second_reader
from sparkify_dwh.staging.second_reader import SecondReader
from sparkify_dwh.staging.spool import Sorted, Spool
from sparkify_dwh.staging.verdict import StagedFile
from tests.load.cores import needs_two_cores
from tests.load.records import play, song
from tests.load.warehouse import DuckDBWarehouse

pytestmark = needs_two_cores

#: Contents that are not one record in one line, each at some place in both shares.
ODD = (
    b'{"a": 1}\n{"a": 2}\n',
    b'{\n"a": 1\n}',
    b'\xef\xbb\xbf{"a": 1}',
    gzip.compress(b'{"a": 1}'),
    b'{"a": 1,}',
    b'{"a": "\\u00e9 \xc3\xa9"}  \n',
    b"no record",
    b"{}",
)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[StagedFile]:
    """Some tiny files, enough for two processes."""
    monkeypatch.setattr(second_reader, "FILES_WORTH_A_PROCESS", 20)
    folder = tmp_path / "with space and ünïcödé\n"
    folder.mkdir()
    for number in range(100):
        content = ODD[number // 2 % len(ODD)] if number % 2 else b'{"a": %d}\n' % number
        (folder / f"{number:03d}.json").write_bytes(content)
    listed = list_files(str(folder), setting="SPARKIFY_SONG_DATA").files
    return [StagedFile(file, number) for number, file in enumerate(listed, start=1)]


def what(found: Sorted) -> tuple[list[tuple[int, int]], list[int], list[tuple[int, str]]]:
    lines = [
        line for path, _ in found.joined_paths for line in Path(path).read_bytes().splitlines()
    ]
    records = []
    for line in lines:
        text = line.decode()
        end = text.index(",")
        records.append((int(text[len(f'{{"{FILE_TAG}":') : end]), text[end:]))
    return (
        sorted((staged.file_id, records) for staged, records in found.joined),
        sorted(staged.file_id for staged in found.exact),
        sorted(records),
    )


def test_two_processes_join_what_one_does(
    files: list[StagedFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[int] = []
    result = SecondReader.result

    def spied(self: SecondReader) -> object:
        found = result(self)
        used.append(len(self.share) - len(found[1]))
        return found

    monkeypatch.setattr(SecondReader, "result", spied)
    with Spool() as spool:
        two = what(spool.sort(files))
    monkeypatch.setattr(second_reader, "FILES_WORTH_A_PROCESS", 1_000)
    with Spool() as spool:
        one = what(spool.sort(files))
    assert two == one
    assert len(one[2]) > len(files) / 2
    assert used[0] > len(files) / 4  # the second process has joined some
    assert used[1] == 0


@pytest.mark.parametrize("place", [0, 99])
def test_file_that_changed_fails_the_load_in_its_words(files: list[StagedFile], place: int) -> None:
    path = files[place].file.path
    assert path is not None
    Path(path).write_bytes(b'{"a": "another"}')
    with Spool() as spool, pytest.raises(SourceChangedError, match=rf"{place:03d}\.json.*changed"):
        spool.sort(files)


@pytest.mark.parametrize("command", ["no such program", None])
def test_without_a_second_process_one_reads_all(
    files: list[StagedFile], command: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helper_process.sys, "executable", command)
    with Spool() as spool:
        found = what(spool.sort(files))
    assert len(found[0]) + len(found[1]) == len(files)


def test_objects_that_were_fetched_are_read_by_one_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(second_reader, "FILES_WORTH_A_PROCESS", 1)
    fetched = StagedFile(SourceFile("s3://bucket/a.json", 8, "etag", content=b'{"a": 1}'), 1)
    assert not SecondReader([fetched], tmp_path / "share").share


def test_no_process_is_left_behind_when_a_load_fails(
    files: list[StagedFile], tmp_path: Path
) -> None:
    started = []

    def interrupted() -> None:
        with SecondReader(files, tmp_path / "share") as second:
            started.append(second._process)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert started[0].returncode is not None


def test_load_is_the_same(
    duckdb_warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_reader, "FILES_WORTH_A_PROCESS", 10)
    for number in range(40):
        record = song(song_id=f"SO{number}", title=f"Title {number}")
        duckdb_warehouse.put("song", f"{number}.json", [record] * (1 + number % 3))
    duckdb_warehouse.put("log", "a.json", [play()])
    result = duckdb_warehouse.load()
    assert result.inserted["songs"] == 40
    assert {row[0] for row in duckdb_warehouse.star()["songs"]} == {f"SO{n}" for n in range(40)}
