"""What the loader has to remember, in tables of its own.

``load_runs``, ``load_files`` and ``load_rejects`` are the ledger. The other three hold
what the star's columns cannot, and without which a later load could not come to the same
star as a single one: what the log said about each play's track, so that a song that
arrives late finds its plays, and which record each user's attributes were taken from.
"""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sparkify_dwh.models.base import (
    Base,
    BigId,
    CatalogueId,
    LongNumber,
    LongText,
    Number,
    RawText,
    Real,
    ShortText,
    SortedBigId,
    SortedUtcTimestamp,
    Uri,
    UtcTimestamp,
    Word,
)


class LoadRun(Base):
    """One committed load."""

    __tablename__ = "load_runs"
    __table_args__ = {
        "comment": "One row per committed load; a failed load leaves no trace.",
        "redshift_diststyle": "ALL",
        "redshift_sortkey": "started_at",
    }

    run_id: Mapped[Word] = mapped_column(primary_key=True, comment="Random id of the load.")
    started_at: Mapped[SortedUtcTimestamp] = mapped_column(comment="When the load began, UTC.")
    finished_at: Mapped[UtcTimestamp] = mapped_column(comment="When it was about to commit, UTC.")
    version: Mapped[Word] = mapped_column(comment="Version of the library that loaded.")
    mode: Mapped[Word] = mapped_column(comment="incremental or rebuild.")
    log_files: Mapped[Number] = mapped_column(comment="Log files that the load read.")
    song_files: Mapped[Number] = mapped_column(comment="Song files that the load read.")
    records_read: Mapped[LongNumber] = mapped_column(comment="Records in these files.")
    records_staged: Mapped[LongNumber] = mapped_column(comment="Records that were accepted.")
    records_rejected: Mapped[LongNumber] = mapped_column(comment="Records that were rejected.")
    plays_inserted: Mapped[LongNumber] = mapped_column(comment="Plays new to the fact.")
    plays_duplicate: Mapped[LongNumber] = mapped_column(
        comment="Play records whose natural key the fact or the load had already."
    )


class LoadFile(Base):
    """One version of one source file that a committed load has read."""

    __tablename__ = "load_files"
    __table_args__ = (
        UniqueConstraint("feed", "uri", "fingerprint"),
        {
            "comment": "Ledger: every file version that was loaded, with its accounting.",
            "redshift_diststyle": "ALL",
            "redshift_sortkey": "file_id",
        },
    )

    file_id: Mapped[SortedBigId] = mapped_column(
        primary_key=True, autoincrement=False, comment="Number of the file version."
    )
    run_id: Mapped[Word] = mapped_column(
        ForeignKey("load_runs.run_id"), comment="The load that read it."
    )
    feed: Mapped[Word] = mapped_column(comment="log or song.")
    uri: Mapped[Uri] = mapped_column(comment="file:// or s3:// URI of the file.")
    size_bytes: Mapped[LongNumber] = mapped_column(comment="Size of the file as it lies there.")
    fingerprint: Mapped[ShortText] = mapped_column(
        comment="What tells this version from the next: ETag, or size and time of change."
    )
    records_read: Mapped[LongNumber] = mapped_column(comment="Records in the file.")
    records_staged: Mapped[LongNumber] = mapped_column(comment="Of these: accepted.")
    records_rejected: Mapped[LongNumber] = mapped_column(comment="Of these: rejected.")
    plays_inserted: Mapped[LongNumber] = mapped_column(comment="Of the accepted: new plays.")
    plays_duplicate: Mapped[LongNumber] = mapped_column(
        comment="Of the accepted: plays already there."
    )
    not_plays: Mapped[LongNumber] = mapped_column(comment="Of the accepted: not a play.")
    unknown_keys: Mapped[Number] = mapped_column(
        comment="Distinct keys in the file that the contract does not know (drift)."
    )


