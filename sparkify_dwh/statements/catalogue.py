"""Songs and artists: from the staged song records into the star."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, CreateTableAs, FromClause, Select, and_, case, func, select

from sparkify_dwh import tables
from sparkify_dwh.statements.ranking import ascending, labelled, ranked, winners_replace
from sparkify_dwh.statements.step import Step

#: Names of the temporary tables of candidates.
RANKED_ARTISTS, RANKED_SONGS = "ranked_artists", "ranked_songs"


def publish_catalogue(staging_songs: FromClause) -> Iterator[Step]:
    """Yield the statements that bring the staged songs and artists into the star."""
    yield from _publish(tables.artists, "artist_id", _ranked_artists(staging_songs))
    yield from _publish(tables.songs, "song_id", _ranked_songs(staging_songs))


def conflicting_songs(staging_songs: FromClause) -> Select[Any]:
    """Select the number of songs whose content is not the same in all that is known of them.

    That is what the load offers and what the star held before: to be executed while the
    temporary tables of :func:`publish_catalogue` are there.
    """
    candidates = _ranked_songs(staging_songs).table
    content = select(*(candidates.c[column.name] for column in tables.songs.c)).distinct()
    songs = content.subquery("offered")
    twice = select(songs.c.song_id).group_by(songs.c.song_id).having(func.count() > 1)
    return select(func.count()).select_from(twice.subquery("twice"))


def _ranked_songs(staging: FromClause) -> CreateTableAs:
    target = tables.songs
    return _ranked(RANKED_SONGS, target, "song_id", _staged_songs(staging), _best_song_first)


def _ranked_artists(staging: FromClause) -> CreateTableAs:
    target = tables.artists
    return _ranked(
        RANKED_ARTISTS, target, "artist_id", _staged_artists(staging), _best_artist_first
    )


def _ranked(
    name: str, target: Any, key: str, staged: Select[Any], best_first: Any
) -> CreateTableAs:
    def kept(offered: FromClause) -> Select[Any]:
        return select(*target.c).where(target.c[key].in_(select(offered.c[key])))

    return ranked(name, staged=staged, kept=kept, key=[key], order=best_first)


def _publish(target: Any, key: str, candidates: CreateTableAs) -> Iterator[Step]:
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
