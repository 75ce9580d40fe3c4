"""Classes for what the loader remembers; see :mod:`sparkify_dwh.tables.bookkeeping`."""

import datetime as dt

from sqlalchemy.orm import Mapped

from sparkify_dwh.models.base import Base
from sparkify_dwh.tables import bookkeeping


class LoadRun(Base):
    """One committed load."""

    __table__ = bookkeeping.load_runs

    run_id: Mapped[str]
    started_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime]
    version: Mapped[str]
    mode: Mapped[str]
    log_files: Mapped[int]
    song_files: Mapped[int]
    records_read: Mapped[int]
    records_staged: Mapped[int]
    records_rejected: Mapped[int]
    plays_inserted: Mapped[int]
    plays_duplicate: Mapped[int]


class LoadFile(Base):
    """One version of one source file that a committed load has read."""

    __table__ = bookkeeping.load_files

    file_id: Mapped[int]
    run_id: Mapped[str]
    feed: Mapped[str]
    uri: Mapped[str]
    size_bytes: Mapped[int]
    fingerprint: Mapped[str]
    records_read: Mapped[int]
    records_staged: Mapped[int]
    records_rejected: Mapped[int]
    plays_inserted: Mapped[int]
    plays_duplicate: Mapped[int]
    not_plays: Mapped[int]
    unknown_keys: Mapped[int]


class LoadReject(Base):
    """One record that a load with --max-errors left out."""

    __table__ = bookkeeping.load_rejects

    run_id: Mapped[str]
    reject_number: Mapped[int]
    file_id: Mapped[int]
    uri: Mapped[str]
    line_number: Mapped[int | None]
    reason: Mapped[str]
    column_name: Mapped[str | None]
    detail: Mapped[str]
    raw_text: Mapped[str]


class Track(Base):
    """A track as the log names it, and the catalogue song that it resolves to."""

    __table__ = bookkeeping.tracks

    track_id: Mapped[int]
    title: Mapped[str]
    artist_name: Mapped[str]
    duration: Mapped[float]
    song_id: Mapped[str | None]
    artist_id: Mapped[str | None]


class SongPlayTrack(Base):
    """Which track a play named; keyed as the play is."""

    __table__ = bookkeeping.songplay_tracks

    start_time: Mapped[dt.datetime]
    user_id: Mapped[int]
    session_id: Mapped[int]
    track_id: Mapped[int]


class UserVersion(Base):
    """Which record a user's attributes were taken from."""

    __table__ = bookkeeping.user_versions

    user_id: Mapped[int]
    ts: Mapped[int]
    session_id: Mapped[int]
    item_in_session: Mapped[int]
