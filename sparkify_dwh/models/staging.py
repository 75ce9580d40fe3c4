"""Classes for what is staged; see :mod:`sparkify_dwh.tables.staging`."""

from sqlalchemy.orm import Mapped

from sparkify_dwh.models.base import Base
from sparkify_dwh.tables import staging


class StagingEvent(Base):
    """One record of the log feed: something that a user did in the app."""

    __table__ = staging.staging_events
    __mapper_args__ = {
        "primary_key": [staging.staging_events.c.file_id, staging.staging_events.c.record_number]
    }

    artist: Mapped[str | None]
    auth: Mapped[str | None]
    first_name: Mapped[str | None]
    gender: Mapped[str | None]
    item_in_session: Mapped[int | None]
    last_name: Mapped[str | None]
    length: Mapped[float | None]
    level: Mapped[str | None]
    location: Mapped[str | None]
    method: Mapped[str | None]
    page: Mapped[str | None]
    registration: Mapped[float | None]
    session_id: Mapped[int | None]
    song: Mapped[str | None]
    status: Mapped[int | None]
    ts: Mapped[int]
    user_agent: Mapped[str | None]
    user_id: Mapped[str | None]
    file_id: Mapped[int | None]
    record_number: Mapped[int | None]


class StagingSong(Base):
    """One record of the song feed: a song of the catalogue with its artist."""

    __table__ = staging.staging_songs
    __mapper_args__ = {
        "primary_key": [staging.staging_songs.c.file_id, staging.staging_songs.c.record_number]
    }

    num_songs: Mapped[int | None]
    artist_id: Mapped[str]
    artist_latitude: Mapped[float | None]
    artist_longitude: Mapped[float | None]
    artist_location: Mapped[str | None]
    artist_name: Mapped[str | None]
    song_id: Mapped[str]
    title: Mapped[str | None]
    duration: Mapped[float | None]
    year: Mapped[int | None]
    file_id: Mapped[int | None]
    record_number: Mapped[int | None]
