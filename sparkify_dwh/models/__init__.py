"""Classes for SQLAlchemy's ORM, mapped onto :mod:`sparkify_dwh.tables`, in the same order."""

from sparkify_dwh.models.base import Base
from sparkify_dwh.models.bookkeeping import (
    LoadFile,
    LoadReject,
    LoadRun,
    SongPlayTrack,
    Track,
    UserVersion,
)
from sparkify_dwh.models.staging import StagingEvent, StagingSong
from sparkify_dwh.models.star import Artist, Song, SongPlay, Time, User
from sparkify_dwh.tables import metadata

__all__ = [
    "Artist",
    "Base",
    "LoadFile",
    "LoadReject",
    "LoadRun",
    "Song",
    "SongPlay",
    "SongPlayTrack",
    "StagingEvent",
    "StagingSong",
    "Time",
    "Track",
    "User",
    "UserVersion",
    "metadata",
]
