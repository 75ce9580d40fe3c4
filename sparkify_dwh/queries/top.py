"""The most played songs, tracks, artists and the busiest users."""

from typing import Any

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    FromClause,
    Select,
    String,
    Subquery,
    and_,
    case,
    func,
    select,
)

from sparkify_dwh import tables
from sparkify_dwh.queries.plays import (
    Level,
    Moment,
    Place,
    during,
    most,
    plays_of_tracks,
    songplays,
    total,
    within,
)
from sparkify_dwh.queries.registry import query

_songs, _artists, _users = tables.songs, tables.artists, tables.users
_tracks, _play_tracks = tables.tracks, tables.songplay_tracks


@query
def top_songs(
    *,
    n: int | None = 10,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """Which songs of the catalogue are played most?

    Plays whose song the catalogue does not know are left out; see ``top_tracks`` for them.
    Most plays first, then by song_id.

    Columns:
        song_id (text): Id of the song.
        title (text): Its title.
        artist (text): Name of its artist.
        plays (integer): How often it was played.
        users (integer): How many users played it.
    """
    ranked = _ranked_by_catalogue("song_id", n=n, start=start, end=end, level=level, place=place)
    return (
        select(_songs.c.song_id, _songs.c.title, _artists.c.name.label("artist"))
        .add_columns(ranked.c.plays, ranked.c.users)
        .join_from(ranked, _songs, _songs.c.song_id == ranked.c.song_id)
        .join(_artists, _artists.c.artist_id == _songs.c.artist_id)
        .order_by(ranked.c.plays.desc().nulls_last(), _songs.c.song_id.asc().nulls_last())
    )


@query
def top_artists(
    *,
    n: int | None = 10,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """Which artists of the catalogue are played most?

    Plays whose song the catalogue does not know are left out. Most plays first, then by
    artist_id.

    Columns:
        artist_id (text): Id of the artist.
        name (text): Name of the artist.
        location (text): Place of the artist, NULL when unknown.
        plays (integer): How often a song of the artist was played.
        users (integer): How many users played one.
    """
    ranked = _ranked_by_catalogue("artist_id", n=n, start=start, end=end, level=level, place=place)
    return (
        select(_artists.c.artist_id, _artists.c.name, _artists.c.location)
        .add_columns(ranked.c.plays, ranked.c.users)
        .join_from(ranked, _artists, _artists.c.artist_id == ranked.c.artist_id)
        .order_by(ranked.c.plays.desc().nulls_last(), _artists.c.artist_id.asc().nulls_last())
    )


@query
def top_tracks(
    *,
    n: int | None = 10,
    known: bool | None = None,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """Which tracks, as the logs name them, are played most?

    Unlike ``top_songs`` this counts all plays. With ``known=False`` it lists the tracks that
    the catalogue lacks most, with ``known=True`` those that it has. Most plays first, then by
    artist, title and duration.

    Columns:
        title (text): Title in the logs, NULL when they give none.
        artist (text): Artist in the logs, NULL when they give none.
        duration (float): Length in seconds, NULL when the logs give none.
        song_id (text): The catalogue's song, NULL when it has none.
        plays (integer): How often it was played.
        users (integer): How many users played it.
    """
    source, where = _plays_with_track(start=start, end=end, level=level, place=place)
    if known is not None:
        song = _tracks.c.song_id.is_not(None) if known else _tracks.c.song_id.is_(None)
        where.append(_play_tracks.c.track_id.in_(select(_tracks.c.track_id).where(song)))
    ranked = _ranked(_play_tracks.c.track_id, source=source, where=where, n=n)
    # The loader keeps '' and a negative duration in place of NULL, which no join would find.
    duration = case((_tracks.c.duration >= 0, _tracks.c.duration), else_=None)
    return (
        select(
            func.nullif(_tracks.c.title, "", type_=String()).label("title"),
            func.nullif(_tracks.c.artist_name, "", type_=String()).label("artist"),
            duration.label("duration"),
            _tracks.c.song_id,
            ranked.c.plays,
            ranked.c.users,
        )
        .join_from(ranked, _tracks, _tracks.c.track_id == ranked.c.track_id)
        .order_by(
            ranked.c.plays.desc().nulls_last(),
            _tracks.c.artist_name.asc().nulls_last(),
            _tracks.c.title.asc().nulls_last(),
            _tracks.c.duration.asc().nulls_last(),
        )
    )


@query
def top_users(
    *,
    n: int | None = 10,
    start: Moment | None = None,
    end: Moment | None = None,
    level: Level | None = None,
    place: Place | None = None,
) -> Select[Any]:
    """Which users play most?

    Most plays first, then by user_id.

    Columns:
        user_id (integer): The app's number of the user.
        first_name (text): First name.
        last_name (text): Last name.
        level (text): The user's level now, which may differ from that of the plays.
        plays (integer): Songs played.
        sessions (integer): Sessions with a play.
        first_play (timestamp): When the first of these plays began, UTC.
        last_play (timestamp): When the last one began, UTC.
    """
    sessions = (
        select(songplays.c.user_id, songplays.c.session_id, func.count().label("plays"))
        .add_columns(
            func.min(songplays.c.start_time).label("first_play"),
            func.max(songplays.c.start_time).label("last_play"),
        )
        .where(*within(start=start, end=end, level=level, place=place))
        .group_by(songplays.c.user_id, songplays.c.session_id)
        .subquery("session")
    )
    plays = total(sessions.c.plays)
    ranked = (
        select(sessions.c.user_id, plays.label("plays"), func.count().label("sessions"))
        .add_columns(
            func.min(sessions.c.first_play).label("first_play"),
            func.max(sessions.c.last_play).label("last_play"),
        )
        .group_by(sessions.c.user_id)
        .order_by(plays.desc().nulls_last(), sessions.c.user_id.asc().nulls_last())
        .limit(most(n))
        .subquery("ranked")
    )
    return (
        select(
            _users.c.user_id,
            _users.c.first_name,
            _users.c.last_name,
            _users.c.level,
            ranked.c.plays,
            ranked.c.sessions,
            ranked.c.first_play,
            ranked.c.last_play,
        )
        .join_from(ranked, _users, _users.c.user_id == ranked.c.user_id)
        .order_by(ranked.c.plays.desc().nulls_last(), _users.c.user_id.asc().nulls_last())
    )


def _plays_with_track(
    *, start: Moment | None, end: Moment | None, level: Level | None, place: Place | None
) -> tuple[FromClause, list[ColumnElement[bool]]]:
    """Return what to count tracks from, with the conditions on it.

    The time stands in ``songplay_tracks`` too; only level and place need the join.
    """
    where = during(_play_tracks.c.start_time, start=start, end=end)
    if level is None and place is None:
        return _play_tracks, where
    key = ("start_time", "user_id", "session_id")
    same = and_(*(songplays.c[name] == _play_tracks.c[name] for name in key))
    where += within(start=start, end=end, level=level, place=place)
    return _play_tracks.join(songplays, same), where


def _ranked_by_catalogue(
    name: str,
    *,
    n: int | None,
    start: Moment | None,
    end: Moment | None,
    level: Level | None,
    place: Place | None,
) -> Subquery:
    """Rank songs or artists of the catalogue by their plays.

    Where only the time matters, the plays are counted by track, which has a short number, and
    few tracks are looked up: that costs a third of counting by the text of an id.
    Columns: the column, plays, users.
    """
    if level is not None or place is not None:
        where = within(start=start, end=end, level=level, place=place)
        return _ranked(songplays.c[name], source=songplays, where=where, n=n)
    where = during(_play_tracks.c.start_time, start=start, end=end)
    tracks, key = plays_of_tracks(where=where), _tracks.c[name]
    plays = total(tracks.c.plays)
    top = (
        select(key, plays.label("plays"))
        .join_from(tracks, _tracks, _tracks.c.track_id == tracks.c.track_id)
        .where(key.is_not(None))
        .group_by(key)
        .order_by(plays.desc().nulls_last(), key.asc().nulls_last())
        .limit(most(n))
        .cte("top")
    )
    listened = (
        select(key, _play_tracks.c.user_id)
        .join_from(_play_tracks, _tracks, _tracks.c.track_id == _play_tracks.c.track_id)
        .where(key.in_(select(top.c[name])), *where)
    )
    return _with_users(top, listened)


def _ranked(
    key: Column[Any], *, source: FromClause, where: list[ColumnElement[bool]], n: int | None
) -> Subquery:
    """Count plays by a column of the plays, keep the n largest, and count their users.

    Columns: the column, plays, users.
    """
    top = (
        select(key, func.count().label("plays"))
        .select_from(source)
        .where(key.is_not(None), *where)
        .group_by(key)
        .order_by(func.count().desc().nulls_last(), key.asc().nulls_last())
        .limit(most(n))
        .cte("top")
    )
    listened = (
        select(key, key.table.c.user_id)
        .select_from(source)
        .where(key.in_(select(top.c[key.name])), *where)
    )
    return _with_users(top, listened)


def _with_users(top: CTE, listened: Select[Any]) -> Subquery:
    """Add to the most played how many users played them.

    The users are counted for these few only, in a second pass: counting them for every song
    would cost more than anything else here.
    """
    name = top.c[0].name
    pairs = listened.distinct().subquery("listened")
    users = (
        select(pairs.c[name], func.count().label("users"))
        .group_by(pairs.c[name])
        .subquery("listeners")
    )
    return (
        select(top.c[name], top.c.plays, users.c.users)
        .join_from(top, users, top.c[name] == users.c[name])
        # Counted once, though it is read twice; here, so that two queries may go together.
        .add_cte(top, nest_here=True)
        .subquery("ranked")
    )
