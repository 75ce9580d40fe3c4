"""Single statements that show several promises at once, where all is well.

The proofs of the tables that have a row for each play cost a pass over all plays each, and
some follow from others: when every play's moment is in ``time``, and ``time`` has as many rows
as there are distinct moments, then it has each of them once and no other. A shortcut asks for
such numbers. Where they do not agree, its proofs are carried out one by one, and find the rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    Table,
    and_,
    case,
    cast,
    func,
    or_,
    select,
)

from sparkify_dwh import tables
from sparkify_dwh.statements.plays import PLAY_KEY, same
from sparkify_dwh.statements.proofs import Proof

_songplays, _play_tracks = tables.songplays, tables.songplay_tracks
_tracks, _time = tables.tracks, tables.time

MOMENT_IS_KNOWN = "songplays (start_time) is in time"
MOMENTS = (MOMENT_IS_KNOWN, "time (start_time) is unique", "each moment has a play")
PLAYS_ARE_UNIQUE = "songplays (user_id, session_id, start_time) is unique"
SONG_IS_KNOWN = "tracks (song_id) is in songs"
ARTIST_IS_KNOWN = "tracks (artist_id) is in artists"
TRACKS = (
    PLAYS_ARE_UNIQUE,
    "songplays (song_id) is in songs",
    "songplays (artist_id) is in artists",
    "songplay_tracks (start_time, user_id, session_id) is unique",
    "each play has its track",
    "each play has the song of its track",
)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A query of one row of numbers, and whether they show that the named proofs find nothing."""

    names: tuple[str, ...]
    query: Select[Any]
    shows: Callable[[Row[Any]], bool]


def shortcuts(proofs: Mapping[str, Proof]) -> tuple[Shortcut, ...]:
    """Return the shortcuts through the proofs, which are given by name."""
    return (
        Shortcut(
            MOMENTS,
            _moments(proofs[MOMENT_IS_KNOWN]),
            lambda row: row.unknown == 0 and row.moments == row.times,
        ),
        # With no two plays of one key, as many matches as plays, and a match for each, there is
        # exactly one for each; and with as many tracks, none is left over. A play that has the
        # song and the artist of its track refers to what the track refers to.
        Shortcut(
            TRACKS,
            _plays_and_tracks(
                unique=proofs[PLAYS_ARE_UNIQUE],
                references=(proofs[SONG_IS_KNOWN], proofs[ARTIST_IS_KNOWN]),
            ),
            lambda row: (
                row.repeated == row.missing == row.differing == row.unknown == 0
                and row.matches == row.plays == row.tracks
            ),
        ),
    )


def _moments(known: Proof) -> Select[Any]:
    distinct = select(_songplays.c.start_time).distinct().subquery("distinct_moments")
    return select(
        known.count.scalar_subquery().label("unknown"),
        select(func.count()).select_from(distinct).scalar_subquery().label("moments"),
        _size(_time).label("times"),
    )


def _plays_and_tracks(*, unique: Proof, references: tuple[Proof, Proof]) -> Select[Any]:
    found = (
        select(
            func.count().label("matches"),
            _number(_tracks.c.track_id.is_(None)).label("missing"),
            _number(or_(_differs("song_id"), _differs("artist_id"))).label("differing"),
        )
        .join_from(_songplays, _play_tracks, same(_songplays, _play_tracks, PLAY_KEY), isouter=True)
        .join(_tracks, _tracks.c.track_id == _play_tracks.c.track_id, isouter=True)
        .subquery("found")
    )
    song, artist = (proof.count.scalar_subquery() for proof in references)
    return select(
        found,
        unique.count.scalar_subquery().label("repeated"),
        (song + artist).label("unknown"),
        _size(_songplays).label("plays"),
        _size(_play_tracks).label("tracks"),
    )


def _differs(name: str) -> ColumnElement[bool]:
    """Return whether a play's reference is another one than its track's, NULL being none."""
    own, other = _songplays.c[name], _tracks.c[name]
    return or_(
        own != other,
        and_(own.is_(None), other.is_not(None)),
        and_(own.is_not(None), other.is_(None)),
    )


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Count the rows for which a condition is true."""
    return cast(func.coalesce(func.sum(case((condition, 1), else_=0)), 0), BigInteger)


def _size(table: Table) -> ScalarSelect[int]:
    return select(func.count()).select_from(table).scalar_subquery()
