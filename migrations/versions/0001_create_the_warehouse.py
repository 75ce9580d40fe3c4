"""Create the warehouse: staging, star and bookkeeping.

Revision ID: 0001
Revises:
Create Date: 2026-11-23
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Create all tables."""
    op.create_table(
        "artists",
        sa.Column(
            "artist_id",
            sa.String(length=32),
            nullable=False,
            comment="Id of the artist in the catalogue.",
            redshift_encode="raw",
        ),
        sa.Column(
            "name", sa.String(length=512), nullable=True, comment="Name.", redshift_encode="zstd"
        ),
        sa.Column(
            "location",
            sa.String(length=512),
            nullable=True,
            comment="Place, NULL when unknown.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "latitude",
            sa.Double(),
            nullable=True,
            comment="Latitude of the place, in degrees.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "longitude",
            sa.Double(),
            nullable=True,
            comment="Longitude of the place, in degrees.",
            redshift_encode="zstd",
        ),
        sa.PrimaryKeyConstraint("artist_id", name=op.f("artists_pkey")),
        comment="One row per artist of the catalogue.",
        redshift_diststyle="ALL",
        redshift_sortkey="artist_id",
    )
    op.create_table(
        "load_runs",
        sa.Column(
            "run_id",
            sa.String(length=64),
            nullable=False,
            comment="Random id of the load.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "started_at",
            sa.DateTime(),
            nullable=False,
            comment="When the load began, UTC.",
            redshift_encode="raw",
        ),
        sa.Column(
            "finished_at",
            sa.DateTime(),
            nullable=False,
            comment="When it was about to commit, UTC.",
            redshift_encode="az64",
        ),
        sa.Column(
            "version",
            sa.String(length=64),
            nullable=False,
            comment="Version of the library that loaded.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "mode",
            sa.String(length=64),
            nullable=False,
            comment="incremental or rebuild.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "log_files",
            sa.Integer(),
            nullable=False,
            comment="Log files that the load read.",
            redshift_encode="az64",
        ),
        sa.Column(
            "song_files",
            sa.Integer(),
            nullable=False,
            comment="Song files that the load read.",
            redshift_encode="az64",
        ),
        sa.Column(
            "records_read",
            sa.BigInteger(),
            nullable=False,
            comment="Records in these files.",
            redshift_encode="az64",
        ),
        sa.Column(
            "records_staged",
            sa.BigInteger(),
            nullable=False,
            comment="Records that were accepted.",
            redshift_encode="az64",
        ),
        sa.Column(
            "records_rejected",
            sa.BigInteger(),
            nullable=False,
            comment="Records that were rejected.",
            redshift_encode="az64",
        ),
        sa.Column(
            "plays_inserted",
            sa.BigInteger(),
            nullable=False,
            comment="Plays new to the fact.",
            redshift_encode="az64",
        ),
        sa.Column(
            "plays_duplicate",
            sa.BigInteger(),
            nullable=False,
            comment="Play records whose natural key the fact or the load had already.",
            redshift_encode="az64",
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("load_runs_pkey")),
        comment="One row per committed load; a failed load leaves no trace.",
        redshift_diststyle="ALL",
        redshift_sortkey="started_at",
    )
    op.create_table(
        "staging_events",
        sa.Column(
            "artist",
            sa.String(length=512),
            nullable=True,
            comment="Artist's name as the app knew it.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "auth",
            sa.String(length=64),
            nullable=True,
            comment="Logged In, Logged Out, Cancelled.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "first_name",
            sa.String(length=256),
            nullable=True,
            comment="User's first name.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "gender", sa.String(length=64), nullable=True, comment="F or M.", redshift_encode="zstd"
        ),
        sa.Column(
            "item_in_session",
            sa.Integer(),
            nullable=True,
            comment="Number of the action within its session, from 0.",
            redshift_encode="az64",
        ),
        sa.Column(
            "last_name",
            sa.String(length=256),
            nullable=True,
            comment="User's last name.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "length",
            sa.Double(),
            nullable=True,
            comment="Length of the song, in seconds.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "level",
            sa.String(length=64),
            nullable=True,
            comment="free or paid, at the time.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "location",
            sa.String(length=256),
            nullable=True,
            comment="Metropolitan area.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "method",
            sa.String(length=64),
            nullable=True,
            comment="HTTP method of the request.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "page",
            sa.String(length=64),
            nullable=True,
            comment="Page of the app; NextSong is a play.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "registration",
            sa.Double(),
            nullable=True,
            comment="When the user signed up, epoch milliseconds.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "session_id",
            sa.BigInteger(),
            nullable=True,
            comment="Session of the user.",
            redshift_encode="az64",
        ),
        sa.Column(
            "song",
            sa.String(length=512),
            nullable=True,
            comment="Title as the app knew it.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "status",
            sa.Integer(),
            nullable=True,
            comment="HTTP status of the answer.",
            redshift_encode="az64",
        ),
        sa.Column(
            "ts",
            sa.BigInteger(),
            nullable=False,
            comment="When it happened, epoch milliseconds.",
            redshift_encode="az64",
        ),
        sa.Column(
            "user_agent",
            sa.String(length=512),
            nullable=True,
            comment="User-Agent header.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "user_id",
            sa.String(length=64),
            nullable=True,
            comment="The user's number as text; empty when logged out.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "file_id",
            sa.BigInteger(),
            nullable=True,
            comment="File that the record came from: load_files.file_id.",
            redshift_encode="az64",
        ),
        sa.Column(
            "record_number",
            sa.Integer(),
            nullable=True,
            comment="Position of the record within its file, from 1.",
            redshift_encode="az64",
        ),
        comment="Log records of the last load that had any; scratch, not history.",
        redshift_diststyle="EVEN",
    )
    op.create_table(
        "staging_songs",
        sa.Column(
            "num_songs",
            sa.Integer(),
            nullable=True,
            comment="Songs in the record.",
            redshift_encode="az64",
        ),
        sa.Column(
            "artist_id",
            sa.String(length=32),
            nullable=False,
            comment="Id of the artist.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "artist_latitude",
            sa.Double(),
            nullable=True,
            comment="Latitude of the artist's place, in degrees.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "artist_longitude",
            sa.Double(),
            nullable=True,
            comment="Longitude of the artist's place, in degrees.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "artist_location",
            sa.String(length=512),
            nullable=True,
            comment="The artist's place; empty means unknown.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "artist_name",
            sa.String(length=512),
            nullable=True,
            comment="Name of the artist.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "song_id",
            sa.String(length=32),
            nullable=False,
            comment="Id of the song.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "title",
            sa.String(length=512),
            nullable=True,
            comment="Title of the song.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "duration",
            sa.Double(),
            nullable=True,
            comment="Length of the song, in seconds.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "year",
            sa.Integer(),
            nullable=True,
            comment="Year of release; 0 means unknown.",
            redshift_encode="az64",
        ),
        sa.Column(
            "file_id",
            sa.BigInteger(),
            nullable=True,
            comment="File that the record came from: load_files.file_id.",
            redshift_encode="az64",
        ),
        sa.Column(
            "record_number",
            sa.Integer(),
            nullable=True,
            comment="Position of the record within its file, from 1.",
            redshift_encode="az64",
        ),
        comment="Song records of the last load that had any; scratch, not history.",
        redshift_diststyle="EVEN",
    )
    op.create_table(
        "time",
        sa.Column(
            "start_time",
            sa.DateTime(),
            nullable=False,
            comment="The moment, UTC, with milliseconds.",
            redshift_encode="raw",
        ),
        sa.Column(
            "hour",
            sa.SmallInteger(),
            nullable=False,
            comment="Hour of the day, 0 to 23.",
            redshift_encode="az64",
        ),
        sa.Column(
            "day",
            sa.SmallInteger(),
            nullable=False,
            comment="Day of the month, 1 to 31.",
            redshift_encode="az64",
        ),
        sa.Column(
            "week",
            sa.SmallInteger(),
            nullable=False,
            comment="ISO week, 1 to 53.",
            redshift_encode="az64",
        ),
        sa.Column(
            "month",
            sa.SmallInteger(),
            nullable=False,
            comment="Month, 1 to 12.",
            redshift_encode="az64",
        ),
        sa.Column(
            "year", sa.SmallInteger(), nullable=False, comment="Year.", redshift_encode="az64"
        ),
        sa.Column(
            "weekday",
            sa.SmallInteger(),
            nullable=False,
            comment="0 = Sunday to 6 = Saturday.",
            redshift_encode="az64",
        ),
        sa.PrimaryKeyConstraint("start_time", name=op.f("time_pkey")),
        comment="One row per distinct start_time of the plays, with its calendar parts.",
        redshift_distkey="start_time",
        redshift_diststyle="KEY",
        redshift_sortkey="start_time",
    )
    op.create_table(
        "users",
        sa.Column(
            "user_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="The app's number of the user.",
            redshift_encode="raw",
        ),
        sa.Column(
            "first_name",
            sa.String(length=256),
            nullable=True,
            comment="First name.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "last_name",
            sa.String(length=256),
            nullable=True,
            comment="Last name.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "gender", sa.String(length=64), nullable=True, comment="F or M.", redshift_encode="zstd"
        ),
        sa.Column(
            "level",
            sa.String(length=64),
            nullable=True,
            comment="free or paid, by the latest record.",
            redshift_encode="zstd",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("users_pkey")),
        comment="One row per user, attributes from the user's latest record.",
        redshift_diststyle="ALL",
        redshift_sortkey="user_id",
    )
    op.create_table(
        "load_files",
        sa.Column(
            "file_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Number of the file version.",
            redshift_encode="raw",
        ),
        sa.Column(
            "run_id",
            sa.String(length=64),
            nullable=False,
            comment="The load that read it.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "feed",
            sa.String(length=64),
            nullable=False,
            comment="log or song.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "uri",
            sa.String(length=4096),
            nullable=False,
            comment="file:// or s3:// URI of the file.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "size_bytes",
            sa.BigInteger(),
            nullable=False,
            comment="Size of the file as it lies there.",
            redshift_encode="az64",
        ),
        sa.Column(
            "fingerprint",
            sa.String(length=256),
            nullable=False,
            comment="What tells this version from the next: ETag, or size and time of change.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "records_read",
            sa.BigInteger(),
            nullable=False,
            comment="Records in the file.",
            redshift_encode="az64",
        ),
        sa.Column(
            "records_staged",
            sa.BigInteger(),
            nullable=False,
            comment="Of these: accepted.",
            redshift_encode="az64",
        ),
        sa.Column(
            "records_rejected",
            sa.BigInteger(),
            nullable=False,
            comment="Of these: rejected.",
            redshift_encode="az64",
        ),
        sa.Column(
            "plays_inserted",
            sa.BigInteger(),
            nullable=False,
            comment="Of the accepted: new plays.",
            redshift_encode="az64",
        ),
        sa.Column(
            "plays_duplicate",
            sa.BigInteger(),
            nullable=False,
            comment="Of the accepted: plays already there.",
            redshift_encode="az64",
        ),
        sa.Column(
            "not_plays",
            sa.BigInteger(),
            nullable=False,
            comment="Of the accepted: not a play.",
            redshift_encode="az64",
        ),
        sa.Column(
            "unknown_keys",
            sa.Integer(),
            nullable=False,
            comment="Distinct keys in the file that the contract does not know (drift).",
            redshift_encode="az64",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["load_runs.run_id"], name=op.f("load_files_run_id_fkey")
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("load_files_pkey")),
        sa.UniqueConstraint(
            "feed", "uri", "fingerprint", name=op.f("load_files_feed_uri_fingerprint_key")
        ),
        comment="Ledger: every file version that was loaded, with its accounting.",
        redshift_diststyle="ALL",
        redshift_sortkey="file_id",
    )
    op.create_table(
        "songs",
        sa.Column(
            "song_id",
            sa.String(length=32),
            nullable=False,
            comment="Id of the song in the catalogue.",
            redshift_encode="raw",
        ),
        sa.Column(
            "title", sa.String(length=512), nullable=True, comment="Title.", redshift_encode="zstd"
        ),
        sa.Column(
            "artist_id",
            sa.String(length=32),
            nullable=False,
            comment="The song's artist.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "year",
            sa.Integer(),
            nullable=True,
            comment="Year of release, NULL when unknown.",
            redshift_encode="az64",
        ),
        sa.Column(
            "duration",
            sa.Double(),
            nullable=True,
            comment="Length in seconds.",
            redshift_encode="zstd",
        ),
        sa.ForeignKeyConstraint(
            ["artist_id"], ["artists.artist_id"], name=op.f("songs_artist_id_fkey")
        ),
        sa.PrimaryKeyConstraint("song_id", name=op.f("songs_pkey")),
        comment="One row per song of the catalogue.",
        redshift_diststyle="ALL",
        redshift_sortkey="song_id",
    )
    op.create_table(
        "user_versions",
        sa.Column(
            "user_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="The user.",
            redshift_encode="raw",
        ),
        sa.Column(
            "ts",
            sa.BigInteger(),
            nullable=False,
            comment="The record's ts, epoch milliseconds.",
            redshift_encode="az64",
        ),
        sa.Column(
            "session_id",
            sa.BigInteger(),
            nullable=False,
            comment="The record's session; -1 for none.",
            redshift_encode="az64",
        ),
        sa.Column(
            "item_in_session",
            sa.Integer(),
            nullable=False,
            comment="Its item number; -1 for none.",
            redshift_encode="az64",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("user_versions_user_id_fkey")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("user_versions_pkey")),
        comment="The record behind each row of users, so that an older one loses.",
        redshift_diststyle="ALL",
        redshift_sortkey="user_id",
    )
    op.create_table(
        "load_rejects",
        sa.Column(
            "run_id",
            sa.String(length=64),
            nullable=False,
            comment="The load that left it out.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "reject_number",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="Number of the reject in its load, from 1.",
            redshift_encode="az64",
        ),
        sa.Column(
            "file_id",
            sa.BigInteger(),
            nullable=False,
            comment="The file it stands in.",
            redshift_encode="az64",
        ),
        sa.Column(
            "uri",
            sa.String(length=4096),
            nullable=False,
            comment="URI of that file.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "line_number",
            sa.Integer(),
            nullable=True,
            comment="Line that the record begins on, from 1; NULL for a whole file.",
            redshift_encode="az64",
        ),
        sa.Column(
            "reason",
            sa.String(length=64),
            nullable=False,
            comment="Reason code, such as bad_type.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "column_name",
            sa.String(length=256),
            nullable=True,
            comment="JSON key at fault.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "detail",
            sa.String(length=512),
            nullable=False,
            comment="The reason in words.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "raw_text",
            sa.String(length=4096),
            nullable=False,
            comment="The record's text, cut at 4 KB.",
            redshift_encode="zstd",
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["load_files.file_id"], name=op.f("load_rejects_file_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["load_runs.run_id"], name=op.f("load_rejects_run_id_fkey")
        ),
        sa.PrimaryKeyConstraint("run_id", "reject_number", name=op.f("load_rejects_pkey")),
        comment="Records that were left out, with place and reason.",
        redshift_diststyle="ALL",
        redshift_sortkey="run_id",
    )
    op.create_table(
        "songplays",
        sa.Column(
            "songplay_id",
            sa.BigInteger(),
            nullable=False,
            comment="Surrogate key; unique, with gaps, in no order.",
            redshift_identity=(0, 1),
            redshift_encode="az64",
        ),
        sa.Column(
            "start_time",
            sa.DateTime(),
            nullable=False,
            comment="When the song began, UTC, with milliseconds.",
            redshift_encode="raw",
        ),
        sa.Column(
            "user_id",
            sa.BigInteger(),
            nullable=False,
            comment="The user who listened.",
            redshift_encode="az64",
        ),
        sa.Column(
            "level",
            sa.String(length=64),
            nullable=True,
            comment="free or paid, at the time of the play.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "song_id",
            sa.String(length=32),
            nullable=True,
            comment="The song, where the catalogue knows it.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "artist_id",
            sa.String(length=32),
            nullable=True,
            comment="The artist, where the catalogue knows the song.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "session_id",
            sa.BigInteger(),
            nullable=False,
            comment="Session of the user in the app.",
            redshift_encode="az64",
        ),
        sa.Column(
            "location",
            sa.String(length=256),
            nullable=True,
            comment="Metropolitan area of the user.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "user_agent",
            sa.String(length=512),
            nullable=True,
            comment="User-Agent header of the app.",
            redshift_encode="zstd",
        ),
        sa.ForeignKeyConstraint(
            ["artist_id"], ["artists.artist_id"], name=op.f("songplays_artist_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["song_id"], ["songs.song_id"], name=op.f("songplays_song_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["start_time"], ["time.start_time"], name=op.f("songplays_start_time_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("songplays_user_id_fkey")
        ),
        sa.PrimaryKeyConstraint("songplay_id", name=op.f("songplays_pkey")),
        sa.UniqueConstraint(
            "user_id",
            "session_id",
            "start_time",
            name=op.f("songplays_user_id_session_id_start_time_key"),
        ),
        comment="One row per play; natural key (user_id, session_id, start_time).",
        redshift_distkey="start_time",
        redshift_diststyle="KEY",
        redshift_sortkey="start_time",
    )
    op.create_table(
        "tracks",
        sa.Column(
            "track_id",
            sa.BigInteger(),
            nullable=False,
            comment="Surrogate key.",
            redshift_identity=(0, 1),
            redshift_encode="raw",
        ),
        sa.Column(
            "title",
            sa.String(length=512),
            nullable=False,
            comment="Title in the log; empty when it had none.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "artist_name",
            sa.String(length=512),
            nullable=False,
            comment="Artist in the log; empty when it had none.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "duration",
            sa.Double(),
            nullable=False,
            comment="Length in the log; -1e300 when it had none.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "song_id",
            sa.String(length=32),
            nullable=True,
            comment="The catalogue song it resolves to, if any.",
            redshift_encode="zstd",
        ),
        sa.Column(
            "artist_id",
            sa.String(length=32),
            nullable=True,
            comment="That song's artist.",
            redshift_encode="zstd",
        ),
        sa.ForeignKeyConstraint(
            ["artist_id"], ["artists.artist_id"], name=op.f("tracks_artist_id_fkey")
        ),
        sa.ForeignKeyConstraint(["song_id"], ["songs.song_id"], name=op.f("tracks_song_id_fkey")),
        sa.PrimaryKeyConstraint("track_id", name=op.f("tracks_pkey")),
        sa.UniqueConstraint(
            "title", "artist_name", "duration", name=op.f("tracks_title_artist_name_duration_key")
        ),
        comment="Each distinct track that plays have named, with its catalogue song.",
        redshift_diststyle="ALL",
        redshift_sortkey="track_id",
    )
    op.create_table(
        "songplay_tracks",
        sa.Column(
            "start_time",
            sa.DateTime(),
            nullable=False,
            comment="The play's start_time.",
            redshift_encode="raw",
        ),
        sa.Column(
            "user_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="The play's user_id.",
            redshift_encode="az64",
        ),
        sa.Column(
            "session_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="The play's session_id.",
            redshift_encode="az64",
        ),
        sa.Column(
            "track_id",
            sa.BigInteger(),
            nullable=False,
            comment="The track that the play named.",
            redshift_encode="az64",
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.track_id"], name=op.f("songplay_tracks_track_id_fkey")
        ),
        sa.PrimaryKeyConstraint(
            "start_time", "user_id", "session_id", name=op.f("songplay_tracks_pkey")
        ),
        comment="The track that each play named, so that a late song finds its plays.",
        redshift_distkey="start_time",
        redshift_diststyle="KEY",
        redshift_sortkey="start_time",
    )


def downgrade() -> None:
    """Drop all tables, and all data with them."""
    op.drop_table("songplay_tracks")
    op.drop_table("tracks")
    op.drop_table("songplays")
    op.drop_table("load_rejects")
    op.drop_table("user_versions")
    op.drop_table("songs")
    op.drop_table("load_files")
    op.drop_table("users")
    op.drop_table("time")
    op.drop_table("staging_songs")
    op.drop_table("staging_events")
    op.drop_table("load_runs")
    op.drop_table("artists")
