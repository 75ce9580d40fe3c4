"""Tiny files are read in groups, each to its end, and each proven to be the one that was listed."""

import os
from pathlib import Path

import pytest

from sparkify_dwh.errors import SourceChangedError, SourceError
from sparkify_dwh.sources import SourceFile
from sparkify_dwh.sources.folder_walk import fingerprint
from sparkify_dwh.sources.local_folder import list_folder
from sparkify_dwh.staging.tiny import contents
from sparkify_dwh.staging.verdict import StagedFile

#: More than are open at once.
MANY = 300


def listed(folder: Path) -> list[StagedFile]:
    files = list_folder(str(folder)).files
    return [StagedFile(file, number) for number, file in enumerate(files, start=1)]


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def fill(folder: Path) -> list[Path]:
    paths = [folder / f"{number:03d}.json" for number in range(MANY)]
    for number, path in enumerate(paths):
        path.write_bytes(b"%d" % number * (number % 7 + 1))
    return paths


def test_all_files_come_in_order_with_all_their_bytes(tmp_path: Path) -> None:
    paths = fill(tmp_path)
    before = open_descriptors()
    read = [(staged.file.path, content) for staged, content in contents(listed(tmp_path))]
    assert read == [(str(path), path.read_bytes()) for path in paths]
    assert open_descriptors() == before


@pytest.mark.skipif(not hasattr(os, "RWF_NOWAIT"), reason="the system does not tell")
@pytest.mark.parametrize("are_cached", [True, False])
def test_the_system_is_told_of_files_that_it_has_to_fetch(
    are_cached: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = fill(tmp_path)
    for path in paths:
        if not are_cached:
            drop_from_cache(path)
    told: list[int] = []
    advise = os.posix_fadvise

    def spied(descriptor: int, offset: int, length: int, advice: int) -> None:
        told.append(advice)
        advise(descriptor, offset, length, advice)

    monkeypatch.setattr(os, "posix_fadvise", spied)
    read = [content for _, content in contents(listed(tmp_path))]
    assert told == ([] if are_cached else [os.POSIX_FADV_WILLNEED] * MANY)
    assert read == [path.read_bytes() for path in paths]


def drop_from_cache(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def test_who_stops_early_leaves_no_file_open(tmp_path: Path) -> None:
    fill(tmp_path)
    before = open_descriptors()
    reading = contents(listed(tmp_path))
    next(reading)
    assert open_descriptors() > before
    reading.close()
    assert open_descriptors() == before


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 1000])
def test_whatever_the_first_read_gives_the_whole_file_is_read(size: int, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"0123456789")
    file = SourceFile("file:///a.json", size, fingerprint(path.stat()), str(path))
    assert [content for _, content in contents([StagedFile(file, 1)])] == [b"0123456789"]


@pytest.mark.parametrize("position", [0, 150, MANY - 1])
def test_a_file_that_grew_is_not_the_one_that_was_listed(position: int, tmp_path: Path) -> None:
    paths = fill(tmp_path)
    files = listed(tmp_path)
    paths[position].write_bytes(bytes(range(256)) * 10_000)
    before = open_descriptors()
    with pytest.raises(SourceChangedError, match=rf"{paths[position].name} changed"):
        list(contents(files))
    assert open_descriptors() == before


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    paths = fill(tmp_path)
    files = listed(tmp_path)
    paths[170].unlink()
    before = open_descriptors()
    with pytest.raises(SourceChangedError, match=r"170\.json vanished"):
        list(contents(files))
    assert open_descriptors() == before


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "folder.json"
    folder.mkdir()
    file = SourceFile("file:///folder.json", 1, fingerprint(folder.stat()), str(folder))
    with pytest.raises(SourceError, match=r"folder\.json cannot be read: Is a directory"):
        list(contents([StagedFile(file, 1)]))


def test_what_was_fetched_is_passed_on_between_the_others(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"local")
    files = listed(tmp_path)
    fetched = SourceFile("s3://bucket/b.json", 7, "etag", content=b"fetched")
    read = contents([files[0], StagedFile(fetched, 2), files[0]])
    assert [content for _, content in read] == [b"local", b"fetched", b"local"]
