"""What a sample is made from (`SampleSpec`) and what came out (`SampleSummary`)."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

MILLISECONDS_A_DAY = 86_400_000

_EPOCH = date(1970, 1, 1)
_LAST_DAY = date(2099, 12, 31)

# Pairs of (events, days): a day holds some 25,000 events at most, until two years are full.
_USUAL_DAYS = ((750_000, 30), (2_000_000, 90), (10_000_000, 365), (20_000_000, 730))

# A listener is a person: more events a day than this, for every one of them, is no sample of
# how people listen, and sessions of one listener do not overlap.
_MOST_EVENTS_A_USER_DAY = 60
_MOST_USERS_BY_DEFAULT = 25_000


def usual_days(events: int) -> int:
    """Return the number of days that a number of events is spread over by default."""
    least, days = _USUAL_DAYS[0]
    if events <= least:
        return days
    for (low, low_days), (high, high_days) in pairwise(_USUAL_DAYS):
        if events <= high:
            return low_days + (events - low) * (high_days - low_days) // (high - low)
    return _USUAL_DAYS[-1][1]


def usual_users(events: int, days: int) -> int:
    """Return the number of listeners that make a number of events in some days by default."""
    crowd = min(math.isqrt(events) + events // 500, _MOST_USERS_BY_DEFAULT)
    return max(1, crowd, -(-2 * events // (days * _MOST_EVENTS_A_USER_DAY)))


@dataclass(frozen=True, kw_only=True)
class SampleSpec:
    """The arguments of a sample; the same spec always gives the same bytes.

    Attributes:
        events: Number of records in the log feed.
        songs: Number of records in the song feed, each with a song_id of its own.
        seed: Chooses one of the many samples of the same size; not negative.
        start: The first day, in UTC.
        days: Number of days; None chooses it from the number of events.
        songs_per_file: Number of records in a file of the song feed.
        users: Number of listeners there may be; None chooses it from the number of events.
        compress: Whether every data file is gzip-compressed and its name ends in ``.gz``.
        unknown_share: Share of the plays, from 0 to 1, whose song is not in the song feed.

    Raises:
        ValueError: An argument is out of its range; the text says which and what to do.
    """

    events: int = 100_000
    songs: int = 1_000
    seed: int = 1
    start: date = date(2018, 11, 1)
    days: int | None = None
    songs_per_file: int = 1
    users: int | None = None
    compress: bool = False
    unknown_share: float = 0.18

    def __post_init__(self) -> None:
        """Refuse arguments that make no sample."""
        for name in ("events", "songs", "songs_per_file", "days", "users"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} is {value}; it has to be at least 1")
        if self.seed < 0:
            raise ValueError(f"seed is {self.seed}; it has to be at least 0")
        if not 0 <= self.unknown_share <= 1:
            raise ValueError(f"unknown_share is {self.unknown_share}; it has to be from 0 to 1")
        if self.start < _EPOCH or self.day_count > (_LAST_DAY - self.start).days + 1:
            raise ValueError(f"the days have to lie between {_EPOCH} and {_LAST_DAY}")
        fewest = -(-self.events // (self.day_count * _MOST_EVENTS_A_USER_DAY))
        if self.user_count < fewest:
            raise ValueError(
                f"{self.user_count} users are too few for {self.events} events in"
                f" {self.day_count} days; take at least {fewest} users, or more days"
            )

    @property
    def day_count(self) -> int:
        """The number of days, chosen from the number of events where it is not given."""
        return usual_days(self.events) if self.days is None else self.days

    @property
    def user_count(self) -> int:
        """The number of listeners, chosen from the number of events where it is not given."""
        return usual_users(self.events, self.day_count) if self.users is None else self.users

    @property
    def start_ms(self) -> int:
        """Midnight at the start of the first day, in epoch milliseconds."""
        return (self.start - _EPOCH).days * MILLISECONDS_A_DAY

    def day(self, number: int) -> date:
        """Return the date of a day, counted from 0."""
        return self.start + timedelta(days=number)


@dataclass(frozen=True, kw_only=True)
class SampleSummary:
    """What `generate` wrote.

    Attributes:
        files: Number of data files, log and song files together.
        log_files: Number of files of the log feed, one for every day that has an event.
        song_files: Number of files of the song feed.
        events: Number of records in the log feed.
        plays: Number of those whose page is NextSong.
        sessions: Number of distinct session ids.
        users: Number of distinct user ids, the empty one of logged-out records not counted.
        songs: Number of records in the song feed.
        artists: Number of distinct artist ids in the song feed.
        first_day: The first day of the period, in UTC.
        days: Number of days of the period.
        bytes: Size of the data files as they lie on the disk.
    """

    files: int
    log_files: int
    song_files: int
    events: int
    plays: int
    sessions: int
    users: int
    songs: int
    artists: int
    first_day: date
    days: int
    bytes: int


# The sample that ships with the package, in `data/`. Whoever changes the generator writes it
# anew (``python -m sparkify_dwh.sample.ship``); a test compares the bytes.
SHIPPED = SampleSpec(events=6_000, songs=120, seed=9, start=date(2018, 11, 1), days=60, users=86)
