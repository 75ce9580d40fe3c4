"""The song feed keeps the contract of the real one, and its catalogue is worth a report."""

import json
import re
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sparkify_dwh.sample import generate

Record = dict[str, Any]

KEYS = [
    "num_songs",
    "artist_id",
    "artist_latitude",
    "artist_longitude",
    "artist_location",
    "artist_name",
    "song_id",
    "title",
    "duration",
    "year",
]


def match_key(record: Record) -> tuple[str, str, float]:
    """Return what a play and its song in the catalogue have in common."""
    if "song_id" in record:
        return record["title"], record["artist_name"], record["duration"]
    return record["song"], record["artist"], record["length"]


def test_a_record_is_written_as_the_real_feed_writes_it(read_back: Any) -> None:
    for lines in read_back.song_lines.values():
        assert lines == [json.dumps(json.loads(line)) for line in lines]


def test_every_field_has_its_type(songs: list[Record]) -> None:
    for song in songs:
        assert list(song) == KEYS
        assert song["num_songs"] == 1
        assert type(song["duration"]) is float
        assert 0 < song["duration"] < 1_000
        assert type(song["year"]) is int
        assert song["year"] == 0 or 1950 < song["year"] <= 2018
        for key in ("artist_location", "artist_name", "title"):
            assert type(song[key]) is str
        position = (song["artist_latitude"], song["artist_longitude"])
        if position != (None, None):
            assert all(type(degrees) is float for degrees in position)
            assert -90 <= position[0] <= 90
            assert -180 <= position[1] <= 180


def test_ids_look_like_the_real_ones_and_are_unique(songs: list[Record], read_back: Any) -> None:
    for song in songs:
        assert re.fullmatch(r"SO[A-Z]{5}[0-9A-F]{11}", song["song_id"])
        assert re.fullmatch(r"AR[A-Z]{5}[0-9A-F]{11}", song["artist_id"])
    assert len({song["song_id"] for song in songs}) == len(songs) == 400
    assert len({path.name for path in read_back.song_lines}) == 400


def test_a_file_lies_in_the_folder_of_its_letters(read_back: Any) -> None:
    folders: Counter[Path] = Counter()
    for path in read_back.song_lines:
        assert re.fullmatch(r"TR[A-Z]{5}[0-9A-F]{11}\.json", path.name)
        folder = read_back.folder / "song_data" / path.name[2] / path.name[3] / path.name[4]
        assert path.parent == folder
        folders[folder] += 1
    assert len(folders) > 8
    assert max(folders.values()) < 2 * min(folders.values())


@pytest.mark.parametrize(("songs_per_file", "files"), [(1, 25), (10, 3), (25, 1), (1000, 1)])
def test_a_file_holds_as_many_songs_as_asked(
    tmp_path: Path, songs_per_file: int, files: int
) -> None:
    summary = generate(tmp_path, events=10, songs=25, songs_per_file=songs_per_file)
    paths = list((tmp_path / "song_data").rglob("*.json"))
    counts = sorted(len(path.read_text().splitlines()) for path in paths)
    assert summary.song_files == len(paths) == files
    assert sum(counts) == summary.songs == 25
    assert counts[-1] == min(songs_per_file, 25)


def test_an_artist_has_one_name_and_some_names_are_shared(songs: list[Record]) -> None:
    names = defaultdict(set)
    artists = defaultdict(set)
    for song in songs:
        names[song["artist_id"]].add(song["artist_name"])
        artists[song["artist_name"]].add(song["artist_id"])
    assert all(len(of_artist) == 1 for of_artist in names.values())
    assert any(len(of_name) > 1 for of_name in artists.values())


def test_a_few_artists_have_many_songs(songs: list[Record], read_back: Any) -> None:
    counts = Counter(song["artist_id"] for song in songs)
    assert len(counts) == read_back.summary.artists
    assert counts.most_common(1)[0][1] >= 8
    assert sum(count == 1 for count in counts.values()) > len(counts) / 3


def test_some_records_know_less_of_an_artist_than_others(songs: list[Record]) -> None:
    locations = defaultdict(set)
    for song in songs:
        locations[song["artist_id"]].add(song["artist_location"])
    assert any(len(known) == 2 and "" in known for known in locations.values())


def test_what_may_be_unknown_is_so_at_times(songs: list[Record]) -> None:
    assert 0.2 < sum(song["year"] == 0 for song in songs) / len(songs) < 0.6
    assert 0.2 < sum(song["artist_location"] == "" for song in songs) / len(songs) < 0.6
    assert 0.3 < sum(song["artist_latitude"] is None for song in songs) / len(songs) < 0.7
    assert any(song["artist_location"] and song["artist_latitude"] is None for song in songs)


def test_some_songs_come_under_two_ids(songs: list[Record]) -> None:
    assert max(Counter(map(match_key, songs)).values()) > 1


def test_titles_hold_what_has_to_be_escaped(songs: list[Record]) -> None:
    titles = "".join(song["title"] for song in songs)
    assert {"/", '"', "'"} <= set(titles)
    assert any(ord(character) > 0xFFFF for character in titles)


def test_the_usual_share_of_plays_is_of_unknown_songs(
    songs: list[Record], plays: list[Record]
) -> None:
    catalogue = set(map(match_key, songs))
    unknown = sum(match_key(play) not in catalogue for play in plays)
    assert 0.16 < unknown / len(plays) < 0.20


def test_some_unknown_songs_miss_a_song_by_one_field_only(
    songs: list[Record], plays: list[Record]
) -> None:
    catalogue = set(map(match_key, songs))
    unknown = set(map(match_key, plays)) - catalogue
    for fields in [(0, 1), (0, 2)]:
        known = {tuple(key[field] for field in fields) for key in catalogue}
        assert any(tuple(key[field] for field in fields) in known for key in unknown)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_share_of_unknown_songs_is_as_asked(tmp_path: Path, share: float) -> None:
    generate(tmp_path, events=3_000, songs=50, unknown_share=share)
    paths = sorted((tmp_path / "song_data").rglob("*.json"))
    catalogue = {match_key(json.loads(path.read_text())) for path in paths}
    lines = [
        line
        for path in (tmp_path / "log_data").rglob("*.json")
        for line in path.read_text().splitlines()
        if '"page":"NextSong"' in line
    ]
    unknown = sum(match_key(json.loads(line)) not in catalogue for line in lines)
    assert unknown / len(lines) == pytest.approx(share, abs=0.05)


def test_popularity_has_a_long_tail(plays: list[Record]) -> None:
    counts = [count for _, count in Counter(map(match_key, plays)).most_common()]
    assert sum(counts[:20]) > 0.15 * sum(counts)
    assert sum(counts[len(counts) // 2 :]) > 0.1 * sum(counts)
    assert all(one >= next_one for one, next_one in pairwise(counts))
