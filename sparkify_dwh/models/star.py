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

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sparkify_dwh.models.base import (
    Base,
    BigId,
    CalendarPart,
    CatalogueId,
    LongText,
    Number,
    Real,
    ShortText,
    SortedBigId,
    SortedCatalogueId,
    SortedUtcTimestamp,
    Word,
)


class SongPlay(Base):
    """The fact: one row per play."""

    __tablename__ = "songplays"
    __table_args__ = (
        UniqueConstraint("user_id", "session_id", "start_time"),
        {
            "comment": "One row per play; natural key (user_id, session_id, start_time).",
            # Distributed with time and songplay_tracks, see the module. Sorted by
            # start_time: questions are asked of a range of days, and a load looks for
            # its own plays in the range of its own days; both skip all other blocks.
            "redshift_diststyle": "KEY",
            "redshift_distkey": "start_time",
            "redshift_sortkey": "start_time",
        },
    )

    songplay_id: Mapped[BigId] = mapped_column(
        primary_key=True,
        redshift_identity=(0, 1),
        comment="Surrogate key; unique, with gaps, in no order.",
    )
    start_time: Mapped[SortedUtcTimestamp] = mapped_column(
        ForeignKey("time.start_time"), comment="When the song began, UTC, with milliseconds."
    )
    user_id: Mapped[BigId] = mapped_column(
        ForeignKey("users.user_id"), comment="The user who listened."
    )
    level: Mapped[Word | None] = mapped_column(comment="free or paid, at the time of the play.")
    song_id: Mapped[CatalogueId | None] = mapped_column(
        ForeignKey("songs.song_id"), comment="The song, where the catalogue knows it."
    )
    artist_id: Mapped[CatalogueId | None] = mapped_column(
        ForeignKey("artists.artist_id"), comment="The artist, where the catalogue knows the song."
    )
    session_id: Mapped[BigId] = mapped_column(comment="Session of the user in the app.")
    location: Mapped[ShortText | None] = mapped_column(comment="Metropolitan area of the user.")
    user_agent: Mapped[LongText | None] = mapped_column(comment="User-Agent header of the app.")

    user: Mapped["User"] = relationship(back_populates="plays")
    song: Mapped["Song | None"] = relationship(back_populates="plays")
    artist: Mapped["Artist | None"] = relationship(back_populates="plays")
    time: Mapped["Time"] = relationship(back_populates="plays")


class User(Base):
    """A user, as the user's latest record describes them."""

    __tablename__ = "users"
    __table_args__ = {
        "comment": "One row per user, attributes from the user's latest record.",
        # Small and joined by nearly every question: a copy on each node.
        "redshift_diststyle": "ALL",
        "redshift_sortkey": "user_id",
    }

    user_id: Mapped[SortedBigId] = mapped_column(
        primary_key=True, autoincrement=False, comment="The app's number of the user."
    )
    first_name: Mapped[ShortText | None] = mapped_column(comment="First name.")
    last_name: Mapped[ShortText | None] = mapped_column(comment="Last name.")
    gender: Mapped[Word | None] = mapped_column(comment="F or M.")
    level: Mapped[Word | None] = mapped_column(comment="free or paid, by the latest record.")

    plays: Mapped[list["SongPlay"]] = relationship(back_populates="user")


class Song(Base):
    """A song of the catalogue."""

    __tablename__ = "songs"
    __table_args__ = {
        "comment": "One row per song of the catalogue.",
        "redshift_diststyle": "ALL",
        "redshift_sortkey": "song_id",
    }

    song_id: Mapped[SortedCatalogueId] = mapped_column(
        primary_key=True, comment="Id of the song in the catalogue."
    )
    title: Mapped[LongText | None] = mapped_column(comment="Title.")
    artist_id: Mapped[CatalogueId] = mapped_column(
        ForeignKey("artists.artist_id"), comment="The song's artist."
    )
    year: Mapped[Number | None] = mapped_column(comment="Year of release, NULL when unknown.")
    duration: Mapped[Real | None] = mapped_column(comment="Length in seconds.")

    artist: Mapped["Artist"] = relationship(back_populates="songs")
    plays: Mapped[list["SongPlay"]] = relationship(back_populates="song")


class Artist(Base):
    """An artist of the catalogue."""

    __tablename__ = "artists"
    __table_args__ = {
        "comment": "One row per artist of the catalogue.",
        "redshift_diststyle": "ALL",
        "redshift_sortkey": "artist_id",
    }

    artist_id: Mapped[SortedCatalogueId] = mapped_column(
        primary_key=True, comment="Id of the artist in the catalogue."
    )
    name: Mapped[LongText | None] = mapped_column(comment="Name.")
    location: Mapped[LongText | None] = mapped_column(comment="Place, NULL when unknown.")
    latitude: Mapped[Real | None] = mapped_column(comment="Latitude of the place, in degrees.")
    longitude: Mapped[Real | None] = mapped_column(comment="Longitude of the place, in degrees.")

    songs: Mapped[list["Song"]] = relationship(back_populates="artist")
    plays: Mapped[list["SongPlay"]] = relationship(back_populates="artist")


class Time(Base):
    """A moment at which at least one play began, with its calendar parts in UTC."""

    __tablename__ = "time"
    __table_args__ = {
        "comment": "One row per distinct start_time of the plays, with its calendar parts.",
        # About as large as songplays: distributed and sorted with it.
        "redshift_diststyle": "KEY",
        "redshift_distkey": "start_time",
        "redshift_sortkey": "start_time",
    }

    start_time: Mapped[SortedUtcTimestamp] = mapped_column(
        primary_key=True, comment="The moment, UTC, with milliseconds."
    )
    hour: Mapped[CalendarPart] = mapped_column(comment="Hour of the day, 0 to 23.")
    day: Mapped[CalendarPart] = mapped_column(comment="Day of the month, 1 to 31.")
    week: Mapped[CalendarPart] = mapped_column(comment="ISO week, 1 to 53.")
    month: Mapped[CalendarPart] = mapped_column(comment="Month, 1 to 12.")
    year: Mapped[CalendarPart] = mapped_column(comment="Year.")
    weekday: Mapped[CalendarPart] = mapped_column(comment="0 = Sunday to 6 = Saturday.")

    plays: Mapped[list["SongPlay"]] = relationship(back_populates="time")
