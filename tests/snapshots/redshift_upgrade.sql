BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 0001

CREATE TABLE artists (
    artist_id VARCHAR(32) ENCODE RAW NOT NULL,
    name VARCHAR(512) ENCODE ZSTD,
    location VARCHAR(512) ENCODE ZSTD,
    latitude DOUBLE PRECISION ENCODE ZSTD,
    longitude DOUBLE PRECISION ENCODE ZSTD,
    CONSTRAINT artists_pkey PRIMARY KEY (artist_id)
) DISTSTYLE ALL SORTKEY (artist_id);

COMMENT ON TABLE artists IS 'One row per artist of the catalogue.';

COMMENT ON COLUMN artists.artist_id IS 'Id of the artist in the catalogue.';

COMMENT ON COLUMN artists.name IS 'Name.';

COMMENT ON COLUMN artists.location IS 'Place, NULL when unknown.';

COMMENT ON COLUMN artists.latitude IS 'Latitude of the place, in degrees.';

COMMENT ON COLUMN artists.longitude IS 'Longitude of the place, in degrees.';

CREATE TABLE load_runs (
    run_id VARCHAR(64) ENCODE ZSTD NOT NULL,
    started_at TIMESTAMP WITHOUT TIME ZONE ENCODE RAW NOT NULL,
    finished_at TIMESTAMP WITHOUT TIME ZONE ENCODE AZ64 NOT NULL,
    version VARCHAR(64) ENCODE ZSTD NOT NULL,
    mode VARCHAR(64) ENCODE ZSTD NOT NULL,
    log_files INTEGER ENCODE AZ64 NOT NULL,
    song_files INTEGER ENCODE AZ64 NOT NULL,
    records_read BIGINT ENCODE AZ64 NOT NULL,
    records_staged BIGINT ENCODE AZ64 NOT NULL,
    records_rejected BIGINT ENCODE AZ64 NOT NULL,
    plays_inserted BIGINT ENCODE AZ64 NOT NULL,
    plays_duplicate BIGINT ENCODE AZ64 NOT NULL,
    CONSTRAINT load_runs_pkey PRIMARY KEY (run_id)
) DISTSTYLE ALL SORTKEY (started_at);

COMMENT ON TABLE load_runs IS 'One row per committed load; a failed load leaves no trace.';

COMMENT ON COLUMN load_runs.run_id IS 'Random id of the load.';

COMMENT ON COLUMN load_runs.started_at IS 'When the load began, UTC.';

COMMENT ON COLUMN load_runs.finished_at IS 'When it was about to commit, UTC.';

COMMENT ON COLUMN load_runs.version IS 'Version of the library that loaded.';

COMMENT ON COLUMN load_runs.mode IS 'incremental or rebuild.';

COMMENT ON COLUMN load_runs.log_files IS 'Log files that the load read.';

COMMENT ON COLUMN load_runs.song_files IS 'Song files that the load read.';

COMMENT ON COLUMN load_runs.records_read IS 'Records in these files.';

COMMENT ON COLUMN load_runs.records_staged IS 'Records that were accepted.';

COMMENT ON COLUMN load_runs.records_rejected IS 'Records that were rejected.';

COMMENT ON COLUMN load_runs.plays_inserted IS 'Plays new to the fact.';

COMMENT ON COLUMN load_runs.plays_duplicate IS 'Play records whose natural key the fact or the load had already.';

CREATE TABLE staging_events (
    artist VARCHAR(512) ENCODE ZSTD,
    auth VARCHAR(64) ENCODE ZSTD,
    first_name VARCHAR(256) ENCODE ZSTD,
    gender VARCHAR(64) ENCODE ZSTD,
    item_in_session INTEGER ENCODE AZ64,
    last_name VARCHAR(256) ENCODE ZSTD,
    length DOUBLE PRECISION ENCODE ZSTD,
    level VARCHAR(64) ENCODE ZSTD,
    location VARCHAR(256) ENCODE ZSTD,
    method VARCHAR(64) ENCODE ZSTD,
    page VARCHAR(64) ENCODE ZSTD,
    registration DOUBLE PRECISION ENCODE ZSTD,
    session_id BIGINT ENCODE AZ64,
    song VARCHAR(512) ENCODE ZSTD,
    status INTEGER ENCODE AZ64,
    ts BIGINT ENCODE AZ64 NOT NULL,
    user_agent VARCHAR(512) ENCODE ZSTD,
    user_id VARCHAR(64) ENCODE ZSTD,
    file_id BIGINT ENCODE AZ64,
    record_number INTEGER ENCODE AZ64
) DISTSTYLE EVEN;

