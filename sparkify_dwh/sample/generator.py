"""The generator: it fills a folder with the two feeds, day by day, in constant memory."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

from sparkify_dwh.sample.catalogue import Catalogue
from sparkify_dwh.sample.demand import Clock
from sparkify_dwh.sample.draws import Draws
from sparkify_dwh.sample.feeds import LogFeed, SongFeed, prepare_folder
from sparkify_dwh.sample.habits import Habits, songs_wanted
from sparkify_dwh.sample.listeners import Audience
from sparkify_dwh.sample.sessions import Jukebox, ListenerSession, Session
from sparkify_dwh.sample.spec import MILLISECONDS_A_DAY, SampleSpec, SampleSummary

Progress = Callable[[int, int], None]

# A listener takes a break of at least so long between two sessions.
_BREAK_MS = 600_000

# The allocator of glibc keeps as much freed memory as twice the largest block that was freed, where
# that is no larger than 32 MiB.
_LARGE_BLOCK_BYTES = 33_000_000

# Share of the sessions in which nobody logs in.
_VISITOR_SHARE = 0.015


def sample_path() -> Path:
    """Return the folder of the shipped sample, with `log_data` and `song_data` in it."""
    return Path(__file__).parent / "data"


def generate(
    out: str | os.PathLike[str],
    *,
    events: int = SampleSpec.events,
    songs: int = SampleSpec.songs,
    seed: int = SampleSpec.seed,
    start: date = SampleSpec.start,
    days: int | None = None,
    songs_per_file: int = 1,
    users: int | None = None,
    compress: bool = False,
    unknown_share: float = SampleSpec.unknown_share,
    force: bool = False,
    progress: Progress | None = None,
) -> SampleSummary:
    """Write a log feed and a song feed into a folder, the same bytes for the same arguments.

    The folder is made where there is none. Memory is that of one day and of the catalogue,
    however many days there are. With compress, the records are the same on every machine, and
    the compressed bytes wherever the zlib library is the same. `SampleSpec` says what the other
    arguments mean.

    Args:
        out: The folder.
        events: Number of records in the log feed.
        songs: Number of records in the song feed.
        seed: Chooses one of the many samples of the same size.
        start: The first day, in UTC.
        days: Number of days; by default 30, and more from 750,000 events on.
        songs_per_file: Number of records in a file of the song feed.
        users: Number of listeners there may be; by default it grows with the events.
        compress: Whether the files are gzip-compressed.
        unknown_share: Share of the plays, from 0 to 1, whose song is not in the song feed.
        force: Replace `log_data` and `song_data` in a folder that is not empty.
        progress: Called after each day with the number of events so far, and of all.

    Raises:
        ValueError: An argument is out of its range.
        FileExistsError: The folder is not empty, and force is not given.
        NotADirectoryError: The folder, or one of the sample in it, is something else.
    """
    spec = SampleSpec(
        events=events,
        songs=songs,
        seed=seed,
        start=start,
        days=days,
        songs_per_file=songs_per_file,
        users=users,
        compress=compress,
        unknown_share=unknown_share,
    )
    return write_sample(spec, Path(out), force=force, progress=progress)


def write_sample(
    spec: SampleSpec, out: Path, *, force: bool = False, progress: Progress | None = None
) -> SampleSummary:
    """Write the sample of a spec into a folder; see `generate`."""
    prepare_folder(out, force=force)
    _keep_freed_memory()
    catalogue = Catalogue(spec)
    song_feed = SongFeed(out, spec)
    known = [song.playable for song in song_feed.write(catalogue.songs())]
    artists = catalogue.artist_count
    draws = Draws(spec.seed, "listening")
    jukebox = Jukebox(
        draws,
        known=known,
        unknown=catalogue.unknown_songs(known),
        unknown_share=spec.unknown_share,
    )
    log_feed = LogFeed(out, spec)
    history = _History(spec, draws, log_feed, jukebox)
    history.write(progress or _no_progress)
    return SampleSummary(
        files=log_feed.files + song_feed.files,
        log_files=log_feed.files,
        song_files=song_feed.files,
        events=log_feed.events,
        plays=history.plays,
        sessions=history.sessions,
        users=history.audience.seen_count(),
        songs=len(known),
        artists=artists,
        first_day=spec.start,
        days=spec.day_count,
        bytes=log_feed.bytes + song_feed.bytes,
    )


def _keep_freed_memory() -> None:
    """Let the memory of a day be that of the next one.

    Else it goes back to the system each time, and is handed out anew page by page: a tenth of what
    generating takes. The block is never written to, so that it costs nothing.
    """
    bytes(_LARGE_BLOCK_BYTES)


def _no_progress(done: int, total: int) -> None:
    """Tell nobody."""


class _History:
    """All sessions of a sample, in the order in which they start.

    The number of events so far is the clock: the next session starts when its events are due.
    So the events of each day and hour come out as planned, the ids of sessions increase with
    their start, and the last session is cut where all events are there.
    """

    def __init__(self, spec: SampleSpec, draws: Draws, log_feed: LogFeed, jukebox: Jukebox) -> None:
        """Prepare the history of a spec; nothing has happened yet."""
        self._draws = draws
        self._log_feed = log_feed
        self._habits = Habits(draws, jukebox)
        self._clock = Clock(spec)
        self._events = spec.events
        self._days = spec.day_count
        self._start_ms = spec.start_ms
        self.audience = Audience(spec, draws)
        self.plays = 0
        self.sessions = 0

    def write(self, progress: Progress) -> None:
        """Live through all sessions, and write each day when it is over."""
        log_feed = self._log_feed
        self.audience.begin_day(0)
        today = now = 0
        while log_feed.events < self._events:
            day, now = self._next_session(today, now)
            while today < day:
                log_feed.write_day(today)
                progress(log_feed.events, self._events)
                today += 1
                self.audience.begin_day(today)
        for day in range(today, self._days):
            log_feed.write_day(day)
        progress(self._events, self._events)

    def _next_session(self, today: int, now: int) -> tuple[int, int]:
        """Live through the next session; return the day and time of day at which it starts.

        Who comes is drawn by the day and time of the session before, which is not later.
        """
        draws, habits = self._draws, self._habits
        listener = None
        if draws.unit() >= _VISITOR_SHARE:
            listener = self.audience.next_listener(today * MILLISECONDS_A_DAY + now)
        songs = songs_wanted(listener, draws) if listener else 0
        done = self._log_feed.events
        day, now = self._clock.read(done + draws.unit() * min(songs or 1, self._events - done))
        midnight = self._start_ms + day * MILLISECONDS_A_DAY
        self.sessions += 1
        if listener is None:
            visitor = Session(self.sessions, midnight=midnight, now=now)
            habits.browse(visitor)
            self._add(visitor, day)
        else:
            session = ListenerSession(self.sessions, listener, midnight=midnight, now=now)
            habits.listen(session, listener, songs)
            listener.busy_until = day * MILLISECONDS_A_DAY + session.now + _BREAK_MS
            whole = self._add(session, day)
            listener.seen = listener.seen or whole or session.is_someones()
        return day, now

    def _add(self, session: Session, day: int) -> bool:
        """Add a session of a day to the log feed, and tell whether it was added as a whole.

        It is cut where the last day ends, and where the sample has all its events.
        """
        times, log_feed = session.times, self._log_feed
        all_of_it = len(times)
        count = min(all_of_it, self._events - log_feed.events)
        end = (self._days - day) * MILLISECONDS_A_DAY
        while times[count - 1] >= end:
            count -= 1
        if count < all_of_it:
            session.keep(count)
        self.plays += session.plays
        log_feed.add(day, times, session.lines)
        return count == all_of_it
