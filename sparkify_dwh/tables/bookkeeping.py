"""What the loader has to remember, in tables of its own.

``load_runs``, ``load_files`` and ``load_rejects`` are the ledger. The other three hold
what the star's columns cannot, and without which a later load could not come to the same
star as a single one: what the log said about each play's track, so that a song that
arrives late finds its plays, and which record each user's attributes were taken from.
"""

from sqlalchemy import ForeignKey, Table, UniqueConstraint

from sparkify_dwh.tables.columns import (
    big_id,
    catalogue_id,
    long_number,
    long_text,
    metadata,
    number,
    raw_text,
    real,
    short_text,
    sorted_big_id,
    sorted_utc_timestamp,
    uri,
    utc_timestamp,
    word,
)

#: One committed load.
load_runs = Table(
    "load_runs",
    metadata,
    word("run_id", primary_key=True, comment="Random id of the load."),
    sorted_utc_timestamp("started_at", comment="When the load began, UTC."),
    utc_timestamp("finished_at", comment="When it was about to commit, UTC."),
    word("version", comment="Version of the library that loaded."),
    word("mode", comment="incremental or rebuild."),
    number("log_files", comment="Log files that the load read."),
    number("song_files", comment="Song files that the load read."),
    long_number("records_read", comment="Records in these files."),
    long_number("records_staged", comment="Records that were accepted."),
    long_number("records_rejected", comment="Records that were rejected."),
    long_number("plays_inserted", comment="Plays new to the fact."),
    long_number(
        "plays_duplicate",
        comment="Play records whose natural key the fact or the load had already.",
    ),
    comment="One row per committed load; a failed load leaves no trace.",
    redshift_diststyle="ALL",
    redshift_sortkey="started_at",
)

#: One version of one source file that a committed load has read.
load_files = Table(
    "load_files",
    metadata,
    sorted_big_id(
        "file_id", primary_key=True, autoincrement=False, comment="Number of the file version."
    ),
    word("run_id", ForeignKey("load_runs.run_id"), comment="The load that read it."),
    word("feed", comment="log or song."),
    uri("uri", comment="file:// or s3:// URI of the file."),
    long_number("size_bytes", comment="Size of the file as it lies there."),
    short_text(
        "fingerprint",
        comment="What tells this version from the next: ETag, or size and time of change.",
    ),
    long_number("records_read", comment="Records in the file."),
    long_number("records_staged", comment="Of these: accepted."),
    long_number("records_rejected", comment="Of these: rejected."),
    long_number("plays_inserted", comment="Of the accepted: new plays."),
    long_number("plays_duplicate", comment="Of the accepted: plays already there."),
    long_number("not_plays", comment="Of the accepted: not a play."),
    number(
        "unknown_keys", comment="Distinct keys in the file that the contract does not know (drift)."
    ),
    UniqueConstraint("feed", "uri", "fingerprint"),
    comment="Ledger: every file version that was loaded, with its accounting.",
    redshift_diststyle="ALL",
    redshift_sortkey="file_id",
)

#: One record that a load with --max-errors left out.
load_rejects = Table(
    "load_rejects",
    metadata,
    word(
        "run_id",
        ForeignKey("load_runs.run_id"),
        primary_key=True,
        comment="The load that left it out.",
    ),
    number(
        "reject_number",
        primary_key=True,
        autoincrement=False,
        comment="Number of the reject in its load, from 1.",
    ),
    sorted_big_id("file_id", ForeignKey("load_files.file_id"), comment="The file it stands in."),
    uri("uri", comment="URI of that file."),
    number(
        "line_number",
        comment="Line that the record begins on, from 1; NULL for a whole file.",
        nullable=True,
    ),
    word("reason", comment="Reason code, such as bad_type."),
    short_text("column_name", comment="JSON key at fault.", nullable=True),
    long_text("detail", comment="The reason in words."),
    raw_text("raw_text", comment="The record's text, cut at 4 KB."),
    comment="Records that were left out, with place and reason.",
    redshift_diststyle="ALL",
    # One looks for the rejects of a file; run ids are random and sort nothing.
    redshift_sortkey="file_id",
)

#: A track as the log names it, and the catalogue song that it resolves to.
tracks = Table(
    "tracks",
    metadata,
    sorted_big_id("track_id", primary_key=True, redshift_identity=(0, 1), comment="Surrogate key."),
    long_text("title", comment="Title in the log; empty when it had none."),
    long_text("artist_name", comment="Artist in the log; empty when it had none."),
    real("duration", comment="Length in the log; -1e300 when it had none."),
    catalogue_id(
        "song_id",
        ForeignKey("songs.song_id"),
        comment="The catalogue song it resolves to, if any.",
        nullable=True,
    ),
    catalogue_id(
        "artist_id", ForeignKey("artists.artist_id"), comment="That song's artist.", nullable=True
    ),
    UniqueConstraint("title", "artist_name", "duration"),
    comment="Each distinct track that plays have named, with its catalogue song.",
    # Grows with the catalogue, not with the plays.
    redshift_diststyle="ALL",
    redshift_sortkey="track_id",
)

#: Which track a play named; keyed as the play is.
songplay_tracks = Table(
    "songplay_tracks",
    metadata,
    sorted_utc_timestamp("start_time", primary_key=True, comment="The play's start_time."),
    big_id("user_id", primary_key=True, autoincrement=False, comment="The play's user_id."),
    big_id("session_id", primary_key=True, autoincrement=False, comment="The play's session_id."),
    big_id("track_id", ForeignKey("tracks.track_id"), comment="The track that the play named."),
    comment="The track that each play named, so that a late song finds its plays.",
    redshift_diststyle="KEY",
    redshift_distkey="start_time",
    redshift_sortkey="start_time",
)

#: Which record a user's attributes were taken from.
user_versions = Table(
    "user_versions",
    metadata,
    sorted_big_id(
        "user_id",
        ForeignKey("users.user_id"),
        primary_key=True,
        autoincrement=False,
        comment="The user.",
    ),
    long_number("ts", comment="The record's ts, epoch milliseconds."),
    big_id("session_id", comment="The record's session; -1 for none."),
    number("item_in_session", comment="Its item number; -1 for none."),
    comment="The record behind each row of users, so that an older one loses.",
    redshift_diststyle="ALL",
    redshift_sortkey="user_id",
)