COMMENT ON TABLE staging_events IS 'Log records of the last load that had any; scratch, not history.';

COMMENT ON COLUMN staging_events.artist IS 'Artist''s name as the app knew it.';

COMMENT ON COLUMN staging_events.auth IS 'Logged In, Logged Out, Cancelled.';

COMMENT ON COLUMN staging_events.first_name IS 'User''s first name.';

COMMENT ON COLUMN staging_events.gender IS 'F or M.';

COMMENT ON COLUMN staging_events.item_in_session IS 'Number of the action within its session, from 0.';

COMMENT ON COLUMN staging_events.last_name IS 'User''s last name.';

COMMENT ON COLUMN staging_events.length IS 'Length of the song, in seconds.';

COMMENT ON COLUMN staging_events.level IS 'free or paid, at the time.';

COMMENT ON COLUMN staging_events.location IS 'Metropolitan area.';

COMMENT ON COLUMN staging_events.method IS 'HTTP method of the request.';

COMMENT ON COLUMN staging_events.page IS 'Page of the app; NextSong is a play.';

COMMENT ON COLUMN staging_events.registration IS 'When the user signed up, epoch milliseconds.';

COMMENT ON COLUMN staging_events.session_id IS 'Session of the user.';

COMMENT ON COLUMN staging_events.song IS 'Title as the app knew it.';

COMMENT ON COLUMN staging_events.status IS 'HTTP status of the answer.';

COMMENT ON COLUMN staging_events.ts IS 'When it happened, epoch milliseconds.';

COMMENT ON COLUMN staging_events.user_agent IS 'User-Agent header.';

COMMENT ON COLUMN staging_events.user_id IS 'The user''s number as text; empty when logged out.';

COMMENT ON COLUMN staging_events.file_id IS 'File that the record came from: load_files.file_id.';

COMMENT ON COLUMN staging_events.record_number IS 'Position of the record within its file, from 1.';

CREATE TABLE staging_songs (
    num_songs INTEGER ENCODE AZ64,
    artist_id VARCHAR(32) ENCODE ZSTD NOT NULL,
    artist_latitude DOUBLE PRECISION ENCODE ZSTD,
    artist_longitude DOUBLE PRECISION ENCODE ZSTD,
    artist_location VARCHAR(512) ENCODE ZSTD,
    artist_name VARCHAR(512) ENCODE ZSTD,
    song_id VARCHAR(32) ENCODE ZSTD NOT NULL,
    title VARCHAR(512) ENCODE ZSTD,
    duration DOUBLE PRECISION ENCODE ZSTD,
    year INTEGER ENCODE AZ64,
    file_id BIGINT ENCODE AZ64,
    record_number INTEGER ENCODE AZ64
) DISTSTYLE EVEN;

COMMENT ON TABLE staging_songs IS 'Song records of the last load that had any; scratch, not history.';

COMMENT ON COLUMN staging_songs.num_songs IS 'Songs in the record.';

COMMENT ON COLUMN staging_songs.artist_id IS 'Id of the artist.';

COMMENT ON COLUMN staging_songs.artist_latitude IS 'Latitude of the artist''s place, in degrees.';

COMMENT ON COLUMN staging_songs.artist_longitude IS 'Longitude of the artist''s place, in degrees.';

COMMENT ON COLUMN staging_songs.artist_location IS 'The artist''s place; empty means unknown.';

