"""The meaning of the warehouse in plain Python, for the tests alone.

Written from the description of the semantics and not from the library: no SQL, no import of it.
All records are seen at once, so there is no order of arrival that could matter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

Record = Mapping[str, Any]
Row = tuple[Any, ...]

_EPOCH = dt.datetime(1970, 1, 1)


def star(events: Iterable[Record], songs: Iterable[Record]) -> dict[str, list[Row]]:
    """Return the rows of each table of the star, sorted; songplays without songplay_id."""
    events, songs = list(events), list(songs)
    catalogue = {song_id: _best(rows, _song_rank) for song_id, rows in _songs(songs).items()}
    artists = {artist_id: _best(rows, _artist_rank) for artist_id, rows in _artists(songs).items()}
    plays = [_play(best, catalogue, artists) for best in _distinct_plays(events)]
    return {
        "songplays": _sorted(plays),
        "users": _sorted(_users(events)),
        "songs": _sorted((song_id, *row) for song_id, row in catalogue.items()),
        "artists": _sorted((artist_id, *row) for artist_id, row in artists.items()),
        "time": _sorted(_calendar(moment) for moment in {play[0] for play in plays}),
    }


def _sorted(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=_nulls_last)


def _nulls_last(row: Row) -> list[tuple[bool, Any]]:
    return [(value is None, value) for value in row]


def _best(rows: set[Row], rank: Any) -> Row:
    return min(rows, key=rank)


# ---------------------------------------------------------------- the catalogue


def _songs(songs: list[Record]) -> dict[str, set[Row]]:
    """Every content that was offered for each song: title, artist_id, year, duration."""
    offered: dict[str, set[Row]] = {}
    for song in songs:
        content = (
            song.get("title") or None,
            song["artist_id"],
            song.get("year") or None,
            song.get("duration"),
        )
        offered.setdefault(song["song_id"], set()).add(content)
    return offered


def _song_rank(song: Row) -> Any:
    title, _, year, duration = song
    known = sum(value is not None for value in (title, year, duration))
    return -known, _nulls_last(song)


def _artists(songs: list[Record]) -> dict[str, set[Row]]:
    """Every content that was offered for each artist: name, location, latitude, longitude."""
    offered: dict[str, set[Row]] = {}
    for song in songs:
        content = (
            song.get("artist_name") or None,
            song.get("artist_location") or None,
            song.get("artist_latitude"),
            song.get("artist_longitude"),
        )
        offered.setdefault(song["artist_id"], set()).add(content)
    return offered


def _artist_rank(artist: Row) -> Any:
    name, location, latitude, longitude = artist
    known = (name is not None) + (location is not None)
    known += latitude is not None and longitude is not None
    return -known, _nulls_last(artist)


# ---------------------------------------------------------------- the users


def _users(events: list[Record]) -> Iterable[Row]:
    latest: dict[int, tuple[Any, Row]] = {}
    for event in events:
        if event.get("userId") in (None, ""):
            continue
        session, item = event.get("sessionId"), event.get("itemInSession")
        attributes = tuple(event.get(key) for key in ("firstName", "lastName", "gender", "level"))
        later_first = (
            -event["ts"],
            -(-1 if session is None else session),
            -(-1 if item is None else item),
            _nulls_last(attributes),
        )
        user_id = int(event["userId"])
        if user_id not in latest or later_first < latest[user_id][0]:
            latest[user_id] = later_first, attributes
    return ((user_id, *attributes) for user_id, (_, attributes) in latest.items())


# ---------------------------------------------------------------- the plays


def _distinct_plays(events: list[Record]) -> Iterable[Record]:
    """One record for each natural key: the smallest by its content."""
    offered: dict[Row, list[Record]] = {}
    for event in events:
        if event["page"] == "NextSong":
            key = int(event["userId"]), event["sessionId"], event["ts"]
            offered.setdefault(key, []).append(event)
    return (min(rivals, key=_play_rank) for rivals in offered.values())


def _play_rank(event: Record) -> Any:
    length = event.get("length")
    return (
        event.get("song") or "",
        event.get("artist") or "",
        float("-inf") if length is None else length,
        _nulls_last((event.get("level"), event.get("location"), event.get("userAgent"))),
    )


def _play(event: Record, catalogue: dict[str, Row], artists: dict[str, Row]) -> Row:
    song_id = min(
        (
            song_id
            for song_id, (title, artist_id, _, duration) in catalogue.items()
            if title is not None
            and title == event.get("song")
            and artists[artist_id][0] is not None
            and artists[artist_id][0] == event.get("artist")
            and duration is not None
            and duration == event.get("length")
        ),
        default=None,
    )
    return (
        _EPOCH + dt.timedelta(milliseconds=event["ts"]),
        int(event["userId"]),
        event.get("level"),
        song_id,
        None if song_id is None else catalogue[song_id][1],
        event["sessionId"],
        event.get("location"),
        event.get("userAgent"),
    )


def _calendar(moment: dt.datetime) -> Row:
    return (
        moment,
        moment.hour,
        moment.day,
        moment.isocalendar().week,
        moment.month,
        moment.year,
        moment.isoweekday() % 7,
    )
