"""What Hypothesis draws: records that collide, cut into files, offered over several loads."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Record = dict[str, Any]

#: Moments that tie, that differ by a millisecond, and that lie where calendars disagree.
MOMENTS = (
    1_541_105_830_796,
    1_541_105_830_796,
    1_541_105_830_797,
    1_546_214_400_000,  # Monday 2018-12-31, of ISO week 1
    1_609_459_199_999,  # Thursday 2020-12-31, of ISO week 53
    1_609_632_000_000,  # Sunday 2021-01-03, still of ISO week 53
    946_684_800_000,  # the first moment that is taken
)
TITLES = ("Éa", "a", "A", "1979", "", None)
NAMES = ("b", "B ", "[spunge]", "ß", "", None)
LENGTHS = (1.5, 2.0, 2, 0, 0.1, None)
LEVELS = ("free", "paid", "", None)
PLACES = ("29 Palms, CA", "x", "", None)
AGENTS = ('"Mozilla/5.0 \\ (X11)"', "-", "", None)
PEOPLE = ("Ann", "", "4", None, "{}")
#: Bytes beyond which a file is scanned where it lies.
LARGE = 262_144


def events(*, plays_only: bool = False) -> st.SearchStrategy[Record]:
    """Log records: of a play, or of another page with much left out."""
    attributes = {
        "artist": st.sampled_from(NAMES),
        "auth": st.sampled_from(("Logged In", None)),
        "firstName": st.sampled_from(PEOPLE),
        "gender": st.sampled_from(("F", "M", None)),
        "lastName": st.sampled_from(PEOPLE),
        "length": st.sampled_from(LENGTHS),
        "level": st.sampled_from(LEVELS),
        "location": st.sampled_from(PLACES),
        "registration": st.sampled_from((1_540_919_166_796.0, None)),
        "song": st.sampled_from(TITLES),
        "status": st.sampled_from((200, 307, None)),
        "ts": st.sampled_from(MOMENTS),
        "userAgent": st.sampled_from(AGENTS),
    }
    play = st.fixed_dictionaries(
        {
            **attributes,
            "page": st.just("NextSong"),
            "userId": st.sampled_from(("1", "2", 2, "10")),
            "sessionId": st.sampled_from((1, 2)),
            "itemInSession": st.sampled_from((0, 1, 2)),
        }
    )
    if plays_only:
        return play
    other = st.fixed_dictionaries(
        {
            **attributes,
            "page": st.sampled_from(("Home", "nextsong", "NextSong ")),
            "userId": st.sampled_from(("1", 2, "10", "30", "", None)),
            "sessionId": st.sampled_from((1, 2, None)),
            "itemInSession": st.sampled_from((0, 1, None)),
        }
    )
    return play | other


def songs() -> st.SearchStrategy[Record]:
    """Song records: few songs by few artists, that contradict each other."""
    return st.fixed_dictionaries(
        {
            "num_songs": st.just(1),
            "artist_id": st.sampled_from(("AR1", "AR2")),
            "artist_latitude": st.sampled_from((0.0, -1.5, None)),
            "artist_longitude": st.sampled_from((2, None)),
            "artist_location": st.sampled_from(PLACES),
            "artist_name": st.sampled_from(NAMES),
            "song_id": st.sampled_from(("SO1", "SO2", "SOa", "SOB")),
            "title": st.sampled_from(TITLES),
            "duration": st.sampled_from(LENGTHS),
            "year": st.sampled_from((0, 1999, 2001, None)),
        }
    )


@dataclass
class File:
    """A file of a feed: its records, how they are written, and the loads that it changes for."""

    feed: str
    name: str
    records: list[Record]
    layout: str
    first_load: int
    touched: list[int] = field(default_factory=list)  #: loads before which it is rewritten
    published: int = 0  #: of the records, those in the first version
    bad_lines: int = 0

    def content(self, *, complete: bool) -> bytes:
        """Return the first version, or the last one."""
        records = self.records if complete else self.records[: self.published]
        return LAYOUTS[self.layout](records) + b"{bad\n" * self.bad_lines


@dataclass
class Schedule:
    """Files, and the loads that they are offered in."""

    files: list[File]
    keep_staging: list[bool]  #: one for each load
    rebuild: bool

    def records(self, feed: str) -> list[Record]:
        """Every record of a feed that is offered in the end."""
        return [record for file in self.files if file.feed == feed for record in file.records]

    @property
    def bad_lines(self) -> int:
        return sum(file.bad_lines for file in self.files)

    def before(self, load: int) -> list[tuple[File, bool]]:
        """Return the files to write before a load, and whether with all of their records."""
        first = [(file, not file.touched) for file in self.files if file.first_load == load]
        return first + [(file, True) for file in self.files if load in file.touched]


def _one_a_line(records: list[Record]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode() or b"\n"


def _unescaped(records: list[Record]) -> bytes:
    return "\r\n\r\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()


def _pretty(records: list[Record]) -> bytes:
    return "\n".join(json.dumps(record, indent=2) for record in records).encode()


def _joined(records: list[Record]) -> bytes:
    return "".join(json.dumps(record) for record in records).encode()


def _sparse(records: list[Record]) -> bytes:
    """Without the keys that are null, the others in another order."""
    known = [
        {key: value for key, value in reversed(record.items()) if value is not None}
        for record in records
    ]
    return _one_a_line(known)


def _large(records: list[Record]) -> bytes:
    """So long that the file is scanned where it lies: there are blanks within a record."""
    return _one_a_line(records).replace(b"{", b"{" + b" " * LARGE, 1)


def _zipped(records: list[Record]) -> bytes:
    return gzip.compress(_one_a_line(records), mtime=0)


LAYOUTS = {
    "lines": _one_a_line,
    "unescaped": _unescaped,
    "pretty": _pretty,
    "joined": _joined,
    "sparse": _sparse,
    "large": _large,
    "zipped": _zipped,
}
#: Most files are written as both feeds are as a rule.
_LAYOUT = st.sampled_from(("lines", "lines", "lines", *LAYOUTS))
_MOST_FILES = 4


@st.composite
def schedules(
    draw: st.DrawFn,
    *,
    some_events: st.SearchStrategy[list[Record]],
    some_songs: st.SearchStrategy[list[Record]],
    most_loads: int = 3,
    rewrites: bool = True,
) -> Schedule:
    """Draw records, cut them into files in any way, and offer these in any order."""
    loads = draw(st.integers(1, most_loads))
    files: dict[tuple[str, int], File] = {}
    for feed, records in (("log", draw(some_events)), ("song", draw(some_songs))):
        for record in records:
            number = draw(st.integers(0, _MOST_FILES - 1))
            if (feed, number) not in files:
                files[feed, number] = File(
                    feed, f"{number}.json", [], draw(_LAYOUT), draw(st.integers(0, loads - 1))
                )
            files[feed, number].records.append(record)
    for file in files.values():
        later = range(file.first_load + 1, loads)
        if rewrites and later:
            file.touched = [load for load in later if draw(st.booleans())]
        file.published = (
            draw(st.integers(0, len(file.records))) if file.touched else len(file.records)
        )
        if file.layout in {"lines", "unescaped", "sparse"}:
            file.bad_lines = draw(st.sampled_from((0, 0, 0, 0, 1)))
    return Schedule(
        list(files.values()),
        [draw(st.booleans()) for _ in range(loads)],
        draw(st.sampled_from((False, False, False, True))),
    )