COMMENT ON COLUMN staging_songs.artist_name IS 'Name of the artist.';

COMMENT ON COLUMN staging_songs.song_id IS 'Id of the song.';

COMMENT ON COLUMN staging_songs.title IS 'Title of the song.';

COMMENT ON COLUMN staging_songs.duration IS 'Length of the song, in seconds.';

COMMENT ON COLUMN staging_songs.year IS 'Year of release; 0 means unknown.';

COMMENT ON COLUMN staging_songs.file_id IS 'File that the record came from: load_files.file_id.';

COMMENT ON COLUMN staging_songs.record_number IS 'Position of the record within its file, from 1.';

CREATE TABLE time (
    start_time TIMESTAMP WITHOUT TIME ZONE ENCODE RAW NOT NULL,
    hour SMALLINT ENCODE AZ64 NOT NULL,
    day SMALLINT ENCODE AZ64 NOT NULL,
    week SMALLINT ENCODE AZ64 NOT NULL,
    month SMALLINT ENCODE AZ64 NOT NULL,
    year SMALLINT ENCODE AZ64 NOT NULL,
    weekday SMALLINT ENCODE AZ64 NOT NULL,
    CONSTRAINT time_pkey PRIMARY KEY (start_time)
) DISTSTYLE KEY DISTKEY (start_time) SORTKEY (start_time);

COMMENT ON TABLE time IS 'One row per distinct start_time of the plays, with its calendar parts.';

COMMENT ON COLUMN time.start_time IS 'The moment, UTC, with milliseconds.';

COMMENT ON COLUMN time.hour IS 'Hour of the day, 0 to 23.';

COMMENT ON COLUMN time.day IS 'Day of the month, 1 to 31.';

COMMENT ON COLUMN time.week IS 'ISO week, 1 to 53.';

COMMENT ON COLUMN time.month IS 'Month, 1 to 12.';

COMMENT ON COLUMN time.year IS 'Year.';

COMMENT ON COLUMN time.weekday IS '0 = Sunday to 6 = Saturday.';

CREATE TABLE users (
    user_id BIGINT ENCODE RAW NOT NULL,
    first_name VARCHAR(256) ENCODE ZSTD,
    last_name VARCHAR(256) ENCODE ZSTD,
    gender VARCHAR(64) ENCODE ZSTD,
    level VARCHAR(64) ENCODE ZSTD,
    CONSTRAINT users_pkey PRIMARY KEY (user_id)
) DISTSTYLE ALL SORTKEY (user_id);

COMMENT ON TABLE users IS 'One row per user, attributes from the user''s latest record.';

COMMENT ON COLUMN users.user_id IS 'The app''s number of the user.';

COMMENT ON COLUMN users.first_name IS 'First name.';

COMMENT ON COLUMN users.last_name IS 'Last name.';

COMMENT ON COLUMN users.gender IS 'F or M.';

COMMENT ON COLUMN users.level IS 'free or paid, by the latest record.';

CREATE TABLE load_files (
    file_id BIGINT ENCODE RAW NOT NULL,
    run_id VARCHAR(64) ENCODE ZSTD NOT NULL,
    feed VARCHAR(64) ENCODE ZSTD NOT NULL,
    uri VARCHAR(4096) ENCODE ZSTD NOT NULL,
    size_bytes BIGINT ENCODE AZ64 NOT NULL,
    fingerprint VARCHAR(256) ENCODE ZSTD NOT NULL,
    records_read BIGINT ENCODE AZ64 NOT NULL,
    records_staged BIGINT ENCODE AZ64 NOT NULL,
    records_rejected BIGINT ENCODE AZ64 NOT NULL,
    plays_inserted BIGINT ENCODE AZ64 NOT NULL,
    plays_duplicate BIGINT ENCODE AZ64 NOT NULL,
    not_plays BIGINT ENCODE AZ64 NOT NULL,
    unknown_keys INTEGER ENCODE AZ64 NOT NULL,
    CONSTRAINT load_files_pkey PRIMARY KEY (file_id),
    CONSTRAINT load_files_run_id_fkey FOREIGN KEY(run_id) REFERENCES load_runs (run_id),
    CONSTRAINT load_files_feed_uri_fingerprint_key UNIQUE (feed, uri, fingerprint)
) DISTSTYLE ALL SORTKEY (file_id);

