"""The landing tables: one column per key of a feed, in the feed's order, then lineage.

Every record here has passed its feed's contract (see :mod:`sparkify_dwh.feeds.contract`),
which is derived from these columns: ``info["key"]`` is the JSON key and
``info["contract"]`` says which JSON values the field takes.

Staging is scratch. It holds the records of the last load that had any, so that one can
look at them; no load reads what an earlier one left.
"""

from typing import Any

from sqlalchemy import Column, Table

from sparkify_dwh.tables.columns import (
    Kind,
    big_id,
    catalogue_id,
    long_number,
    long_text,
    metadata,
    number,
    real,
    short_text,
    word,
)


def _field(
    kind: Kind, name: str, key: str, comment: str, contract: str, *, nullable: bool = False
) -> Column[Any]:
    """Return the column of a JSON key, with its contract beside it."""
    return kind(name, comment=comment, nullable=nullable, info={"key": key, "contract": contract})


#: One record of the log feed: something that a user did in the app.
staging_events = Table(
    "staging_events",
    metadata,
    _field(
        long_text, "artist", "artist", "Artist's name as the app knew it.", "text", nullable=True
    ),
    _field(word, "auth", "auth", "Logged In, Logged Out, Cancelled.", "text", nullable=True),
    _field(short_text, "first_name", "firstName", "User's first name.", "text", nullable=True),
    _field(word, "gender", "gender", "F or M.", "text", nullable=True),
    _field(
        number,
        "item_in_session",
        "itemInSession",
        "Number of the action within its session, from 0.",
        "integer",
        nullable=True,
    ),
    _field(short_text, "last_name", "lastName", "User's last name.", "text", nullable=True),
    _field(real, "length", "length", "Length of the song, in seconds.", "float", nullable=True),
    _field(word, "level", "level", "free or paid, at the time.", "text", nullable=True),
    _field(short_text, "location", "location", "Metropolitan area.", "text", nullable=True),
    _field(word, "method", "method", "HTTP method of the request.", "text", nullable=True),
    _field(word, "page", "page", "Page of the app; NextSong is a play.", "text", nullable=True),
    _field(
        real,
        "registration",
        "registration",
        "When the user signed up, epoch milliseconds.",
        "integral_float",
        nullable=True,
    ),
    _field(big_id, "session_id", "sessionId", "Session of the user.", "integer", nullable=True),
    _field(long_text, "song", "song", "Title as the app knew it.", "text", nullable=True),
    _field(number, "status", "status", "HTTP status of the answer.", "integer", nullable=True),
    _field(long_number, "ts", "ts", "When it happened, epoch milliseconds.", "epoch_ms"),
    _field(long_text, "user_agent", "userAgent", "User-Agent header.", "text", nullable=True),
    _field(
        word,
        "user_id",
        "userId",
        "The user's number as text; empty when logged out.",
        "integer_text",
        nullable=True,
    ),
    big_id(
        "file_id",
        comment="File of the record (load_files.file_id); NULL on Redshift, COPY cannot tell.",
        nullable=True,
    ),
    number(
        "record_number",
        comment="Position of the record in its file, from 1; NULL on Redshift, COPY cannot tell.",
        nullable=True,
    ),
    comment="Log records of the last load that had any; scratch, not history.",
    # Written once and read once by full scans: spread evenly, sorted by nothing.
    redshift_diststyle="EVEN",
)

#: One record of the song feed: a song of the catalogue with its artist.
staging_songs = Table(
    "staging_songs",
    metadata,
    _field(number, "num_songs", "num_songs", "Songs in the record.", "integer", nullable=True),
    _field(catalogue_id, "artist_id", "artist_id", "Id of the artist.", "text"),
    _field(
        real,
        "artist_latitude",
        "artist_latitude",
        "Latitude of the artist's place, in degrees.",
        "float",
        nullable=True,
    ),
    _field(
        real,
        "artist_longitude",
        "artist_longitude",
        "Longitude of the artist's place, in degrees.",
        "float",
        nullable=True,
    ),
    _field(
        long_text,
        "artist_location",
        "artist_location",
        "The artist's place; empty means unknown.",
        "text",
        nullable=True,
    ),
    _field(long_text, "artist_name", "artist_name", "Name of the artist.", "text", nullable=True),
    _field(catalogue_id, "song_id", "song_id", "Id of the song.", "text"),
    _field(long_text, "title", "title", "Title of the song.", "text", nullable=True),
    _field(real, "duration", "duration", "Length of the song, in seconds.", "float", nullable=True),
    _field(number, "year", "year", "Year of release; 0 means unknown.", "integer", nullable=True),
    big_id(
        "file_id",
        comment="File of the record (load_files.file_id); NULL on Redshift, COPY cannot tell.",
        nullable=True,
    ),
    number(
        "record_number",
        comment="Position of the record in its file, from 1; NULL on Redshift, COPY cannot tell.",
        nullable=True,
    ),
    comment="Song records of the last load that had any; scratch, not history.",
    redshift_diststyle="EVEN",
)
