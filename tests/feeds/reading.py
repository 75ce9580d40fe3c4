"""Records to feed the exact reader with, and what it says about them."""

import io
import json
from collections.abc import Callable
from typing import Any

from sparkify_dwh.feeds.contract import LOG_FEED, SONG_FEED, Feed
from sparkify_dwh.feeds.exact import Accepted, read_records
from sparkify_dwh.feeds.reject import Reason, Reject

URI = "file:///in/log.json"

PLAY: dict[str, Any] = {
    "artist": "Sydney Youngblood",
    "auth": "Logged In",
    "firstName": "Jacob",
    "gender": "M",
    "itemInSession": 53,
    "lastName": "Klein",
    "length": 238.07955,
    "level": "paid",
    "location": "Tampa-St. Petersburg-Clearwater, FL",
    "method": "PUT",
    "page": "NextSong",
    "registration": 1540558108796.0,
    "sessionId": 954,
    "song": "Ain't No Sunshine",
    "status": 200,
    "ts": 1543449657796,
    "userAgent": '"Mozilla/5.0 (Macintosh)"',
    "userId": "73",
}
HOME = {**PLAY, "page": "Home", "artist": None, "length": None, "song": None}
SONG: dict[str, Any] = {
    "num_songs": 1,
    "artist_id": "ARD7TVE1187B99BFB1",
    "artist_latitude": None,
    "artist_longitude": None,
    "artist_location": "California - LA",
    "artist_name": "Casual",
    "song_id": "SOMZWCG12A8C13C480",
    "title": "I Didn't Mean To",
    "duration": 218.93179,
    "year": 0,
}

Seen = tuple[int | None, str]


def line(record: dict[str, Any]) -> bytes:
    """Return a record as one line of JSON, without its end."""
    return json.dumps(record, ensure_ascii=False).encode()


GOOD = line(PLAY)


class ShortReads(io.RawIOBase):
    """A stream that is made piece by piece, as long as it is read."""

    def __init__(self, make: Callable[[int], bytes]) -> None:
        self._make = make
        self._number = 0
        self._rest = b""

    def read(self, size: int = -1, /) -> bytes:
        if not self._rest:
            self._rest = self._make(self._number)
            self._number += 1
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


def repeated(*parts: tuple[bytes, int]) -> ShortReads:
    """Return a stream of each part repeated so many times."""

    def make(number: int) -> bytes:
        for part, times in parts:
            if number < times:
                return part
            number -= times
        return b""

    return ShortReads(make)


def read(data: bytes, feed: Feed = LOG_FEED, read_size: int = 1 << 18) -> list[Accepted | Reject]:
    """Return what the exact reader says about a file."""
    return list(read_records(feed, io.BytesIO(data), uri=URI, read_size=read_size))


def seen(data: bytes, feed: Feed = LOG_FEED) -> list[Seen]:
    """Return line and verdict of each record, and prove that pieces do not matter."""
    whole = read(data, feed)
    sizes = (1, 2, 3, 7, 64) if len(data) < 5000 else (10_000, 1 << 22)
    for size in sizes:
        assert read(data, feed, read_size=size) == whole
    return [verdict(record) for record in whole]


def verdict(record: Accepted | Reject) -> Seen:
    """Return line and reason of a record; "ok" when it is accepted."""
    return (record.line, str(record.reason) if isinstance(record, Reject) else "ok")


def only_reject(record: dict[str, Any] | bytes, feed: Feed = LOG_FEED) -> Reject:
    """Return the reject of a file with a single bad record."""
    data = record if isinstance(record, bytes) else json.dumps(record).encode()
    (reject,) = read(data, feed)
    assert isinstance(reject, Reject)
    return reject


def only_accepted(record: dict[str, Any] | bytes, feed: Feed = LOG_FEED) -> dict[str, Any]:
    """Return the values of a file with a single good record, by key."""
    data = record if isinstance(record, bytes) else json.dumps(record).encode()
    (accepted,) = read(data, feed)
    assert isinstance(accepted, Accepted), accepted
    return dict(zip(feed.keys, accepted.values, strict=True))


__all__ = [
    "GOOD",
    "HOME",
    "PLAY",
    "SONG",
    "SONG_FEED",
    "URI",
    "Reason",
    "line",
    "only_accepted",
    "only_reject",
    "read",
    "repeated",
    "seen",
    "verdict",
]