COMMENT ON TABLE load_files IS 'Ledger: every file version that was loaded, with its accounting.';

COMMENT ON COLUMN load_files.file_id IS 'Number of the file version.';

COMMENT ON COLUMN load_files.run_id IS 'The load that read it.';

COMMENT ON COLUMN load_files.feed IS 'log or song.';

COMMENT ON COLUMN load_files.uri IS 'file:// or s3:// URI of the file.';

COMMENT ON COLUMN load_files.size_bytes IS 'Size of the file as it lies there.';

COMMENT ON COLUMN load_files.fingerprint IS 'What tells this version from the next: ETag, or size and time of change.';

COMMENT ON COLUMN load_files.records_read IS 'Records in the file.';

COMMENT ON COLUMN load_files.records_staged IS 'Of these: accepted.';

COMMENT ON COLUMN load_files.records_rejected IS 'Of these: rejected.';

COMMENT ON COLUMN load_files.plays_inserted IS 'Of the accepted: new plays.';

COMMENT ON COLUMN load_files.plays_duplicate IS 'Of the accepted: plays already there.';

COMMENT ON COLUMN load_files.not_plays IS 'Of the accepted: not a play.';

COMMENT ON COLUMN load_files.unknown_keys IS 'Distinct keys in the file that the contract does not know (drift).';

CREATE TABLE songs (
    song_id VARCHAR(32) ENCODE RAW NOT NULL,
    title VARCHAR(512) ENCODE ZSTD,
    artist_id VARCHAR(32) ENCODE ZSTD NOT NULL,
    year INTEGER ENCODE AZ64,
    duration DOUBLE PRECISION ENCODE ZSTD,
    CONSTRAINT songs_pkey PRIMARY KEY (song_id),
    CONSTRAINT songs_artist_id_fkey FOREIGN KEY(artist_id) REFERENCES artists (artist_id)
) DISTSTYLE ALL SORTKEY (song_id);

COMMENT ON TABLE songs IS 'One row per song of the catalogue.';

COMMENT ON COLUMN songs.song_id IS 'Id of the song in the catalogue.';

COMMENT ON COLUMN songs.title IS 'Title.';

COMMENT ON COLUMN songs.artist_id IS 'The song''s artist.';

COMMENT ON COLUMN songs.year IS 'Year of release, NULL when unknown.';

COMMENT ON COLUMN songs.duration IS 'Length in seconds.';

CREATE TABLE user_versions (
    user_id BIGINT ENCODE RAW NOT NULL,
    ts BIGINT ENCODE AZ64 NOT NULL,
    session_id BIGINT ENCODE AZ64 NOT NULL,
    item_in_session INTEGER ENCODE AZ64 NOT NULL,
    CONSTRAINT user_versions_pkey PRIMARY KEY (user_id),
    CONSTRAINT user_versions_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (user_id)
) DISTSTYLE ALL SORTKEY (user_id);

COMMENT ON TABLE user_versions IS 'The record behind each row of users, so that an older one loses.';

COMMENT ON COLUMN user_versions.user_id IS 'The user.';

COMMENT ON COLUMN user_versions.ts IS 'The record''s ts, epoch milliseconds.';

COMMENT ON COLUMN user_versions.session_id IS 'The record''s session; -1 for none.';

COMMENT ON COLUMN user_versions.item_in_session IS 'Its item number; -1 for none.';

