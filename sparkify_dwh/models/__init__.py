"""The warehouse's tables as SQLAlchemy models, in the order staging, star, bookkeeping."""

from sparkify_dwh.duckdb.ddl import make_keys_informational
from sparkify_dwh.models.base import Base, table_of
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

metadata = Base.metadata
make_keys_informational(metadata)

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
    "table_of",
]
