"""Songs and artists: from the staged song records into the star."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, select

from sparkify_dwh.models import Artist, Song, table_of
from sparkify_dwh.statements.ranking import ascending, labelled, ranked, winners_replace
from sparkify_dwh.statements.step import Step

#: Names of the temporary tables of candidates.
RANKED_ARTISTS, RANKED_SONGS = "ranked_artists", "ranked_songs"


def publish_catalogue(staging_songs: FromClause) -> Iterator[Step]:
    """Yield the statements that bring the staged songs and artists into the star."""
    yield from _publish(
        RANKED_ARTISTS,
        table_of(Artist),
        "artist_id",
        _staged_artists(staging_songs),
        _best_artist_first,
    )
    yield from _publish(
        RANKED_SONGS, table_of(Song), "song_id", _staged_songs(staging_songs), _best_song_first
    )


def conflicting_songs(staging_songs: FromClause) -> Select[Any]:
    """Select the number of songs that the load offers with different content."""
    songs = _staged_songs(staging_songs).subquery("offered")
    twice = select(songs.c.song_id).group_by(songs.c.song_id).having(func.count() > 1)
    return select(func.count()).select_from(twice.subquery("twice"))


def _publish(
    name: str, target: Any, key: str, staged: Select[Any], best_first: Any
) -> Iterator[Step]:
    offered = staged.subquery("offered")
    kept = select(*target.c).where(target.c[key].in_(select(offered.c[key])))
    candidates = ranked(name, staged=staged, kept=kept, key=[key], order=best_first)
    yield Step(f"{target.name}: rank the records of each {key}", candidates)
    content = labelled(candidates.table, *(c.name for c in target.c if c.name != key))
    yield from winners_replace(candidates.table, target, key=[key], content=content)


def _staged_songs(staging: FromClause) -> Select[Any]:
    return select(
        staging.c.song_id,
        _known_text(staging.c.title).label("title"),
        staging.c.artist_id,
        func.nullif(staging.c.year, 0).label("year"),
        staging.c.duration,
    ).distinct()


def _staged_artists(staging: FromClause) -> Select[Any]:
    return select(
        staging.c.artist_id,
        _known_text(staging.c.artist_name).label("name"),
        _known_text(staging.c.artist_location).label("location"),
        staging.c.artist_latitude.label("latitude"),
        staging.c.artist_longitude.label("longitude"),
    ).distinct()


def _known_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.nullif(column, "")


def _known(*columns: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return 1 where all of the columns are known, else 0."""
    return case((and_(*(column.is_not(None) for column in columns)), 1), else_=0)


def _best_song_first(songs: FromClause) -> list[ColumnElement[Any]]:
    """Order by what the record knows, then by its content, so that no two tie."""
    knows = _known(songs.c.title) + _known(songs.c.duration) + _known(songs.c.year)
    return [knows.desc(), *ascending(songs, "title", "artist_id", "year", "duration")]


def _best_artist_first(artists: FromClause) -> list[ColumnElement[Any]]:
    """Order by what the record knows, then by its content, so that no two tie."""
    knows = (
        _known(artists.c.name)
        + _known(artists.c.location)
        + _known(artists.c.latitude, artists.c.longitude)
    )
    return [knows.desc(), *ascending(artists, "name", "location", "latitude", "longitude")]
