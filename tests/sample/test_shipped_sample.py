"""The shipped sample is what the generator writes, and has what the examples need."""

import json
from collections import Counter, defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from sparkify_dwh.sample import SHIPPED, generate, sample_path

Record = dict[str, Any]


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def events() -> list[Record]:
    paths = sorted((sample_path() / "log_data").rglob("*.json"))
    return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def songs() -> list[Record]:
    paths = sorted((sample_path() / "song_data").rglob("*.json"))
    return [json.loads(path.read_text()) for path in paths]


def test_the_shipped_bytes_are_those_of_the_generator(tmp_path: Path) -> None:
    generate(tmp_path, **asdict(SHIPPED))
    assert contents(sample_path()) == contents(tmp_path)


def test_it_is_small(events: list[Record], songs: list[Record]) -> None:
    assert (len(events), len(songs)) == (SHIPPED.events, SHIPPED.songs) == (6_000, 120)
    assert sum(map(len, contents(sample_path()).values())) < 3_000_000


def test_its_files_are_one_a_day_and_one_a_song() -> None:
    names = Counter(Path(name).parts[0] for name in contents(sample_path()))
    assert names == {"log_data": 60, "song_data": 120, "log_json_path.json": 1}


def test_most_plays_are_of_songs_in_the_catalogue(
    events: list[Record], songs: list[Record]
) -> None:
    catalogue = {(song["title"], song["artist_name"], song["duration"]) for song in songs}
    plays = [event for event in events if event["page"] == "NextSong"]
    known = sum((one["song"], one["artist"], one["length"]) in catalogue for one in plays)
    assert 0.80 < known / len(plays) < 0.85


def test_it_has_users_of_both_levels_and_changes_of_the_level(events: list[Record]) -> None:
    latest = {event["userId"]: event["level"] for event in events if event["userId"]}
    assert 75 <= len(latest) <= 90
    assert Counter(latest.values())["paid"] >= 15
    pages = Counter(event["page"] for event in events)
    assert pages["Submit Upgrade"] >= 3
    assert pages["Submit Downgrade"] >= 2


def test_it_has_the_corners_of_a_catalogue(songs: list[Record]) -> None:
    ids = defaultdict(set)
    for song in songs:
        ids[song["artist_name"]].add(song["artist_id"])
    keys = Counter((song["title"], song["artist_name"], song["duration"]) for song in songs)
    assert any(len(of_name) > 1 for of_name in ids.values())
    assert max(keys.values()) > 1
    assert any(song["year"] == 0 for song in songs)
    assert any(song["artist_location"] == "" for song in songs)
    assert any(not song["title"].isascii() for song in songs)
    assert any(ord(character) > 0xFFFF for song in songs for character in song["title"])
