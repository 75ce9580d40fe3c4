"""One session, written event by event in the form of the log feed."""

from math import floor

from sparkify_dwh.sample.catalogue import Playable
from sparkify_dwh.sample.draws import Draws
from sparkify_dwh.sample.listeners import Listener
from sparkify_dwh.sample.pages import Page

# The values of itemInSession as text. No session has half as many events: it has at most 72 songs,
# six more after a second login, and at most three pages after each.
_ITEMS = tuple(map(str, range(1_000)))


class Jukebox:
    """The songs that can be played: those of the catalogue and unknown ones, popular first."""

    __slots__ = ("known", "known_share", "unit", "unknown")

    def __init__(
        self,
        draws: Draws,
        *,
        known: list[Playable],
        unknown: list[Playable],
        unknown_share: float,
    ) -> None:
        """Take the songs, and the share of plays, from 0 to 1, that are of unknown ones."""
        self.unit = draws.unit
        self.known = [_ready(*song) for song in known]
        self.unknown = [_ready(*song) for song in unknown]
        self.known_share = 1.0 - unknown_share


def _ready(artist: str, length: str, title: str, milliseconds: int) -> tuple[str, str, str, int]:
    """Return a song with all that is the same in each play of it until the value of ts.

    The interpreter takes apart a plain tuple faster than a named one.
    """
    return artist, length, f'{title},"status":200,"ts":', milliseconds


class Session:
    """The events of a session, in the order of their time; here, of one without a login.

    Times are in milliseconds since midnight of the day on which the session starts; they go on
    counting when it crosses the next midnight.

    Attributes:
        times: The time of each event; each is later than the one before.
        lines: The record of each event, with its final newline.
        now: When the next song starts at the earliest.
        plays: Number of events that are plays.
        level: The level that records of the session have now.
    """

    __slots__ = ("_item", "_latest", "_midnight", "_number", "level", "lines", "now", "plays",
                 "times")  # fmt: skip

    def __init__(self, number: int, *, midnight: int, now: int) -> None:
        """Start a session of an id at a time; midnight is in epoch milliseconds."""
        self.times: list[int] = []
        self.lines: list[str] = []
        self.now = now
        self.plays = 0
        self.level = "free"
        self._item = 0
        self._latest = now
        self._midnight = midnight
        self._number = number

    def visit_logged_out(self, page: Page, *, wait: int) -> None:
        """Visit a page without being logged in, some milliseconds after the latest event."""
        ts = self._go_on(wait)
        self.lines.append(
            '{"artist":null,"auth":"Logged Out","firstName":null,"gender":null,"itemInSession":'
            f'{self._item},"lastName":null,"length":null,"level":"{self.level}","location":null'
            f',"method":"{page.request}","registration":null,"sessionId":{self._number}'
            f'{page.outcome}{ts},"userAgent":null,"userId":""}}\n'
        )
        self._item += 1

    def keep(self, count: int) -> None:
        """Drop all events but the first ones."""
        self.plays -= sum('"page":"NextSong"' in line for line in self.lines[count:])
        del self.times[count:], self.lines[count:]

    def is_someones(self) -> bool:
        """Tell whether an event is that of a listener who is logged in."""
        return any('"auth":"Logged In"' in line for line in self.lines)

    def _go_on(self, wait: int) -> int:
        """Go on to the time of the next event, which is no play; return its ts."""
        self._latest = latest = self._latest + wait
        self.times.append(latest)
        if self.now <= latest:
            # Two to twenty seconds until the next song, which need no draw to look drawn.
            self.now = latest + 2_000 + 17 * (latest % 1_009)
        return self._midnight + latest


class ListenerSession(Session):
    """The events of a session in which a listener is logged in, for all of it or a part."""

    __slots__ = ("_listener", "_play_text")

    def __init__(self, number: int, listener: Listener, *, midnight: int, now: int) -> None:
        """Start a session of a listener; see `Session`."""
        super().__init__(number, midnight=midnight, now=now)
        self._listener = listener
        self.take_level()

    def take_level(self) -> None:
        """Go on with the level that the listener has now."""
        listener = self._listener
        self.level = "paid" if listener.paying else "free"
        self._play_text = (
            f',"level":"{self.level}{listener.place}PUT","page":"NextSong'
            f'{listener.since}{self._number},"song":'
        )

    def play(self, jukebox: Jukebox, count: int) -> None:
        """Play songs, at least one, each when the one before is over.

        This is the inner loop: a large sample spends most of its time here, so that whatever
        can be looked up or put together is so before the loop.
        """
        listener, play_text = self._listener, self._play_text
        opening, family, closing = listener.opening, listener.family, listener.closing
        unit, known_share = jukebox.unit, jukebox.known_share
        known, unknown = jukebox.known, jukebox.unknown
        known_count, unknown_count = len(known), len(unknown)
        times, lines = self.times, self.lines
        midnight, now, milliseconds = self._midnight, self.now, 0
        for item in _ITEMS[self._item : self._item + count]:
            share = unit()
            # Squaring the share makes the early songs the popular ones: a long tail.
            artist, length, until_ts, milliseconds = (
                known[floor(share * share * known_count)]
                if unit() < known_share
                else unknown[floor(share * share * unknown_count)]
            )
            times.append(now)
            lines.append(
                f"{artist}{opening}{item}{family}{length}{play_text}{until_ts}"
                f"{midnight + now}{closing}"
            )
            now += milliseconds
        self._item += count
        self.plays += count
        self._latest = now - milliseconds
        self.now = now

    def visit(self, page: Page, *, wait: int) -> None:
        """Visit a page some milliseconds after the latest event; a song goes on meanwhile."""
        listener = self._listener
        ts = self._go_on(wait)
        self.lines.append(
            f'{{"artist":null{listener.opening}{self._item}{listener.family}null,"level":"'
            f"{self.level}{listener.place}{page.request}{listener.since}{self._number}"
            f"{page.outcome}{ts}{listener.closing}"
        )
        self._item += 1

    def visit_during_song(self, page: Page, share: float) -> None:
        """Visit a page when a share of the time until the next song has gone by."""
        self.visit(page, wait=1_000 + int(share * (self.now - self._latest - 1_000)))
