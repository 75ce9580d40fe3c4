"""The sums that have to come out, and the values that are expected, as proofs.

Like keys and references they are selects of offending rows: none means that all is well.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Table, and_, func, select

from sparkify_dwh import tables
from sparkify_dwh.statements.plays import PLAY_KEY, same
from sparkify_dwh.statements.proofs import Kind, Proof, Severity

_files, _runs, _rejects = tables.load_files, tables.load_runs, tables.load_rejects
_songplays, _play_tracks = tables.songplays, tables.songplay_tracks
_tracks, _time, _users = tables.tracks, tables.time, tables.users

#: Words that the app is known to send; another one is worth a look, not an alarm.
_EXPECTED = {
    (_songplays, "level"): ("free", "paid"),
    (_users, "level"): ("free", "paid"),
    (_users, "gender"): ("F", "M"),
}


def reconciliation() -> Iterator[Proof]:
    """Yield the proofs that ledger, fact and bookkeeping agree with each other."""
    yield _proof("each file's records are staged or rejected", _unbalanced_records())
    yield _proof("each log file's staged records are told", _unbalanced_plays())
    yield _proof("each run's numbers are the sums of its files", _unbalanced_runs())
    yield _proof("each run's rejects are kept", _lost_rejects())
    yield _proof("the files account for every play", _unaccounted_plays())
    yield _proof("each play has its track", _plays_without_track())
    yield _proof("each play has the song of its track", _plays_with_another_song())
    yield _proof("each moment has a play", _unused(_time, _songplays, "start_time"))
    yield _proof("each user has a record", _unused(_users, tables.user_versions, "user_id"))


def expected_values() -> Iterator[Proof]:
    """Yield the proofs that columns hold the words that the app is known to send."""
    for (table, name), words in _EXPECTED.items():
        column = table.c[name]
        yield Proof(
            Kind.VALUES,
            f"{table.name}.{name} is one of {', '.join(words)}",
            select(column, func.count().label("rows_with_it"))
            .where(column.not_in(words))
            .group_by(column),
            Severity.WARNING,
        )


def _proof(name: str, offending: Select[Any]) -> Proof:
    return Proof(Kind.RECONCILIATION, name, offending)


def _unbalanced_records() -> Select[Any]:
    return select(_files).where(
        _files.c.records_read != _files.c.records_staged + _files.c.records_rejected
    )


def _unbalanced_plays() -> Select[Any]:
    told = _files.c.plays_inserted + _files.c.plays_duplicate + _files.c.not_plays
    return select(_files).where(_files.c.feed == "log", _files.c.records_staged != told)


def _unbalanced_runs() -> Select[Any]:
    names = (
        "records_read",
        "records_staged",
        "records_rejected",
        "plays_inserted",
        "plays_duplicate",
    )
    sums = (
        select(_files.c.run_id, *(func.sum(_files.c[name]).label(name) for name in names))
        .group_by(_files.c.run_id)
        .subquery("of_files")
    )
    agrees = and_(*(_runs.c[name] == sums.c[name] for name in names))
    return (
        select(_runs.c.run_id, *(_runs.c[name] for name in names))
        .join_from(_runs, sums, _runs.c.run_id == sums.c.run_id, isouter=True)
        .where(sums.c.run_id.is_(None) | ~agrees)
    )


def _lost_rejects() -> Select[Any]:
    kept = (
        select(_rejects.c.run_id, func.count().label("kept"))
        .group_by(_rejects.c.run_id)
        .subquery("of_rejects")
    )
    return (
        select(_runs.c.run_id, _runs.c.records_rejected, kept.c.kept)
        .join_from(_runs, kept, _runs.c.run_id == kept.c.run_id, isouter=True)
        .where(_runs.c.records_rejected != func.coalesce(kept.c.kept, 0))
    )


def _unaccounted_plays() -> Select[Any]:
    told: ColumnElement[int] = select(
        func.coalesce(func.sum(_files.c.plays_inserted), 0)
    ).scalar_subquery()
    plays = select(func.count().label("plays")).select_from(_songplays).subquery("fact")
    return select(plays.c.plays, told.label("told_by_files")).where(plays.c.plays != told)


def _plays_without_track() -> Select[Any]:
    return (
        select(_songplays)
        .join_from(_songplays, _play_tracks, same(_songplays, _play_tracks, PLAY_KEY), isouter=True)
        .where(_play_tracks.c.track_id.is_(None))
    )


def _plays_with_another_song() -> Select[Any]:
    return (
        select(_songplays, _tracks.c.song_id.label("song_id_of_track"))
        .join_from(_songplays, _play_tracks, same(_songplays, _play_tracks, PLAY_KEY))
        .join(_tracks, _tracks.c.track_id == _play_tracks.c.track_id)
        .where(func.coalesce(_songplays.c.song_id, "") != func.coalesce(_tracks.c.song_id, ""))
    )


def _unused(table: Table, user: FromClause, name: str) -> Select[Any]:
    """Select the rows of a table that no row of another refers to."""
    users = select(user.c[name]).distinct().subquery("used")
    return (
        select(table)
        .join_from(table, users, table.c[name] == users.c[name], isouter=True)
        .where(users.c[name].is_(None))
    )
