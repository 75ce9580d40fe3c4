"""What the catalogue knows of the plays, and what of it is played."""

from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, case, func, select, true

from sparkify_dwh import tables
from sparkify_dwh.queries.plays import (
    Level,
    Moment,
    Period,
    Place,
    during,
    period_start,
    play_date,
    plays_of_tracks,
    ratio,
    songplays,
    total,
    within,
)
from sparkify_dwh.queries.registry import query


@query
def unknown_songs(
    *,
    period: Period = "day",
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """Which share of the plays is of songs that the catalogue does not know?

    A period without any play has no row. Ordered by period. See ``top_tracks(known=False)``
    for the songs themselves.

    Columns:
        period (date): First day of the period; a week's is its Monday.
        plays (integer): All plays.
        unknown (integer): Plays without a song of the catalogue.
        unknown_share (float): unknown / plays.
    """
    days = (
        select(
            play_date(), func.count().label("plays"), func.count(songplays.c.song_id).label("known")
        )
        .where(*within(start=start, end=end, level=level, place=place))
        .group_by(play_date().element)
        .subquery("days")
    )
    first_day = period_start(days.c.day, period)
    plays, unknown = total(days.c.plays), total(days.c.plays - days.c.known)
    columns: list[ColumnElement[Any]] = [
        first_day.label("period"),
        plays.label("plays"),
        unknown.label("unknown"),
        ratio(unknown, plays).label("unknown_share"),
    ]
    return select(*columns).group_by(first_day).order_by(first_day.asc().nulls_last())


@query
def catalogue_coverage(
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """How much of the catalogue is played, and how much of the plays does it know?

    Always one row.

    Columns:
        songs (integer): Songs of the catalogue.
        songs_played (integer): Of these: played.
        songs_share (float): songs_played / songs, NULL without songs.
        artists (integer): Artists of the catalogue.
        artists_played (integer): Of these: played.
        artists_share (float): artists_played / artists, NULL without artists.
        plays (integer): All plays.
        plays_known (integer): Plays whose song the catalogue knows.
        plays_share (float): plays_known / plays, NULL without plays.
    """
    songs = tables.songs
    counts = _plays_of_songs(start=start, end=end, level=level, place=place)
    known = case((counts.c.song_id.is_not(None), counts.c.plays), else_=0)
    played = (
        select(
            func.count(counts.c.song_id).label("songs_played"),
            func.count(songs.c.artist_id.distinct()).label("artists_played"),
            func.coalesce(total(counts.c.plays), 0).label("plays"),
            func.coalesce(total(known), 0).label("plays_known"),
        )
        .join_from(counts, songs, songs.c.song_id == counts.c.song_id, isouter=True)
        .subquery("played")
    )
    catalogue = select(func.count().label("songs")).select_from(songs).subquery("catalogue")
    artists = (
        select(func.count().label("artists")).select_from(tables.artists).subquery("all_artists")
    )
    return select(
        catalogue.c.songs,
        played.c.songs_played,
        ratio(played.c.songs_played, catalogue.c.songs).label("songs_share"),
        artists.c.artists,
        played.c.artists_played,
        ratio(played.c.artists_played, artists.c.artists).label("artists_share"),
        played.c.plays,
        played.c.plays_known,
        ratio(played.c.plays_known, played.c.plays).label("plays_share"),
    ).select_from(played.join(catalogue, true()).join(artists, true()))


def _plays_of_songs(
    *, start: Moment | None, end: Moment | None, level: Level | None, place: Place | None
) -> Subquery:
    """Count plays by song of the catalogue, NULL for those that it does not know.

    Where only the time matters, the tracks are counted, by their short numbers.
    Columns: song_id, plays.
    """
    if level is not None or place is not None:
        return (
            select(songplays.c.song_id, func.count().label("plays"))
            .where(*within(start=start, end=end, level=level, place=place))
            .group_by(songplays.c.song_id)
            .subquery("counted")
        )
    tracks = tables.tracks
    start_time = tables.songplay_tracks.c.start_time
    counts = plays_of_tracks(where=during(start_time, start=start, end=end))
    return (
        select(tracks.c.song_id, total(counts.c.plays).label("plays"))
        .join_from(counts, tracks, tracks.c.track_id == counts.c.track_id)
        .group_by(tracks.c.song_id)
        .subquery("counted")
    )
