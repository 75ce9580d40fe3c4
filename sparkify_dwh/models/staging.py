"""The landing tables: one column per key of a feed, in the feed's order, then lineage.

Every record here has passed its feed's contract (see :mod:`sparkify_dwh.feeds.contract`),
which is derived from these columns: ``info["key"]`` is the JSON key and
``info["contract"]`` says which JSON values the field takes.

Staging is scratch. It holds the records of the last load that had any, so that one can
look at them; no load reads what an earlier one left.
"""

from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from sparkify_dwh.models.base import (
    Base,
    BigId,
    CatalogueId,
    LongNumber,
    LongText,
    Number,
    Real,
    ShortText,
    Word,
)


def _field(key: str, comment: str, contract: str) -> Any:
    """Return a staging column for the JSON key, with its contract beside it."""
    return mapped_column(comment=comment, info={"key": key, "contract": contract})


class StagingEvent(Base):
    """One record of the log feed: something that a user did in the app."""

    __tablename__ = "staging_events"
    __table_args__ = {
        "comment": "Log records of the last load that had any; scratch, not history.",
        # Written once and read once by full scans: spread evenly, sorted by nothing.
        "redshift_diststyle": "EVEN",
    }
    __mapper_args__ = {"primary_key": ["file_id", "record_number"]}

    artist: Mapped[LongText | None] = _field("artist", "Artist's name as the app knew it.", "text")
    auth: Mapped[Word | None] = _field("auth", "Logged In, Logged Out, Cancelled.", "text")
    first_name: Mapped[ShortText | None] = _field("firstName", "User's first name.", "text")
    gender: Mapped[Word | None] = _field("gender", "F or M.", "text")
    item_in_session: Mapped[Number | None] = _field(
        "itemInSession", "Number of the action within its session, from 0.", "integer"
    )
    last_name: Mapped[ShortText | None] = _field("lastName", "User's last name.", "text")
    length: Mapped[Real | None] = _field("length", "Length of the song, in seconds.", "float")
    level: Mapped[Word | None] = _field("level", "free or paid, at the time.", "text")
    location: Mapped[ShortText | None] = _field("location", "Metropolitan area.", "text")
    method: Mapped[Word | None] = _field("method", "HTTP method of the request.", "text")
    page: Mapped[Word | None] = _field("page", "Page of the app; NextSong is a play.", "text")
    registration: Mapped[Real | None] = _field(
        "registration", "When the user signed up, epoch milliseconds.", "integral_float"
    )
    session_id: Mapped[BigId | None] = _field("sessionId", "Session of the user.", "integer")
    song: Mapped[LongText | None] = _field("song", "Title as the app knew it.", "text")
    status: Mapped[Number | None] = _field("status", "HTTP status of the answer.", "integer")
    ts: Mapped[LongNumber] = _field("ts", "When it happened, epoch milliseconds.", "epoch_ms")
    user_agent: Mapped[LongText | None] = _field("userAgent", "User-Agent header.", "text")
    user_id: Mapped[Word | None] = _field(
        "userId", "The user's number as text; empty when logged out.", "integer_text"
    )
    file_id: Mapped[BigId | None] = mapped_column(
        comment="File of the record (load_files.file_id); NULL on Redshift, COPY cannot tell."
    )
    record_number: Mapped[Number | None] = mapped_column(
        comment="Position of the record in its file, from 1; NULL on Redshift, COPY cannot tell."
    )


class StagingSong(Base):
    """One record of the song feed: a song of the catalogue with its artist."""

    __tablename__ = "staging_songs"
    __table_args__ = {
        "comment": "Song records of the last load that had any; scratch, not history.",
        "redshift_diststyle": "EVEN",
    }
    __mapper_args__ = {"primary_key": ["file_id", "record_number"]}

    num_songs: Mapped[Number | None] = _field("num_songs", "Songs in the record.", "integer")
    artist_id: Mapped[CatalogueId] = _field("artist_id", "Id of the artist.", "text")
    artist_latitude: Mapped[Real | None] = _field(
        "artist_latitude", "Latitude of the artist's place, in degrees.", "float"
    )
    artist_longitude: Mapped[Real | None] = _field(
        "artist_longitude", "Longitude of the artist's place, in degrees.", "float"
    )
    artist_location: Mapped[LongText | None] = _field(
        "artist_location", "The artist's place; empty means unknown.", "text"
    )
    artist_name: Mapped[LongText | None] = _field("artist_name", "Name of the artist.", "text")
    song_id: Mapped[CatalogueId] = _field("song_id", "Id of the song.", "text")
    title: Mapped[LongText | None] = _field("title", "Title of the song.", "text")
    duration: Mapped[Real | None] = _field("duration", "Length of the song, in seconds.", "float")
    year: Mapped[Number | None] = _field("year", "Year of release; 0 means unknown.", "integer")
    file_id: Mapped[BigId | None] = mapped_column(
        comment="File of the record (load_files.file_id); NULL on Redshift, COPY cannot tell."
    )
    record_number: Mapped[Number | None] = mapped_column(
        comment="Position of the record in its file, from 1; NULL on Redshift, COPY cannot tell."
    )
