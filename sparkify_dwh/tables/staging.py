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
    kind: Kind,
    name: str,
    contract: str,
    comment: str,
    *,
    key: str | None = None,
    nullable: bool = True,
) -> Column[Any]:
    """Return the column of a JSON key, by default the column's own name, with its contract."""
    info = {"key": key or name, "contract": contract}
    return kind(name, comment=comment, nullable=nullable, info=info)


def _lineage() -> tuple[Column[Any], Column[Any]]:
    """Return the columns that tell where a record stood."""
    unknown = "NULL on Redshift, COPY cannot tell."
    return (
        big_id(
            "file_id",
            comment=f"File of the record (load_files.file_id); {unknown}",
            nullable=True,
        ),
        number(
            "record_number",
            comment=f"Position of the record in its file, from 1; {unknown}",
            nullable=True,
        ),
    )


#: One record of the log feed: something that a user did in the app.
staging_events = Table(
    "staging_events",
    metadata,
    _field(long_text, "artist", "text", "Artist's name as the app knew it."),
    _field(word, "auth", "text", "Logged In, Logged Out, Cancelled."),
    _field(short_text, "first_name", "text", "User's first name.", key="firstName"),
    _field(word, "gender", "text", "F or M."),
    _field(
        number,
        "item_in_session",
        "integer",
        "Number of the action within its session, from 0.",
        key="itemInSession",
    ),
    _field(short_text, "last_name", "text", "User's last name.", key="lastName"),
    _field(real, "length", "float", "Length of the song, in seconds."),
    _field(word, "level", "text", "free or paid, at the time."),
    _field(short_text, "location", "text", "Metropolitan area."),
    _field(word, "method", "text", "HTTP method of the request."),
    _field(word, "page", "text", "Page of the app; NextSong is a play."),
    _field(real, "registration", "integral_float", "When the user signed up, epoch milliseconds."),
    _field(big_id, "session_id", "integer", "Session of the user.", key="sessionId"),
    _field(long_text, "song", "text", "Title as the app knew it."),
    _field(number, "status", "integer", "HTTP status of the answer."),
    _field(long_number, "ts", "epoch_ms", "When it happened, epoch milliseconds.", nullable=False),
    _field(long_text, "user_agent", "text", "User-Agent header.", key="userAgent"),
    _field(
        word,
        "user_id",
        "integer_text",
        "The user's number as text; empty when logged out.",
        key="userId",
    ),
    *_lineage(),
    comment="Log records of the last load that had any; scratch, not history.",
    # Written once and read once by full scans: spread evenly, sorted by nothing.
    redshift_diststyle="EVEN",
)

#: One record of the song feed: a song of the catalogue with its artist.
staging_songs = Table(
    "staging_songs",
    metadata,
    _field(number, "num_songs", "integer", "Songs in the record."),
    _field(catalogue_id, "artist_id", "text", "Id of the artist.", nullable=False),
    _field(real, "artist_latitude", "float", "Latitude of the artist's place, in degrees."),
    _field(real, "artist_longitude", "float", "Longitude of the artist's place, in degrees."),
    _field(long_text, "artist_location", "text", "The artist's place; empty means unknown."),
    _field(long_text, "artist_name", "text", "Name of the artist."),
    _field(catalogue_id, "song_id", "text", "Id of the song.", nullable=False),
    _field(long_text, "title", "text", "Title of the song."),
    _field(real, "duration", "float", "Length of the song, in seconds."),
    _field(number, "year", "integer", "Year of release; 0 means unknown."),
    *_lineage(),
    comment="Song records of the last load that had any; scratch, not history.",
    redshift_diststyle="EVEN",
)
