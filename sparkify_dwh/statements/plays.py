"""The plays among the staged events, and the tracks that they name."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    FromClause,
    Select,
    and_,
    cast,
    func,
    literal_column,
    not_,
    select,
)

from sparkify_dwh import tables
from sparkify_dwh.statements.constructs import epoch_ms_to_timestamp
from sparkify_dwh.statements.events import (
    LOCATION_OR_MORE,
    are_frequent,
    frequent_texts_of,
    is_play,
    raw_name,
    text_of,
    user_number,
)
from sparkify_dwh.statements.hashing import hash_of
from sparkify_dwh.statements.staged import Staged

#: The natural key of a play.
PLAY_KEY = ("user_id", "session_id", "start_time")
#: What a play says of its track; ``tracks`` has these columns too.
TRACK_KEY = ("title", "artist_name", "duration")
#: The hash of the JSON of these, where staging has it: for whoever only looks a track up.
TRACK_HASH = "track_hash"
#: What it is the hash of, by the columns of an event.
_HASHED = (raw_name("song"), raw_name("artist"), "length")

#: Stands for a length that the log did not give. It cannot be NULL: the engines have no
#: common way to join NULL with NULL. No song has such a length; written as text because
#: a number of this size would be a DECIMAL out of range on Redshift.
NO_DURATION = cast("-1e300", Double)


def staged_plays(
    staged: Staged, *, texts: Mapping[str, ColumnElement[Any]] = MappingProxyType({})
) -> Select[Any]:
    """Select the plays of the staged events, not yet without duplicates.

    Whoever knows where their level, location or user agent stand may say so.

    Columns: the natural key, level, location, user_agent, the track's key, its hash where staging
    has it, file_id; and number, the staged row's, where the load numbers rows.
    """
    events = staged.events
    assert events is not None
    return select(
        user_number(events).label("user_id"),
        events.c.session_id,
        epoch_ms_to_timestamp(events.c.ts).label("start_time"),
        *(
            (texts[name] if name in texts else text_of(events.c, name)).label(name)
            for name in ("level", "location", "user_agent")
        ),
        *track_key(events.c),
        *([events.c[TRACK_HASH]] if TRACK_HASH in events.c else []),
        events.c.file_id,
        *([literal_column("rowid", BigInteger).label("number")] if staged.numbers_rows else []),
    ).where(is_play(events))


def plays_by_frequency(staged: Staged) -> list[Select[Any]]:
    """Select the same plays in parts: those of frequent levels and user agents, and the others.

    Where a text may be in one of two columns, DuckDB copies it for each play; where it is known to
    be in one, it does not. Staging with one column for each text has one part.
    """
    events = staged.events
    assert events is not None
    if LOCATION_OR_MORE not in events.c:
        return [staged_plays(staged)]
    frequent = are_frequent(events.c)
    return [
        staged_plays(staged, texts=frequent_texts_of(events.c)).where(frequent),
        staged_plays(staged).where(not_(frequent)),
    ]


def track_key(event: Any) -> list[ColumnElement[Any]]:
    """Return the track's key, of the columns of an event."""
    parts = (
        func.coalesce(text_of(event, "song"), ""),
        func.coalesce(text_of(event, "artist"), ""),
        func.coalesce(event.length, NO_DURATION),
    )
    return [part.label(name) for name, part in zip(TRACK_KEY, parts, strict=True)]


def track_hash(event: Any) -> ColumnElement[Any]:
    """Return what is staged as ``track_hash``, of the columns of an event.

    It is one of what was read: "AC/DC" and "AC\\/DC" are the same text, and have two hashes.
    """
    return hash_of(*(event[name] for name in _HASHED))


def named_tracks(events: FromClause) -> Select[Any]:
    """Select each track that the staged plays name, once for each way it is written.

    Columns: track_hash, title, artist_name, duration.
    """
    written = select(*(events.c[name] for name in _HASHED)).where(is_play(events)).distinct()
    different = written.subquery("different").c
    return select(track_hash(different).label(TRACK_HASH), *track_key(different))


def catalogue_matches() -> Select[Any]:
    """Select the smallest song_id for each track key that the catalogue holds.

    Columns: title, artist_name, duration, song_id.
    """
    songs, artists = tables.songs, tables.artists
    return (
        select(
            songs.c.title,
            artists.c.name.label("artist_name"),
            songs.c.duration,
            func.min(songs.c.song_id).label("song_id"),
        )
        .join_from(songs, artists, songs.c.artist_id == artists.c.artist_id)
        .group_by(songs.c.title, artists.c.name, songs.c.duration)
    )


def same(left: FromClause, right: FromClause, names: tuple[str, ...]) -> Any:
    """Return the condition that both sides agree on the columns of these names."""
    return and_(*(left.c[name] == right.c[name] for name in names))
