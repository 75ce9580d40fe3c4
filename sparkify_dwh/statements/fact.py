"""Songplays and time: from the staged events into the star."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CreateTableAs,
    FromClause,
    Select,
    SmallInteger,
    bindparam,
    cast,
    extract,
    func,
    insert,
    literal_column,
    select,
    union,
    update,
)

from sparkify_dwh import tables
from sparkify_dwh.statements.constructs import epoch_ms_to_timestamp
from sparkify_dwh.statements.events import is_play
from sparkify_dwh.statements.plays import (
    PLAY_KEY,
    TRACK_HASH,
    TRACK_KEY,
    plays_by_frequency,
    same,
    staged_plays,
)
from sparkify_dwh.statements.ranking import ascending, ranked
from sparkify_dwh.statements.staged import Staged
from sparkify_dwh.statements.step import Step
from sparkify_dwh.statements.tracks import found_tracks, insert_tracks, next_number, tell_apart

_songplays, _time = tables.songplays, tables.time
_tracks, _play_tracks = tables.tracks, tables.songplay_tracks

#: Attributes that a play has of its own; song_id and artist_id come from its track.
_PLAY_ATTRIBUTES = ("level", "location", "user_agent")

#: Name of the temporary table of plays whose natural key was offered more than once.
CONTESTED = "contested_plays"
CONTESTED_KEYS = "contested_keys"


def publish_plays(staged: Staged) -> Iterator[Step]:
    """Yield the statements that bring the staged plays into the star."""
    plays = staged_plays(staged).subquery("play")
    if TRACK_HASH in plays.c:
        yield Step("tracks: tell apart those that plays name", tell_apart(staged))
        yield insert_tracks(tell_apart(staged).table, staged)
    else:
        yield insert_tracks(plays, staged)
    keys = _contested_keys(plays, staged)
    yield Step("songplays: find keys that were offered more than once", keys)
    contested = _contested(plays, keys.table, staged)
    yield Step("songplays: rank the records of each such key", contested, keys.table)
    yield from _insert_new_plays(plays, keys.table, staged)
    winners = contested.table
    yield from _insert_plays(
        winners.select().where(winners.c.place == 1, winners.c.has_kept == 0).subquery("winner"),
        staged,
        "insert the best record of each such key",
        only_for_rows_of=keys.table,
    )
    yield from _update_plays(winners, keys.table, staged)
    yield Step("time: insert new moments", _insert_time(staged))


def _insert_new_plays(plays: FromClause, keys: FromClause, staged: Staged) -> Iterator[Step]:
    """Yield the statements for the many plays that are simply new, and whose key no other has.

    DuckDB joins all plays with the contested keys though it has just seen that there are none; so
    there it is left out then.

    Where staging has the hash of each play's track, the tracks are looked up by it: the texts of
    the plays need not be read, and hashed, once for each statement. Should two tracks of this load
    have the same hash, all is done by their texts.
    """
    fresh = _without(plays, keys).subquery("fresh")
    if not staged.numbers_rows:  # on Redshift, where a question costs more than such a join
        yield from _insert_plays(fresh, staged, "insert new plays")
        return
    tracks: FromClause = _tracks
    by: tuple[str, ...] = TRACK_KEY
    twins: tuple[FromClause, ...] = ()
    if TRACK_HASH in plays.c:
        found, sharing = found_tracks(tell_apart(staged).table)
        yield Step("tracks: look those up that plays name", found)
        yield Step("tracks: find those that share a hash", sharing)
        tracks, by, twins = found.table, (TRACK_HASH,), (sharing.table,)
    parts = [part.subquery("play") for part in plays_by_frequency(staged)]
    yield from _insert_plays(
        plays,
        staged,
        "insert new plays",
        parts=parts,
        tracks=tracks,
        by=by,
        unless_rows_of=(keys, *twins),
    )
    yield from _insert_plays(
        fresh,
        staged,
        "insert new plays, without those of such a key",
        parts=[_without(part, keys).subquery("fresh") for part in parts],
        tracks=tracks,
        by=by,
        only_for_rows_of=keys,
        unless_rows_of=twins,
    )
    for shared in twins:
        yield from _insert_plays(
            fresh,
            staged,
            "insert new plays, by the texts of their tracks",
            only_for_rows_of=shared,
        )


def any_kept_play(staged: Staged) -> Step:
    """Return the question for a play that the fact has in the load's range of time."""
    kept = select(_songplays.c.songplay_id).where(staged.during_load(_songplays.c.start_time))
    return Step("songplays: is one there already", kept.limit(1))


