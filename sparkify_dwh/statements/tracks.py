"""Tracks: what plays name, each once, with the song that it is."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, CreateTableAs, FromClause, func, insert, select, update

from sparkify_dwh import tables
from sparkify_dwh.statements.plays import (
    PLAY_KEY,
    TRACK_HASH,
    TRACK_KEY,
    catalogue_matches,
    named_tracks,
    same,
)
from sparkify_dwh.statements.staged import Staged
from sparkify_dwh.statements.step import Step

_songs, _songplays = tables.songs, tables.songplays
_tracks, _play_tracks = tables.tracks, tables.songplay_tracks

REMATCHED = "rematched_tracks"
NAMED_TRACKS, FOUND_TRACKS, TRACK_TWINS = "named_tracks", "found_tracks", "track_twins"


def rematch_tracks() -> Iterator[Step]:
    """Yield the statements that give known tracks, and their plays, the songs now known.

    Needed when the catalogue changed. It costs a join of the tracks with the catalogue;
    plays are only touched where their track's song is another one than before.
    """
    matches = catalogue_matches().subquery("matches")
    songs = _songs.alias("song")
    rematched = CreateTableAs(
        select(_tracks.c.track_id, matches.c.song_id, songs.c.artist_id)
        .join_from(_tracks, matches, same(_tracks, matches, TRACK_KEY), isouter=True)
        .join(songs, songs.c.song_id == matches.c.song_id, isouter=True)
        .where(
            (func.coalesce(_tracks.c.song_id, "") != func.coalesce(matches.c.song_id, ""))
            | (func.coalesce(_tracks.c.artist_id, "") != func.coalesce(songs.c.artist_id, ""))
        ),
        REMATCHED,
        temporary=True,
    )
    yield Step("tracks: find those whose song is another one now", rematched)
    found = rematched.table
    song = {"song_id": found.c.song_id, "artist_id": found.c.artist_id}
    yield Step(
        "tracks: update their song",
        update(_tracks).values(song).where(_tracks.c.track_id == found.c.track_id),
        only_for_rows_of=found,
    )
    yield Step(
        "songplays: update the song of their plays",
        update(_songplays)
        .values(song)
        .where(
            same(_songplays, _play_tracks, PLAY_KEY),
            _play_tracks.c.track_id == found.c.track_id,
        ),
        only_for_rows_of=found,
    )


def tell_apart(staged: Staged) -> CreateTableAs:
    """Return the tracks that plays name, with their hash, once for each way they are written."""
    assert staged.events is not None
    return CreateTableAs(named_tracks(staged.events), NAMED_TRACKS, temporary=True)


def insert_tracks(plays: FromClause, staged: Staged) -> Step:
    """Insert the tracks that the star has not yet, of plays or of what they name."""
    named = select(*(plays.c[name] for name in TRACK_KEY)).distinct().subquery("named")
    known = _tracks.alias("known")
    matches = catalogue_matches().subquery("matches")
    key: dict[str, ColumnElement[int]] = {}
    if staged.numbers_rows:
        key["track_id"] = next_number(_tracks.c.track_id) + func.row_number().over() - 1
    statement = insert(_tracks).from_select(
        [*key, *TRACK_KEY, "song_id", "artist_id"],
        select(*key.values(), *named.c, matches.c.song_id, _songs.c.artist_id)
        .join_from(named, known, same(named, known, TRACK_KEY), isouter=True)
        .join(matches, same(named, matches, TRACK_KEY), isouter=True)
        .join(_songs, _songs.c.song_id == matches.c.song_id, isouter=True)
        .where(known.c.track_id.is_(None)),
        include_defaults=False,
    )
    return Step("tracks: insert those that plays name for the first time", statement)


def found_tracks(named: FromClause) -> tuple[CreateTableAs, CreateTableAs]:
    """Return the tracks that plays name, by hash, and the hashes that several have."""
    found = CreateTableAs(
        select(named.c[TRACK_HASH], _tracks.c.track_id, _tracks.c.song_id, _tracks.c.artist_id)
        .select_from(named)
        .join(_tracks, same(named, _tracks, TRACK_KEY)),
        FOUND_TRACKS,
        temporary=True,
    )
    shared = found.table.c[TRACK_HASH]
    twins = CreateTableAs(
        select(shared).group_by(shared).having(func.count() > 1), TRACK_TWINS, temporary=True
    )
    return found, twins


def next_number(key: ColumnElement[int]) -> ColumnElement[int]:
    """Return, as a subquery, the number behind the highest of a surrogate key, from 0."""
    return select(func.coalesce(func.max(key) + 1, 0)).scalar_subquery()
