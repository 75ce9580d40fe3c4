"""Very many files are listed by two processes; what comes out is what one would list."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from sparkify_dwh import helper_process
from sparkify_dwh.errors import SourceError
from sparkify_dwh.sources import Listing, second_lister
from sparkify_dwh.sources.folder_walk import FolderWalk
from sparkify_dwh.sources.local_folder import list_folder
from sparkify_dwh.sources.second_lister import SecondLister
from tests.load.cores import needs_two_cores

pytestmark = needs_two_cores

#: What each folder has besides data files, with their contents.
OTHERS = {".DS_Store": "x", "notes.txt": "x", "0.json": ""}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of folders with enough files for two processes."""
    monkeypatch.setattr(second_lister, "FILES_WORTH_A_PROCESS", 5)
    root = tmp_path / "songs in [A]"
    for folder in ("A/A", "A/B", "A-B", "B", "C/ünïcödé/new\nline", "D/%41", "D/\udcff", "E", "F"):
        path = root / folder
        path.mkdir(parents=True)
        for number in range(1, 5):
            (path / f"TR {number}.json").write_text("{}" * number)
        for name, content in OTHERS.items():
            (path / name).write_text(content)
        (path / "gone.json").symlink_to(path / "nothing there")
    return root


@pytest.fixture
def listed_by_second(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many folders each second process has listed."""
    folders = []
    give_back = SecondLister.give_back

    def spied(self: SecondLister, walk: FolderWalk) -> None:
        before = len(walk.found)
        give_back(self, walk)
        folders.append(len(walk.found) - before)

    monkeypatch.setattr(SecondLister, "give_back", spied)
    return folders


def by_one_process(root: Path, monkeypatch: pytest.MonkeyPatch) -> Listing:
    monkeypatch.setattr(second_lister, "FILES_WORTH_A_PROCESS", 1_000)
    return list_folder(str(root))


def test_two_processes_list_what_one_does(
    root: Path, listed_by_second: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    two = list_folder(str(root))
    assert listed_by_second[0] > 1
    assert two == by_one_process(root, monkeypatch)
    assert len(two.files) == 9 * 4
    assert [file.uri for file in two.files] == sorted(file.uri for file in two.files)
    assert {file.path for file in two.files} == {str(path) for path in root.rglob("TR*.json")}
    for file in two.files:
        status = Path(str(file.path)).stat()
        assert file.size == status.st_size
        assert file.fingerprint == f"{file.size:x}-{status.st_mtime_ns:x}-{status.st_ino:x}"
    reasons = ("hidden or marker file", "not a JSON file", "empty file", "dangling link")
    assert two.passed_over == Counter(dict.fromkeys(reasons, 9))


def test_links_to_folders_are_followed_by_the_first_process(
    root: Path, listed_by_second: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.json").write_text("{}")
    for folder in root.iterdir():
        (folder / "elsewhere").symlink_to(elsewhere)
        (folder / "above").symlink_to(root)
    two = list_folder(str(root))
    assert listed_by_second[0] == 0
    assert two == by_one_process(root, monkeypatch)
    assert len(two.files) == 9 * 4 + 1
    assert two.passed_over["link to a folder above"] == 6 + 7


@pytest.mark.parametrize("command", ["no such program", None, "/bin/false"])
def test_without_a_second_process_one_lists_all(
    root: Path, command: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helper_process.sys, "executable", command)
    assert len(list_folder(str(root)).files) == 9 * 4


def test_no_process_is_left_behind_when_listing_fails(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    take_share = SecondLister.take_share

    def fails_then(self: SecondLister, walk: FolderWalk) -> None:
        take_share(self, walk)
        if self._process is not None:
            started.append(self._process)
            raise SourceError("a folder cannot be listed")

    monkeypatch.setattr(SecondLister, "take_share", fails_then)
    with pytest.raises(SourceError):
        list_folder(str(root))
    assert started[0].returncode is not None
