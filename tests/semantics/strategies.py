"""What Hypothesis draws: records that collide, cut into files, offered over several loads."""

from __future__ import annotations

from itertools import combinations

from hypothesis import strategies as st

from tests.semantics.schedules import LAYOUTS, File, Record, Schedule

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


#: Most files are written as both feeds are as a rule.
_LAYOUT = st.sampled_from(("lines", "lines", "lines", *LAYOUTS))
#: A record is in one file as a rule, and now and then in two.
_SOME_FILES = st.sampled_from([*[(number,) for number in range(4)] * 6, *combinations(range(4), 2)])
#: Ways to offer the same records; they share the single load that they are compared with.
WAYS = 3


@st.composite
def schedules(
    draw: st.DrawFn,
    *,
    some_events: st.SearchStrategy[list[Record]],
    some_songs: st.SearchStrategy[list[Record]],
    loads: tuple[int, ...] = (1, 2, 1, 2, 3),
    rewrites: bool = True,
) -> list[Schedule]:
    """Draw records, and several ways to cut them into files and to offer these."""
    events, songs = draw(some_events), draw(some_songs)
    return [
        draw(_schedule(events, songs, draw(st.sampled_from(loads)), rewrites=rewrites))
        for _ in range(WAYS)
    ]


@st.composite
def _schedule(
    draw: st.DrawFn, events: list[Record], songs: list[Record], loads: int, *, rewrites: bool
) -> Schedule:
    """Cut the records into files in any way, some into two of them, and offer them in any order."""
    files: dict[tuple[str, int], File] = {}
    for feed, records in (("log", events), ("song", songs)):
        for record in records:
            for number in draw(_SOME_FILES):
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
        rebuild=draw(st.sampled_from((*[False] * 7, True))),
        repeat=draw(st.sampled_from((False, False, True))),
    )