CREATE TABLE load_rejects (
    run_id VARCHAR(64) ENCODE ZSTD NOT NULL,
    reject_number INTEGER ENCODE AZ64 NOT NULL,
    file_id BIGINT ENCODE AZ64 NOT NULL,
    uri VARCHAR(4096) ENCODE ZSTD NOT NULL,
    line_number INTEGER ENCODE AZ64,
    reason VARCHAR(64) ENCODE ZSTD NOT NULL,
    column_name VARCHAR(256) ENCODE ZSTD,
    detail VARCHAR(512) ENCODE ZSTD NOT NULL,
    raw_text VARCHAR(4096) ENCODE ZSTD NOT NULL,
    CONSTRAINT load_rejects_pkey PRIMARY KEY (run_id, reject_number),
    CONSTRAINT load_rejects_file_id_fkey FOREIGN KEY(file_id) REFERENCES load_files (file_id),
    CONSTRAINT load_rejects_run_id_fkey FOREIGN KEY(run_id) REFERENCES load_runs (run_id)
) DISTSTYLE ALL SORTKEY (run_id);

COMMENT ON TABLE load_rejects IS 'Records that were left out, with place and reason.';

COMMENT ON COLUMN load_rejects.run_id IS 'The load that left it out.';

COMMENT ON COLUMN load_rejects.reject_number IS 'Number of the reject in its load, from 1.';

COMMENT ON COLUMN load_rejects.file_id IS 'The file it stands in.';

COMMENT ON COLUMN load_rejects.uri IS 'URI of that file.';

COMMENT ON COLUMN load_rejects.line_number IS 'Line that the record begins on, from 1; NULL for a whole file.';

COMMENT ON COLUMN load_rejects.reason IS 'Reason code, such as bad_type.';

COMMENT ON COLUMN load_rejects.column_name IS 'JSON key at fault.';

COMMENT ON COLUMN load_rejects.detail IS 'The reason in words.';

COMMENT ON COLUMN load_rejects.raw_text IS 'The record''s text, cut at 4 KB.';

CREATE TABLE songplays (
    songplay_id BIGINT IDENTITY(0,1) ENCODE AZ64 NOT NULL,
    start_time TIMESTAMP WITHOUT TIME ZONE ENCODE RAW NOT NULL,
    user_id BIGINT ENCODE AZ64 NOT NULL,
    level VARCHAR(64) ENCODE ZSTD,
    song_id VARCHAR(32) ENCODE ZSTD,
    artist_id VARCHAR(32) ENCODE ZSTD,
    session_id BIGINT ENCODE AZ64 NOT NULL,
    location VARCHAR(256) ENCODE ZSTD,
    user_agent VARCHAR(512) ENCODE ZSTD,
    CONSTRAINT songplays_pkey PRIMARY KEY (songplay_id),
    CONSTRAINT songplays_artist_id_fkey FOREIGN KEY(artist_id) REFERENCES artists (artist_id),
    CONSTRAINT songplays_song_id_fkey FOREIGN KEY(song_id) REFERENCES songs (song_id),
    CONSTRAINT songplays_start_time_fkey FOREIGN KEY(start_time) REFERENCES time (start_time),
    CONSTRAINT songplays_user_id_fkey FOREIGN KEY(user_id) REFERENCES users (user_id),
    CONSTRAINT songplays_user_id_session_id_start_time_key UNIQUE (user_id, session_id, start_time)
) DISTSTYLE KEY DISTKEY (start_time) SORTKEY (start_time);

COMMENT ON TABLE songplays IS 'One row per play; natural key (user_id, session_id, start_time).';

COMMENT ON COLUMN songplays.songplay_id IS 'Surrogate key; unique, with gaps, in no order.';

COMMENT ON COLUMN songplays.start_time IS 'When the song began, UTC, with milliseconds.';

COMMENT ON COLUMN songplays.user_id IS 'The user who listened.';

COMMENT ON COLUMN songplays.level IS 'free or paid, at the time of the play.';

COMMENT ON COLUMN songplays.song_id IS 'The song, where the catalogue knows it.';

COMMENT ON COLUMN songplays.artist_id IS 'The artist, where the catalogue knows the song.';

COMMENT ON COLUMN songplays.session_id IS 'Session of the user in the app.';

COMMENT ON COLUMN songplays.location IS 'Metropolitan area of the user.';

