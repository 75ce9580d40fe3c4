"""The star schema: the fact ``songplays`` and its dimensions.

Distribution, in one paragraph: the only joins between two large tables are those of
``songplays`` with ``time`` and with ``songplay_tracks``, and all three carry
``start_time``. It has nearly as many values as there are plays, so it spreads them
evenly, where ``song_id`` (mostly NULL) would pile them on one node. They share it as
DISTKEY and are joined in place. The other dimensions are small and change slowly:
DISTSTYLE ALL keeps a copy on every node, so a join with them moves no row either.

Redshift enforces no key, and its planner trusts them: every load proves each of them
before it commits.
"""

from sqlalchemy import ForeignKey, Table, UniqueConstraint

from sparkify_dwh.tables.columns import (
    big_id,
    calendar_part,
    catalogue_id,
    long_text,
    metadata,
    number,
    real,
    short_text,
    sorted_big_id,
    sorted_catalogue_id,
    sorted_utc_timestamp,
    word,
)

#: The fact: one row per play.
songplays = Table(
    "songplays",
    metadata,
    big_id(
        "songplay_id",
        primary_key=True,
        redshift_identity=(0, 1),
        comment="Surrogate key; unique, with gaps, in no order.",
    ),
    sorted_utc_timestamp(
        "start_time",
        ForeignKey("time.start_time"),
        comment="When the song began, UTC, with milliseconds.",
    ),
    big_id("user_id", ForeignKey("users.user_id"), comment="The user who listened."),
    word("level", comment="free or paid, at the time of the play.", nullable=True),
    catalogue_id(
        "song_id",
        ForeignKey("songs.song_id"),
        comment="The song, where the catalogue knows it.",
        nullable=True,
    ),
    catalogue_id(
        "artist_id",
        ForeignKey("artists.artist_id"),
        comment="The artist, where the catalogue knows the song.",
        nullable=True,
    ),
    big_id("session_id", comment="Session of the user in the app."),
    short_text("location", comment="Metropolitan area of the user.", nullable=True),
    long_text("user_agent", comment="User-Agent header of the app.", nullable=True),
    UniqueConstraint("user_id", "session_id", "start_time"),
    comment="One row per play; natural key (user_id, session_id, start_time).",
    # Distributed with time and songplay_tracks, see the module. Sorted by
    # start_time: questions are asked of a range of days, and a load looks for
    # its own plays in the range of its own days; both skip all other blocks.
    redshift_diststyle="KEY",
    redshift_distkey="start_time",
    redshift_sortkey="start_time",
)

#: A user, as the user's latest record describes them.
users = Table(
    "users",
    metadata,
    sorted_big_id(
        "user_id", primary_key=True, autoincrement=False, comment="The app's number of the user."
    ),
    short_text("first_name", comment="First name.", nullable=True),
    short_text("last_name", comment="Last name.", nullable=True),
    word("gender", comment="F or M.", nullable=True),
    word("level", comment="free or paid, by the latest record.", nullable=True),
    comment="One row per user, attributes from the user's latest record.",
    # Small and joined by nearly every question: a copy on each node.
    redshift_diststyle="ALL",
    redshift_sortkey="user_id",
)

#: A song of the catalogue.
songs = Table(
    "songs",
    metadata,
    sorted_catalogue_id("song_id", primary_key=True, comment="Id of the song in the catalogue."),
    long_text("title", comment="Title.", nullable=True),
    catalogue_id("artist_id", ForeignKey("artists.artist_id"), comment="The song's artist."),
    number("year", comment="Year of release, NULL when unknown.", nullable=True),
    real("duration", comment="Length in seconds.", nullable=True),
    comment="One row per song of the catalogue.",
    redshift_diststyle="ALL",
    redshift_sortkey="song_id",
)

#: An artist of the catalogue.
artists = Table(
    "artists",
    metadata,
    sorted_catalogue_id(
        "artist_id", primary_key=True, comment="Id of the artist in the catalogue."
    ),
    long_text("name", comment="Name.", nullable=True),
    long_text("location", comment="Place, NULL when unknown.", nullable=True),
    real("latitude", comment="Latitude of the place, in degrees.", nullable=True),
    real("longitude", comment="Longitude of the place, in degrees.", nullable=True),
    comment="One row per artist of the catalogue.",
    redshift_diststyle="ALL",
    redshift_sortkey="artist_id",
)

#: A moment at which at least one play began, with its calendar parts in UTC.
time = Table(
    "time",
    metadata,
    sorted_utc_timestamp(
        "start_time", primary_key=True, comment="The moment, UTC, with milliseconds."
    ),
    calendar_part("hour", comment="Hour of the day, 0 to 23."),
    calendar_part("day", comment="Day of the month, 1 to 31."),
    calendar_part("week", comment="ISO week, 1 to 53."),
    calendar_part("month", comment="Month, 1 to 12."),
    calendar_part("year", comment="Year."),
    calendar_part("weekday", comment="0 = Sunday to 6 = Saturday."),
    comment="One row per distinct start_time of the plays, with its calendar parts.",
    # About as large as songplays: distributed and sorted with it.
    redshift_diststyle="KEY",
    redshift_distkey="start_time",
    redshift_sortkey="start_time",
)
