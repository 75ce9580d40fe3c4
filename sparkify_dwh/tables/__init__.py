"""The warehouse's tables as SQLAlchemy Core has them, in the order staging, star, bookkeeping.

They say all that there is to say of the schema. :mod:`sparkify_dwh.models` maps classes onto them,
for those who ask by SQLAlchemy's ORM; a load does without it.
"""

from sparkify_dwh.duckdb.ddl import make_keys_informational
from sparkify_dwh.tables.bookkeeping import (
    load_files,
    load_rejects,
    load_runs,
    songplay_tracks,
    tracks,
    user_versions,
)
from sparkify_dwh.tables.columns import metadata
from sparkify_dwh.tables.staging import staging_events, staging_songs
from sparkify_dwh.tables.star import artists, songplays, songs, time, users

make_keys_informational(metadata)

__all__ = [
    "artists",
    "load_files",
    "load_rejects",
    "load_runs",
    "metadata",
    "songplay_tracks",
    "songplays",
    "songs",
    "staging_events",
    "staging_songs",
    "time",
    "tracks",
    "user_versions",
    "users",
]