COMMENT ON COLUMN songplays.user_agent IS 'User-Agent header of the app.';

CREATE TABLE tracks (
    track_id BIGINT IDENTITY(0,1) ENCODE RAW NOT NULL,
    title VARCHAR(512) ENCODE ZSTD NOT NULL,
    artist_name VARCHAR(512) ENCODE ZSTD NOT NULL,
    duration DOUBLE PRECISION ENCODE ZSTD NOT NULL,
    song_id VARCHAR(32) ENCODE ZSTD,
    artist_id VARCHAR(32) ENCODE ZSTD,
    CONSTRAINT tracks_pkey PRIMARY KEY (track_id),
    CONSTRAINT tracks_artist_id_fkey FOREIGN KEY(artist_id) REFERENCES artists (artist_id),
    CONSTRAINT tracks_song_id_fkey FOREIGN KEY(song_id) REFERENCES songs (song_id),
    CONSTRAINT tracks_title_artist_name_duration_key UNIQUE (title, artist_name, duration)
) DISTSTYLE ALL SORTKEY (track_id);

COMMENT ON TABLE tracks IS 'Each distinct track that plays have named, with its catalogue song.';

COMMENT ON COLUMN tracks.track_id IS 'Surrogate key.';

COMMENT ON COLUMN tracks.title IS 'Title in the log; empty when it had none.';

COMMENT ON COLUMN tracks.artist_name IS 'Artist in the log; empty when it had none.';

COMMENT ON COLUMN tracks.duration IS 'Length in the log; -1e300 when it had none.';

COMMENT ON COLUMN tracks.song_id IS 'The catalogue song it resolves to, if any.';

COMMENT ON COLUMN tracks.artist_id IS 'That song''s artist.';

CREATE TABLE songplay_tracks (
    start_time TIMESTAMP WITHOUT TIME ZONE ENCODE RAW NOT NULL,
    user_id BIGINT ENCODE AZ64 NOT NULL,
    session_id BIGINT ENCODE AZ64 NOT NULL,
    track_id BIGINT ENCODE AZ64 NOT NULL,
    CONSTRAINT songplay_tracks_pkey PRIMARY KEY (start_time, user_id, session_id),
    CONSTRAINT songplay_tracks_track_id_fkey FOREIGN KEY(track_id) REFERENCES tracks (track_id)
) DISTSTYLE KEY DISTKEY (start_time) SORTKEY (start_time);

COMMENT ON TABLE songplay_tracks IS 'The track that each play named, so that a late song finds its plays.';

COMMENT ON COLUMN songplay_tracks.start_time IS 'The play''s start_time.';

COMMENT ON COLUMN songplay_tracks.user_id IS 'The play''s user_id.';

COMMENT ON COLUMN songplay_tracks.session_id IS 'The play''s session_id.';

COMMENT ON COLUMN songplay_tracks.track_id IS 'The track that the play named.';

INSERT INTO alembic_version (version_num) VALUES ('0001');

COMMIT;

BEGIN;

-- Running upgrade 0001 -> 0002

COMMENT ON COLUMN staging_events.file_id IS 'File of the record (load_files.file_id); NULL on Redshift, COPY cannot tell.';

COMMENT ON COLUMN staging_events.record_number IS 'Position of the record in its file, from 1; NULL on Redshift, COPY cannot tell.';

COMMENT ON COLUMN staging_songs.file_id IS 'File of the record (load_files.file_id); NULL on Redshift, COPY cannot tell.';

COMMENT ON COLUMN staging_songs.record_number IS 'Position of the record in its file, from 1; NULL on Redshift, COPY cannot tell.';

COMMIT;

ALTER TABLE load_rejects ALTER COMPOUND SORTKEY (file_id);

ALTER TABLE load_rejects ALTER COLUMN file_id ENCODE RAW;

BEGIN;

UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';

COMMIT;

BEGIN;

-- Running upgrade 0002 -> 0003

UPDATE alembic_version SET version_num='0003' WHERE alembic_version.version_num = '0002';

COMMIT;
