"""Invented artists and songs: the song feed, and what a play of each song says in the log.

The place of a song in the catalogue is its rank in popularity.
"""

import json
from collections.abc import Iterator
from typing import NamedTuple

from sparkify_dwh.sample.draws import Draws
from sparkify_dwh.sample.log_format import log_json
from sparkify_dwh.sample.spec import SampleSpec
from sparkify_dwh.sample.words import PLACES, invent_artist_name, invent_title

# Songs by an artist without one before, and of the others those by an artist who has many.
_NEW_ARTIST_SHARE = 0.55
_FAMOUS_SHARE = 0.4
_SHARED_NAME_SHARE = 0.04
_REISSUE_SHARE = 0.02

# What the feed knows: of an artist the place, and of a place where it lies; and since a record
# may know less than another of the same artist, what a record knows of its artist; and the year.
_KNOWN_PLACE_SHARE = 0.65
_KNOWN_POSITION_SHARE = 0.75
_COMPLETE_RECORD_SHARE = 0.88
_KNOWN_YEAR_SHARE = 0.60
_LATEST_YEAR = 2018
_YEARS = 62

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Multiplying by an odd number modulo a power of two gives every number once.
_ODD = 0x9E3779B1


class Playable(NamedTuple):
    """A song as the log feed writes it, rendered once, since it is played many times.

    Attributes:
        artist: The beginning of the record, up to and including the artist's name.
        length: The duration in seconds, as JSON text.
        title: The title, as JSON text.
        milliseconds: The duration.
    """

    artist: str
    length: str
    title: str
    milliseconds: int


class Song(NamedTuple):
    """A song of the catalogue: its track id, its record in the song feed, and how it is played."""

    track_id: str
    record: str
    playable: Playable


class _Artist(NamedTuple):
    """An artist; position is latitude and longitude, in degrees, or two times None."""

    artist_id: str
    name: str
    location: str
    position: tuple[float | None, float | None]
    log_text: str


