"""The bulk scan never takes for good what the exact reader rejects."""

import json

import pytest

from sparkify_dwh import schema
from sparkify_dwh.load import load
from sparkify_dwh.settings import Settings

SONG = {
    "num_songs": 1,
    "artist_id": "AR1",
    "artist_latitude": None,
    "artist_longitude": None,
    "artist_location": "",
    "artist_name": "The Name",
    "song_id": "SO1",
    "title": "The Title",
    "duration": 200.5,
    "year": 2001,
}


def rejected(tmp_path, text: str) -> int:
    songs, logs = tmp_path / "songs", tmp_path / "logs"
    songs.mkdir()
    logs.mkdir()
    (songs / "good.json").write_text(json.dumps(SONG))
    (songs / "song.json").write_text(text)
    (logs / "log.json").write_text('{"ts": 1541105830796, "page": "Home"}')
    settings = Settings.resolve(
        database_url=f"duckdb:///{tmp_path}/w.duckdb", song_data=str(songs), log_data=str(logs)
    )
    schema.upgrade(settings)
    return load(settings, max_errors=5).rejected


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "-Infinity",
        "[1, NaN]",
        "[1, 2,]",
        '{"a": 1,}',
        "[" * 201 + "]" * 201,
        '{"a":' * 201 + "1" + "}" * 201,
    ],
    ids=lambda value: value[:12],
)
def test_an_unknown_key_with_what_json_does_not_have_is_rejected(tmp_path, value) -> None:
    text = json.dumps(SONG)[:-1] + f', "extra": {value}}}'
    assert rejected(tmp_path, text) == 1


@pytest.mark.parametrize("value", ['"Inf, nan"', "[[1, 2], {}]", "[" * 150 + "]" * 150, "null"])
def test_an_unknown_key_with_any_json_value_is_accepted(tmp_path, value) -> None:
    text = json.dumps(SONG)[:-1] + f', "extra": {value}}}'
    assert rejected(tmp_path, text) == 0