def songplay_ids(events: FromClause) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Return, as subqueries, the next songplay_id and the highest number to be added to it."""
    highest = select(func.max(literal_column("rowid", BigInteger))).select_from(events)
    return next_number(_songplays.c.songplay_id), highest.scalar_subquery()


def _next_songplay_id(staged: Staged) -> ColumnElement[int]:
    if staged.next_songplay_id is None:
        return next_number(_songplays.c.songplay_id)
    return bindparam("next_songplay_id", staged.next_songplay_id, BigInteger())


def _without(plays: FromClause, keys: FromClause) -> Select[Any]:
    """Select the plays that do not have one of the keys.

    An outer join, for which DuckDB hashes the keys; for NOT EXISTS it would hash the plays.
    """
    return (
        select(*plays.c)
        .join_from(plays, keys, same(plays, keys, PLAY_KEY), isouter=True)
        .where(keys.c[PLAY_KEY[0]].is_(None))
    )


def _contested_keys(plays: FromClause, staged: Staged) -> CreateTableAs:
    """Find natural keys that the load offers twice, or that the fact has already.

    The fact is looked at in the load's own range of time only: it is sorted by it.
    """
    key = [plays.c[name] for name in PLAY_KEY]
    offered = select(*key)
    if staged.moments is not None:
        shared = staged.moments.shared
        offered = offered.join_from(plays, shared, shared.c.start_time == plays.c.start_time)
    twice = offered.group_by(*key).having(func.count() > 1)
    in_fact = (
        select(*(_songplays.c[name] for name in PLAY_KEY))
        .join_from(_songplays, plays, same(_songplays, plays, PLAY_KEY))
        .where(staged.during_load(_songplays.c.start_time))
    )
    return CreateTableAs(
        select(union(twice, in_fact).subquery("keys")), CONTESTED_KEYS, temporary=True
    )


def _contested(plays: FromClause, keys: FromClause, staged: Staged) -> CreateTableAs:
    """Rank the staged records and the kept plays of the contested keys.

    All of them lie in the load's range of time, which is said again for each large table:
    an engine does not see it from the join.
    """
    kept = (
        select(
            *(_songplays.c[name] for name in (*PLAY_KEY, *_PLAY_ATTRIBUTES)),
            *(_tracks.c[name] for name in TRACK_KEY),
            *(cast(None, BigInteger).label(name) for name in _only_staged(plays)),
        )
        .join_from(_songplays, keys, same(_songplays, keys, PLAY_KEY))
        .join(_play_tracks, same(_songplays, _play_tracks, PLAY_KEY))
        .join(_tracks, _tracks.c.track_id == _play_tracks.c.track_id)
        .where(*_in_window(staged))
    )
    offered = select(*plays.c).join_from(plays, keys, same(plays, keys, PLAY_KEY))
    return ranked(
        CONTESTED,
        staged=offered,
        kept=lambda _: kept,
        key=PLAY_KEY,
        # Any total order over the content will do, as long as it is always this one.
        order=lambda play: ascending(play, *TRACK_KEY, *_PLAY_ATTRIBUTES),
    )


def _only_staged(plays: FromClause) -> list[str]:
    """Return the names of the columns that a staged play has besides those of a kept one."""
    return [name for name in (TRACK_HASH, "file_id", "number") if name in plays.c]


def contested_table(staged: Staged) -> FromClause:
    """Return the temporary table of contested plays; publishing makes it if there are any."""
    plays = staged_plays(staged).subquery("play")
    return _contested(plays, _contested_keys(plays, staged).table, staged).table


def _in_window(staged: Staged) -> list[ColumnElement[bool]]:
    return [staged.during_load(table.c.start_time) for table in (_songplays, _play_tracks)]


def _insert_plays(
    plays: FromClause,
    staged: Staged,
    what: str,
    *,
    parts: Sequence[FromClause] = (),
    tracks: FromClause = _tracks,
    by: tuple[str, ...] = TRACK_KEY,
    only_for_rows_of: FromClause | None = None,
    unless_rows_of: tuple[FromClause, ...] = (),
) -> Iterator[Step]:
    """Yield the statements that insert plays, each with the track that agrees with it.

    Where the same plays are given in ``parts``, too, these go into the fact one by one.
    """
    columns = [*PLAY_KEY, *_PLAY_ATTRIBUTES]
    for part in parts or (plays,):
        key: dict[str, ColumnElement[int]] = {}
        if staged.numbers_rows:
            key["songplay_id"] = _next_songplay_id(staged) + part.c.number
        yield Step(
            f"songplays: {what}",
            insert(_songplays).from_select(
                [*key, *columns, "song_id", "artist_id"],
                select(
                    *key.values(),
                    *(part.c[name] for name in columns),
                    tracks.c.song_id,
                    tracks.c.artist_id,
                ).select_from(part.join(tracks, same(part, tracks, by))),
                include_defaults=False,
            ),
            only_for_rows_of,
            unless_rows_of,
        )
    yield Step(
        f"songplay_tracks: {what}",
        insert(_play_tracks).from_select(
            [*PLAY_KEY, "track_id"],
            select(*(plays.c[name] for name in PLAY_KEY), tracks.c.track_id).select_from(
                plays.join(tracks, same(plays, tracks, by))
            ),
        ),
        only_for_rows_of,
        unless_rows_of,
    )


def _update_plays(winners: FromClause, keys: FromClause, staged: Staged) -> Iterator[Step]:
    won = (winners.c.place == 1, winners.c.has_kept == 1, winners.c.is_kept == 0)
    of_track = same(winners, _tracks, TRACK_KEY)
    yield Step(
        "songplays: update from better records",
        update(_songplays)
        .values(
            {name: winners.c[name] for name in _PLAY_ATTRIBUTES}
            | {"song_id": _tracks.c.song_id, "artist_id": _tracks.c.artist_id}
        )
        .where(
            same(_songplays, winners, PLAY_KEY),
            staged.during_load(_songplays.c.start_time),
            of_track,
            *won,
        ),
        only_for_rows_of=keys,
    )
    yield Step(
        "songplay_tracks: update from better records",
        update(_play_tracks)
        .values(track_id=_tracks.c.track_id)
        .where(
            same(_play_tracks, winners, PLAY_KEY),
            staged.during_load(_play_tracks.c.start_time),
            of_track,
            *won,
        ),
        only_for_rows_of=keys,
    )


def _insert_time(staged: Staged) -> Any:
    moments = _moments(staged)
    start_time = moments.c.start_time
    parts = [
        cast(extract(part, start_time), SmallInteger)
        for part in ("hour", "day", "week", "month", "year", "dow")
    ]
    known = (
        select(_time.c.start_time).where(staged.during_load(_time.c.start_time)).subquery("known")
    )
    return insert(_time).from_select(
        [column.name for column in _time.c],
        select(start_time, *parts)
        .join_from(moments, known, known.c.start_time == start_time, isouter=True)
        .where(known.c.start_time.is_(None)),
    )


def _moments(staged: Staged) -> FromClause:
    """Return the moments of the staged plays, each once."""
    if staged.moments is not None:
        return staged.moments.all
    events = staged.events
    assert events is not None
    return (
        select(epoch_ms_to_timestamp(events.c.ts).label("start_time"))
        .where(is_play(events))
        .distinct()
        .subquery("moment")
    )