class Catalogue:
    """Invents songs one after the other, and the artists that make them."""

    def __init__(self, spec: SampleSpec) -> None:
        """Prepare the catalogue of a spec, without inventing a song yet."""
        self._draws = Draws(spec.seed, "catalogue")
        self._spec = spec
        self._artists: list[_Artist] = []
        self._letters = _folder_letters(-(-spec.songs // spec.songs_per_file))

    @property
    def artist_count(self) -> int:
        """The number of artists that the songs so far are by."""
        return len(self._artists)

    def songs(self) -> Iterator[Song]:
        """Invent the songs of the catalogue, the most popular first."""
        draws = self._draws
        for number in range(self._spec.songs):
            # Some songs come again with another song_id and all else the same, as on a sampler.
            if not number or not draws.chance(_REISSUE_SHARE):
                artist = self._pick_artist()
                title, duration = invent_title(draws), _draw_duration(draws)
            yield Song(
                self._track_id(number),
                self._record(number, artist, title, duration),
                _playable(artist.log_text, log_json(title), duration),
            )

    def unknown_songs(self, known: list[Playable]) -> list[Playable]:
        """Invent songs that are played and are not in the catalogue.

        Half of them are near misses: they have the artist, or artist and title, or title and
        duration of a song in the catalogue, and the rest is different.
        """
        draws = self._draws
        unknown = []
        for _ in range(max(24, len(known) // 3)):
            near = draws.pick_early(known)
            stranger = _log_artist(invent_artist_name(draws))
            title, duration = log_json(invent_title(draws)), _draw_duration(draws)
            if draws.chance(0.5):
                song = _playable(stranger, title, duration)
            elif draws.chance(0.5):
                song = _playable(near.artist, title, duration)
            elif draws.chance(0.6):
                song = _playable(near.artist, near.title, duration)
            else:
                song = near._replace(artist=stranger)
            unknown.append(song)
        return unknown

    def _pick_artist(self) -> _Artist:
        """Return a new artist, or one that has songs already: a few artists have very many."""
        draws = self._draws
        if self._artists and not draws.chance(_NEW_ARTIST_SHARE):
            pick = draws.pick_early if draws.chance(_FAMOUS_SHARE) else draws.pick
            return pick(self._artists)
        artist = self._new_artist()
        self._artists.append(artist)
        return artist

    def _new_artist(self) -> _Artist:
        """Invent an artist; a few share their name with another one."""
        draws = self._draws
        name = invent_artist_name(draws)
        if self._artists and draws.chance(_SHARED_NAME_SHARE):
            name = draws.pick(self._artists).name
        location, *position = draws.pick(PLACES)
        degrees = [(10 * value + draws.between(-1_500, 1_500)) / 100_000 for value in position]
        known_place = draws.chance(_KNOWN_PLACE_SHARE)
        known_position = draws.chance(_KNOWN_POSITION_SHARE) and known_place
        return _Artist(
            artist_id=self._identifier("AR", "1187B", len(self._artists), digits=6),
            name=name,
            location=location if known_place else "",
            position=(degrees[0], degrees[1]) if known_position else (None, None),
            log_text=_log_artist(name),
        )

    def _record(self, number: int, artist: _Artist, title: str, duration: int) -> str:
        """Return the record of a song; some records do not know where the artist is from.

        The song feed has a space after each comma and colon, as `json.dumps` does by default.
        """
        draws = self._draws
        complete = draws.chance(_COMPLETE_RECORD_SHARE)
        latitude, longitude = artist.position if complete else (None, None)
        year = _LATEST_YEAR - int(_YEARS * draws.unit() * draws.unit())
        return json.dumps(
            {
                "num_songs": 1,
                "artist_id": artist.artist_id,
                "artist_latitude": latitude,
                "artist_longitude": longitude,
                "artist_location": artist.location if complete else "",
                "artist_name": artist.name,
                "song_id": self._identifier("SO", "12A", number, digits=8),
                "title": title,
                "duration": duration / 100_000,
                "year": year if draws.chance(_KNOWN_YEAR_SHARE) else 0,
            }
        )

    def _identifier(self, prefix: str, middle: str, number: int, *, digits: int) -> str:
        """Return an id of 18 characters that no other number gets.

        The hexadecimal digits at the end tell the numbers apart; the five letters are noise.
        """
        ending = (number * _ODD + 0x51ED27) % 16**digits
        return f"{prefix}{self._draws.letters(5)}{middle}{ending:0{digits}X}"

    def _track_id(self, number: int) -> str:
        """Return the id of a track; its letters 3 to 5 tell the folder, the same for a file."""
        track_id = self._identifier("TR", "128F", number, digits=7)
        count, file = self._letters, number // self._spec.songs_per_file
        folder = "".join(_ALPHABET[file // count**power % count] for power in (2, 1, 0))
        return f"TR{folder}{track_id[5:]}"


def _folder_letters(files: int) -> int:
    """Return how many letters the folders of the song feed are named with.

    The number of folders is its cube. Making a folder costs more than making a file, so that a
    folder holds the more files the more of them there are: 15 of 120, and 109 of 300,000.
    """
    return next((count for count in range(1, 26) if count**4 * 8 >= files), 26)


def _draw_duration(draws: Draws) -> int:
    """Draw a duration in hundred-thousandths of a second: mostly two to five minutes."""
    if draws.chance(0.03):
        return draws.between(2_500_000, 9_000_000)
    duration = 9_000_000 + int(27_000_000 * (draws.unit() + draws.unit()) / 2)
    return duration + draws.between(5_000_000, 50_000_000) if draws.chance(0.04) else duration


def _log_artist(name: str) -> str:
    """Return the beginning of a play in the log feed, with the name of the artist."""
    return f'{{"artist":{log_json(name)}'


def _playable(artist: str, title: str, duration: int) -> Playable:
    """Return a song as the log feed writes it, its artist and title rendered already."""
    return Playable(artist, repr(duration / 100_000), title, duration // 100)
