"""Local folders: every name is a name, and what is no data file is passed over and counted."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from sparkify_dwh.errors import ConfigurationError, SourceChangedError, SourceError
from tests.bad_input.corpus import lines
from tests.load.records import TS, play, song, visit
from tests.load.warehouse import DuckDBWarehouse

NAMES = [
    "with space.json",
    "quote's.json",
    'double"quote.json',
    "plus+plus.json",
    "percent%2Fslash.json",
    "percent%s%(a)s.json",
    "ünïcödé.json",
    "emoji 😀.json",
    "star*.json",
    "star**.json",
    "question?.json",
    "bracket[1].json",
    "bracket[.json",
    "bracket].json",
    "brace{a,b}.json",
    "-leading.json",
    "~tilde.json",
    "$HOME.json",
    "back\\slash.json",
    "new\nline.json",
    "semi;colon&and.json",
    "hash#mark.json",
    "colon:name.json",
    "UPPER.JSON",
    "a.jsonl",
    "b.ndjson",
    "no extension before.gz",
    "x" * 240 + ".json",
]


@pytest.fixture
def warehouse(duckdb_warehouse: DuckDBWarehouse) -> DuckDBWarehouse:
    duckdb_warehouse.put("song", "a.json", [song()])
    duckdb_warehouse.put("log", "a.json", [play()])
    return duckdb_warehouse


@pytest.mark.parametrize("size", ["tiny", "large"])
def test_file_is_loaded_under_whatever_name(warehouse: DuckDBWarehouse, size: str) -> None:
    more = [] if size == "tiny" else [visit(ts=TS + number) for number in range(800)]
    expected = {}
    for number, name in enumerate(NAMES, start=1):
        warehouse.put("log", f"in a [folder]*/{name}", [play(ts=TS + number), *more])
        expected[warehouse.uri("log", f"in a [folder]*/{name}")] = TS + number
    warehouse.load()
    found = dict(
        warehouse.rows(
            "SELECT f.uri, min(s.ts) FROM staging_events s JOIN load_files f USING (file_id) "
            f"WHERE s.page = 'NextSong' AND s.ts > {TS} GROUP BY f.uri"
        )
    )
    assert found == expected
    assert warehouse.load().status == "nothing_to_do"


@pytest.mark.parametrize("size", ["tiny", "large"])
def test_name_that_looks_like_a_pattern_matches_no_other_file(
    warehouse: DuckDBWarehouse, size: str
) -> None:
    more = [] if size == "tiny" else [visit(ts=TS + number) for number in range(800)]
    for name in ("day[12].json", "day1.json", "day2.json", "day?.json", "*.json"):
        warehouse.put("log", name, [play(ts=TS + hash(name) % 1000 + 1), *more])
    result = warehouse.load()
    assert result.read["log"] == 1 + 5 * (1 + len(more))


def test_name_that_is_no_utf8_is_loaded(warehouse: DuckDBWarehouse) -> None:
    folder = os.fsencode(warehouse.place("log"))
    for name, moment in ((b"latin-\xe9.json", TS + 1), (b"large-\xe9.json", TS + 2)):
        more = [visit()] * 800 if name.startswith(b"large") else []
        Path(os.fsdecode(folder + b"/" + name)).write_bytes(lines(play(ts=moment), *more))
    warehouse.load()
    assert len(warehouse.star()["songplays"]) == 3


def test_other_files_are_passed_over_and_counted(warehouse: DuckDBWarehouse) -> None:
    folder = Path(warehouse.place("log"))
    for name in (".DS_Store", "_SUCCESS", ".hidden.json", "notes.txt", "data.json.bak"):
        (folder / name).write_text("not data")
    (folder / "empty.json").touch()
    (folder / "dangling.json").symlink_to(folder / "nowhere")
    (folder / "directory.json").mkdir()
    os.mkfifo(folder / "pipe.json")
    with socket.socket(socket.AF_UNIX) as listener:
        cwd = Path.cwd()
        os.chdir(folder)  # the path of a socket has to be short
        listener.bind("socket.json")
        os.chdir(cwd)
        result = warehouse.load()
    assert result.files["log"] == 1
    assert result.passed_over == {
        "hidden or marker file": 3,
        "not a JSON file": 2,
        "empty file": 1,
        "dangling link": 1,
        "not a regular file": 2,
    }


def test_directory_with_the_name_of_a_file_is_a_directory(warehouse: DuckDBWarehouse) -> None:
    warehouse.put("log", "x.json/y.json", [play(ts=TS + 1)])
    assert warehouse.load().files["log"] == 2


def test_links_are_followed_and_circles_left(warehouse: DuckDBWarehouse, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "b.json").write_bytes(lines(play(ts=TS + 1)))
    folder = Path(warehouse.place("log"))
    (folder / "linked").symlink_to(elsewhere)
    (folder / "link.json").symlink_to(elsewhere / "b.json")
    (folder / "circle").symlink_to(folder)
    (elsewhere / "back").symlink_to(folder)
    result = warehouse.load()
    assert len(warehouse.star()["songplays"]) == 2
    assert result.files["log"] == 3


@pytest.mark.parametrize("feed", ["log", "song"])
def test_missing_folder_is_a_clear_error(warehouse: DuckDBWarehouse, feed: str) -> None:
    with pytest.raises(SourceError, match="no such folder does not exist") as caught:
        warehouse.load(**{f"{feed}_data": "no such folder"})
    assert caught.value.exit_code == 1
    assert warehouse.runs() == []


def test_file_in_place_of_a_folder_is_a_clear_error(warehouse: DuckDBWarehouse) -> None:
    path = warehouse.path("log", "a.json")
    with pytest.raises(SourceError, match="is not a folder"):
        warehouse.load(log_data=str(path))


def test_folder_without_data_files_is_no_success(
    warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "readme.txt").write_text("nothing")
    with pytest.raises(SourceError, match=r"SPARKIFY_SONG_DATA.*holds no data file \(1 others"):
        warehouse.load(song_data=str(tmp_path / "empty"))


@pytest.mark.parametrize(
    "place", ["ftp://host/x/", "https://host/x/", "S3://bucket/x/", "file:///x"]
)
def test_other_places_are_refused(warehouse: DuckDBWarehouse, place: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        warehouse.load(log_data=place)
    assert caught.value.exit_code == 2
    assert "SPARKIFY_LOG_DATA" in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_cannot_be_read_is_a_clear_error(warehouse: DuckDBWarehouse, what: str) -> None:
    warehouse.put("log", "closed/b.json", [play()])
    path = warehouse.path("log", "closed" if what == "folder" else "closed/b.json")
    path.chmod(0)
    try:
        with pytest.raises(SourceError, match="Permission denied"):
            warehouse.load()
    finally:
        path.chmod(0o700)


@pytest.mark.parametrize("size", ["tiny", "large"])
@pytest.mark.parametrize("event", ["changed", "vanished"])
def test_file_that_changes_while_it_is_read_fails_the_load(
    warehouse: DuckDBWarehouse, event: str, size: str
) -> None:
    more = [] if size == "tiny" else [visit()] * 800
    warehouse.put("log", "b.json", [play(ts=TS + 1), *more])
    path = warehouse.path("log", "b.json")

    def interfere(step: str, count: int = 0, /) -> None:
        if step == "read log files":
            if event == "vanished":
                path.unlink()
            else:
                path.write_bytes(path.read_bytes() + lines(play(ts=TS + 2)))

    with pytest.raises(SourceChangedError, match=r"b\.json") as caught:
        warehouse.load(progress=interfere)
    assert event in str(caught.value)
    assert warehouse.runs() == []
    result = warehouse.load()
    assert result.inserted["songplays"] == {"changed": 3, "vanished": 1}[event]


def test_tilde_is_the_home_folder(
    warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(warehouse.folder))
    assert warehouse.load(log_data="~/log_data").files["log"] == 1


def test_relative_folder_is_the_same_as_its_absolute_path(
    warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.load()
    monkeypatch.chdir(warehouse.folder)
    result = warehouse.load(log_data="log_data", song_data="./song_data/")
    assert result.status == "nothing_to_do"
