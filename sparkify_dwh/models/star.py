"""Classes for the fact and its dimensions, which lead from each to the others.

What the columns hold, and why they lie as they do, says :mod:`sparkify_dwh.tables.star`.
"""

import datetime as dt

from sqlalchemy.orm import Mapped, relationship

from sparkify_dwh.models.base import Base
from sparkify_dwh.tables import star


class SongPlay(Base):
    """The fact: one row per play."""

    __table__ = star.songplays

    songplay_id: Mapped[int]
    start_time: Mapped[dt.datetime]
    user_id: Mapped[int]
    level: Mapped[str | None]
    song_id: Mapped[str | None]
    artist_id: Mapped[str | None]
    session_id: Mapped[int]
    location: Mapped[str | None]
    user_agent: Mapped[str | None]

    user: Mapped["User"] = relationship(back_populates="plays")
    song: Mapped["Song | None"] = relationship(back_populates="plays")
    artist: Mapped["Artist | None"] = relationship(back_populates="plays")
    time: Mapped["Time"] = relationship(back_populates="plays")


class User(Base):
    """A user, as the user's latest record describes them."""

    __table__ = star.users

    user_id: Mapped[int]
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    gender: Mapped[str | None]
    level: Mapped[str | None]

    plays: Mapped[list["SongPlay"]] = relationship(back_populates="user")


class Song(Base):
    """A song of the catalogue."""

    __table__ = star.songs

    song_id: Mapped[str]
    title: Mapped[str | None]
    artist_id: Mapped[str]
    year: Mapped[int | None]
    duration: Mapped[float | None]

    artist: Mapped["Artist"] = relationship(back_populates="songs")
    plays: Mapped[list["SongPlay"]] = relationship(back_populates="song")


class Artist(Base):
    """An artist of the catalogue."""

    __table__ = star.artists

    artist_id: Mapped[str]
    name: Mapped[str | None]
    location: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]

    songs: Mapped[list["Song"]] = relationship(back_populates="artist")
    plays: Mapped[list["SongPlay"]] = relationship(back_populates="artist")


class Time(Base):
    """A moment at which at least one play began, with its calendar parts in UTC."""

    __table__ = star.time

    start_time: Mapped[dt.datetime]
    hour: Mapped[int]
    day: Mapped[int]
    week: Mapped[int]
    month: Mapped[int]
    year: Mapped[int]
    weekday: Mapped[int]

    plays: Mapped[list["SongPlay"]] = relationship(back_populates="time")