class LoadReject(Base):
    """One record that a load with --max-errors left out."""

    __tablename__ = "load_rejects"
    __table_args__ = {
        "comment": "Records that were left out, with place and reason.",
        "redshift_diststyle": "ALL",
        # One looks for the rejects of a file; run ids are random and sort nothing.
        "redshift_sortkey": "file_id",
    }

    run_id: Mapped[Word] = mapped_column(
        ForeignKey("load_runs.run_id"), primary_key=True, comment="The load that left it out."
    )
    reject_number: Mapped[Number] = mapped_column(
        primary_key=True, autoincrement=False, comment="Number of the reject in its load, from 1."
    )
    file_id: Mapped[SortedBigId] = mapped_column(
        ForeignKey("load_files.file_id"), comment="The file it stands in."
    )
    uri: Mapped[Uri] = mapped_column(comment="URI of that file.")
    line_number: Mapped[Number | None] = mapped_column(
        comment="Line that the record begins on, from 1; NULL for a whole file."
    )
    reason: Mapped[Word] = mapped_column(comment="Reason code, such as bad_type.")
    column_name: Mapped[ShortText | None] = mapped_column(comment="JSON key at fault.")
    detail: Mapped[LongText] = mapped_column(comment="The reason in words.")
    raw_text: Mapped[RawText] = mapped_column(comment="The record's text, cut at 4 KB.")


class Track(Base):
    """A track as the log names it, and the catalogue song that it resolves to."""

    __tablename__ = "tracks"
    __table_args__ = (
        UniqueConstraint("title", "artist_name", "duration"),
        {
            "comment": "Each distinct track that plays have named, with its catalogue song.",
            # Grows with the catalogue, not with the plays.
            "redshift_diststyle": "ALL",
            "redshift_sortkey": "track_id",
        },
    )

    track_id: Mapped[SortedBigId] = mapped_column(
        primary_key=True,
        redshift_identity=(0, 1),
        comment="Surrogate key.",
    )
    title: Mapped[LongText] = mapped_column(comment="Title in the log; empty when it had none.")
    artist_name: Mapped[LongText] = mapped_column(
        comment="Artist in the log; empty when it had none."
    )
    duration: Mapped[Real] = mapped_column(comment="Length in the log; -1e300 when it had none.")
    song_id: Mapped[CatalogueId | None] = mapped_column(
        ForeignKey("songs.song_id"), comment="The catalogue song it resolves to, if any."
    )
    artist_id: Mapped[CatalogueId | None] = mapped_column(
        ForeignKey("artists.artist_id"), comment="That song's artist."
    )


class SongPlayTrack(Base):
    """Which track a play named; keyed as the play is."""

    __tablename__ = "songplay_tracks"
    __table_args__ = {
        "comment": "The track that each play named, so that a late song finds its plays.",
        "redshift_diststyle": "KEY",
        "redshift_distkey": "start_time",
        "redshift_sortkey": "start_time",
    }

    start_time: Mapped[SortedUtcTimestamp] = mapped_column(
        primary_key=True, comment="The play's start_time."
    )
    user_id: Mapped[BigId] = mapped_column(
        primary_key=True, autoincrement=False, comment="The play's user_id."
    )
    session_id: Mapped[BigId] = mapped_column(
        primary_key=True, autoincrement=False, comment="The play's session_id."
    )
    track_id: Mapped[BigId] = mapped_column(
        ForeignKey("tracks.track_id"), comment="The track that the play named."
    )


class UserVersion(Base):
    """Which record a user's attributes were taken from."""

    __tablename__ = "user_versions"
    __table_args__ = {
        "comment": "The record behind each row of users, so that an older one loses.",
        "redshift_diststyle": "ALL",
        "redshift_sortkey": "user_id",
    }

    user_id: Mapped[SortedBigId] = mapped_column(
        ForeignKey("users.user_id"),
        primary_key=True,
        autoincrement=False,
        comment="The user.",
    )
    ts: Mapped[LongNumber] = mapped_column(comment="The record's ts, epoch milliseconds.")
    session_id: Mapped[BigId] = mapped_column(comment="The record's session; -1 for none.")
    item_in_session: Mapped[Number] = mapped_column(comment="Its item number; -1 for none.")
