"""Good records of both feeds, to begin with: a test changes what it is about."""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]

#: A moment that is not on a full second.
TS = 1_541_105_830_796


def play(**changes: Any) -> Record:
    """A play, its keys in the feed's order."""
    record = {
        "artist": "Des'ree",
        "auth": "Logged In",
        "firstName": "Kaylee",
        "gender": "F",
        "itemInSession": 1,
        "lastName": "Summers",
        "length": 246.30812,
        "level": "free",
        "location": "Phoenix-Mesa-Scottsdale, AZ",
        "method": "PUT",
        "page": "NextSong",
        "registration": 1_540_344_794_796.0,
        "sessionId": 139,
        "song": "You Gotta Be",
        "status": 200,
        "ts": TS,
        "userAgent": '"Mozilla/5.0 (Windows NT 6.1; WOW64)"',
        "userId": "8",
    }
    return {**record, **changes}


def visit(**changes: Any) -> Record:
    """A record that is no play, of a user who is logged out."""
    nothing = dict.fromkeys(("artist", "firstName", "gender", "lastName", "length", "song"))
    logged_out = {"auth": "Logged Out", "page": "Home", "userId": "", "registration": None}
    return play(**nothing | logged_out | changes)


def song(**changes: Any) -> Record:
    """The song of the play, as the catalogue has it."""
    record = {
        "num_songs": 1,
        "artist_id": "ARDESREE",
        "artist_latitude": 51.50632,
        "artist_longitude": -0.12714,
        "artist_location": "London, England",
        "artist_name": "Des'ree",
        "song_id": "SOGOTTABE",
        "title": "You Gotta Be",
        "duration": 246.30812,
        "year": 1994,
    }
    return {**record, **changes}
