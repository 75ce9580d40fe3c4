-- VERSION a load on redshift, as SQL.
-- Up to 0 rejected records are left out. No connection was made.
SET search_path TO sparkify;

-- load_files: the last number
SELECT coalesce(max(load_files.file_id), 0) AS coalesce_1
FROM load_files;

-- load_files: which files are known
SELECT load_files.feed, load_files.uri, load_files.fingerprint
FROM load_files;

BEGIN;

-- one writer: the next load waits here
LOCK TABLE load_files;

-- load_files: was another load faster
SELECT coalesce(max(load_files.file_id), 0) AS coalesce_1
FROM load_files;

-- staging_events: delete what an earlier load left
DELETE FROM staging_events;

-- staging_events: copy
COPY staging_events (artist, auth, first_name, gender, item_in_session, last_name, length, level, location, method, page, registration, session_id, song, status, ts, user_agent, user_id)
FROM 's3://sparkify-work/manifests/00000000-0000-0000-0000-000000000000/01-log-plain.manifest'
IAM_ROLE 'arn:aws:iam::123456789012:role/loader'
REGION 'us-west-2'
FORMAT AS JSON 's3://sparkify-work/manifests/00000000-0000-0000-0000-000000000000/02-log-jsonpaths.json'
MANIFEST
TIMEFORMAT 'epochmillisecs'
COMPUPDATE OFF STATUPDATE OFF
MAXERROR 0;

-- staging_events: how many records COPY has read
SELECT pg_last_copy_count() AS pg_last_copy_count_1;

-- staging_events: are they those that the loader has judged
SELECT count(*) AS records, count(staging_events.artist) AS known_artist, coalesce(sum(OCTET_LENGTH(staging_events.artist)), 0) AS total_artist, count(staging_events.auth) AS known_auth, coalesce(sum(OCTET_LENGTH(staging_events.auth)), 0) AS total_auth, count(staging_events.first_name) AS known_first_name, coalesce(sum(OCTET_LENGTH(staging_events.first_name)), 0) AS total_first_name, count(staging_events.gender) AS known_gender, coalesce(sum(OCTET_LENGTH(staging_events.gender)), 0) AS total_gender, count(staging_events.item_in_session) AS known_item_in_session, coalesce(sum(staging_events.item_in_session), 0) AS total_item_in_session, count(staging_events.last_name) AS known_last_name, coalesce(sum(OCTET_LENGTH(staging_events.last_name)), 0) AS total_last_name, count(staging_events.length) AS known_length, count(staging_events.level) AS known_level, coalesce(sum(OCTET_LENGTH(staging_events.level)), 0) AS total_level, count(staging_events.location) AS known_location, coalesce(sum(OCTET_LENGTH(staging_events.location)), 0) AS total_location, count(staging_events.method) AS known_method, coalesce(sum(OCTET_LENGTH(staging_events.method)), 0) AS total_method, count(staging_events.page) AS known_page, coalesce(sum(OCTET_LENGTH(staging_events.page)), 0) AS total_page, count(staging_events.registration) AS known_registration, count(staging_events.session_id) AS known_session_id, coalesce(sum(staging_events.session_id), 0) AS total_session_id, count(staging_events.song) AS known_song, coalesce(sum(OCTET_LENGTH(staging_events.song)), 0) AS total_song, count(staging_events.status) AS known_status, coalesce(sum(staging_events.status), 0) AS total_status, count(staging_events.ts) AS known_ts, coalesce(sum(staging_events.ts), 0) AS total_ts, count(staging_events.user_agent) AS known_user_agent, coalesce(sum(OCTET_LENGTH(staging_events.user_agent)), 0) AS total_user_agent, count(staging_events.user_id) AS known_user_id, coalesce(sum(OCTET_LENGTH(staging_events.user_id)), 0) AS total_user_id
FROM staging_events;

-- staging_songs: delete what an earlier load left
DELETE FROM staging_songs;

-- staging_songs: copy
COPY staging_songs (num_songs, artist_id, artist_latitude, artist_longitude, artist_location, artist_name, song_id, title, duration, year)
FROM 's3://sparkify-work/manifests/00000000-0000-0000-0000-000000000000/03-song-plain.manifest'
IAM_ROLE 'arn:aws:iam::123456789012:role/loader'
REGION 'us-west-2'
FORMAT AS JSON 's3://sparkify-work/manifests/00000000-0000-0000-0000-000000000000/04-song-jsonpaths.json'
MANIFEST
TIMEFORMAT 'epochmillisecs'
COMPUPDATE OFF STATUPDATE OFF
MAXERROR 0;

-- staging_songs: how many records COPY has read
SELECT pg_last_copy_count() AS pg_last_copy_count_1;

-- staging_songs: are they those that the loader has judged
SELECT count(*) AS records, count(staging_songs.num_songs) AS known_num_songs, coalesce(sum(staging_songs.num_songs), 0) AS total_num_songs, count(staging_songs.artist_id) AS known_artist_id, coalesce(sum(OCTET_LENGTH(staging_songs.artist_id)), 0) AS total_artist_id, count(staging_songs.artist_latitude) AS known_artist_latitude, count(staging_songs.artist_longitude) AS known_artist_longitude, count(staging_songs.artist_location) AS known_artist_location, coalesce(sum(OCTET_LENGTH(staging_songs.artist_location)), 0) AS total_artist_location, count(staging_songs.artist_name) AS known_artist_name, coalesce(sum(OCTET_LENGTH(staging_songs.artist_name)), 0) AS total_artist_name, count(staging_songs.song_id) AS known_song_id, coalesce(sum(OCTET_LENGTH(staging_songs.song_id)), 0) AS total_song_id, count(staging_songs.title) AS known_title, coalesce(sum(OCTET_LENGTH(staging_songs.title)), 0) AS total_title, count(staging_songs.duration) AS known_duration, count(staging_songs.year) AS known_year, coalesce(sum(staging_songs.year), 0) AS total_year
FROM staging_songs;

-- staging_events: from when to when plays are
SELECT (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_1
FROM staging_events
WHERE staging_events.page = 'NextSong') AS first, (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_2
FROM staging_events
WHERE staging_events.page = 'NextSong') AS last;

-- songplay_tracks: delete all rows
DELETE FROM songplay_tracks;

-- tracks: delete all rows
DELETE FROM tracks;

-- user_versions: delete all rows
DELETE FROM user_versions;

-- songplays: delete all rows
DELETE FROM songplays;

-- time: delete all rows
DELETE FROM time;

-- songs: delete all rows
DELETE FROM songs;

-- artists: delete all rows
DELETE FROM artists;

-- users: delete all rows
DELETE FROM users;

-- load_rejects: delete all rows
DELETE FROM load_rejects;

-- load_files: delete all rows
DELETE FROM load_files;

-- load_runs: delete all rows
DELETE FROM load_runs;

-- count what is there
SELECT (SELECT count(*) AS count_1
FROM songplays) AS songplays, (SELECT count(*) AS count_2
FROM time) AS time, (SELECT count(*) AS count_3
FROM songs) AS songs, (SELECT count(*) AS count_4
FROM artists) AS artists, (SELECT count(*) AS count_5
FROM users) AS users;

-- artists: rank the records of each artist_id
CREATE TEMPORARY TABLE ranked_artists AS WITH offered AS
(SELECT DISTINCT staging_songs.artist_id AS artist_id, nullif(staging_songs.artist_name, '') AS name, nullif(staging_songs.artist_location, '') AS location, staging_songs.artist_latitude AS latitude, staging_songs.artist_longitude AS longitude
FROM staging_songs)
 SELECT candidates.artist_id, candidates.name, candidates.location, candidates.latitude, candidates.longitude, candidates.is_kept, row_number() OVER (PARTITION BY candidates.artist_id ORDER BY CASE WHEN (candidates.name IS NOT NULL) THEN 1 ELSE 0 END + CASE WHEN (candidates.location IS NOT NULL) THEN 1 ELSE 0 END + CASE WHEN (candidates.latitude IS NOT NULL AND candidates.longitude IS NOT NULL) THEN 1 ELSE 0 END DESC, candidates.name ASC NULLS LAST, candidates.location ASC NULLS LAST, candidates.latitude ASC NULLS LAST, candidates.longitude ASC NULLS LAST, candidates.is_kept DESC NULLS LAST) AS place, max(candidates.is_kept) OVER (PARTITION BY candidates.artist_id) AS has_kept
FROM (SELECT offered.artist_id AS artist_id, offered.name AS name, offered.location AS location, offered.latitude AS latitude, offered.longitude AS longitude, 0 AS is_kept
FROM offered UNION ALL SELECT artists.artist_id AS artist_id, artists.name AS name, artists.location AS location, artists.latitude AS latitude, artists.longitude AS longitude, 1 AS is_kept
FROM artists
WHERE artists.artist_id IN (SELECT offered.artist_id
FROM offered)) AS candidates;

-- artists: update from better records
UPDATE artists SET name=ranked_artists.name, location=ranked_artists.location, latitude=ranked_artists.latitude, longitude=ranked_artists.longitude FROM ranked_artists WHERE artists.artist_id = ranked_artists.artist_id AND ranked_artists.place = 1 AND ranked_artists.has_kept = 1 AND ranked_artists.is_kept = 0;

-- artists: insert new rows
INSERT INTO artists (artist_id, name, location, latitude, longitude) SELECT ranked_artists.artist_id, ranked_artists.name AS name, ranked_artists.location AS location, ranked_artists.latitude AS latitude, ranked_artists.longitude AS longitude
FROM ranked_artists
WHERE ranked_artists.place = 1 AND ranked_artists.has_kept = 0;

-- songs: rank the records of each song_id
CREATE TEMPORARY TABLE ranked_songs AS WITH offered AS
(SELECT DISTINCT staging_songs.song_id AS song_id, nullif(staging_songs.title, '') AS title, staging_songs.artist_id AS artist_id, nullif(staging_songs.year, 0) AS year, staging_songs.duration AS duration
FROM staging_songs)
 SELECT candidates.song_id, candidates.title, candidates.artist_id, candidates.year, candidates.duration, candidates.is_kept, row_number() OVER (PARTITION BY candidates.song_id ORDER BY CASE WHEN (candidates.title IS NOT NULL) THEN 1 ELSE 0 END + CASE WHEN (candidates.duration IS NOT NULL) THEN 1 ELSE 0 END + CASE WHEN (candidates.year IS NOT NULL) THEN 1 ELSE 0 END DESC, candidates.title ASC NULLS LAST, candidates.artist_id ASC NULLS LAST, candidates.year ASC NULLS LAST, candidates.duration ASC NULLS LAST, candidates.is_kept DESC NULLS LAST) AS place, max(candidates.is_kept) OVER (PARTITION BY candidates.song_id) AS has_kept
FROM (SELECT offered.song_id AS song_id, offered.title AS title, offered.artist_id AS artist_id, offered.year AS year, offered.duration AS duration, 0 AS is_kept
FROM offered UNION ALL SELECT songs.song_id AS song_id, songs.title AS title, songs.artist_id AS artist_id, songs.year AS year, songs.duration AS duration, 1 AS is_kept
FROM songs
WHERE songs.song_id IN (SELECT offered.song_id
FROM offered)) AS candidates;

-- songs: update from better records
UPDATE songs SET title=ranked_songs.title, artist_id=ranked_songs.artist_id, year=ranked_songs.year, duration=ranked_songs.duration FROM ranked_songs WHERE songs.song_id = ranked_songs.song_id AND ranked_songs.place = 1 AND ranked_songs.has_kept = 1 AND ranked_songs.is_kept = 0;

-- songs: insert new rows
INSERT INTO songs (song_id, title, artist_id, year, duration) SELECT ranked_songs.song_id, ranked_songs.title AS title, ranked_songs.artist_id AS artist_id, ranked_songs.year AS year, ranked_songs.duration AS duration
FROM ranked_songs
WHERE ranked_songs.place = 1 AND ranked_songs.has_kept = 0;

-- tracks: find those whose song is another one now
CREATE TEMPORARY TABLE rematched_tracks AS SELECT tracks.track_id, matches.song_id, song.artist_id
FROM tracks LEFT OUTER JOIN (SELECT songs.title AS title, artists.name AS artist_name, songs.duration AS duration, min(songs.song_id) AS song_id
FROM songs JOIN artists ON songs.artist_id = artists.artist_id GROUP BY songs.title, artists.name, songs.duration) AS matches ON tracks.title = matches.title AND tracks.artist_name = matches.artist_name AND tracks.duration = matches.duration LEFT OUTER JOIN songs AS song ON song.song_id = matches.song_id
WHERE coalesce(tracks.song_id, '') != coalesce(matches.song_id, '') OR coalesce(tracks.artist_id, '') != coalesce(song.artist_id, '');

-- tracks: update their song
UPDATE tracks SET song_id=rematched_tracks.song_id, artist_id=rematched_tracks.artist_id FROM rematched_tracks WHERE tracks.track_id = rematched_tracks.track_id;

-- songplays: update the song of their plays
UPDATE songplays SET song_id=rematched_tracks.song_id, artist_id=rematched_tracks.artist_id FROM songplay_tracks, rematched_tracks WHERE songplays.user_id = songplay_tracks.user_id AND songplays.session_id = songplay_tracks.session_id AND songplays.start_time = songplay_tracks.start_time AND songplay_tracks.track_id = rematched_tracks.track_id;

-- users: rank the latest records of each user
CREATE TEMPORARY TABLE ranked_users AS WITH offered AS
(SELECT DISTINCT CAST(staging_events.user_id AS BIGINT) AS user_id, staging_events.ts AS ts, coalesce(staging_events.session_id, -1) AS session_id, coalesce(staging_events.item_in_session, -1) AS item_in_session, staging_events.first_name AS first_name, staging_events.last_name AS last_name, staging_events.gender AS gender, staging_events.level AS level
FROM staging_events JOIN (SELECT staging_events.user_id AS user_id, max(staging_events.ts) AS ts
FROM staging_events
WHERE staging_events.user_id != '' GROUP BY staging_events.user_id) AS latest ON staging_events.user_id = latest.user_id AND staging_events.ts = latest.ts)
 SELECT candidates.user_id, candidates.ts, candidates.session_id, candidates.item_in_session, candidates.first_name, candidates.last_name, candidates.gender, candidates.level, candidates.is_kept, row_number() OVER (PARTITION BY candidates.user_id ORDER BY candidates.ts DESC NULLS LAST, candidates.session_id DESC NULLS LAST, candidates.item_in_session DESC NULLS LAST, candidates.first_name ASC NULLS LAST, candidates.last_name ASC NULLS LAST, candidates.gender ASC NULLS LAST, candidates.level ASC NULLS LAST, candidates.is_kept DESC NULLS LAST) AS place, max(candidates.is_kept) OVER (PARTITION BY candidates.user_id) AS has_kept
FROM (SELECT offered.user_id AS user_id, offered.ts AS ts, offered.session_id AS session_id, offered.item_in_session AS item_in_session, offered.first_name AS first_name, offered.last_name AS last_name, offered.gender AS gender, offered.level AS level, 0 AS is_kept
FROM offered UNION ALL SELECT users.user_id AS user_id, user_versions.ts AS ts, user_versions.session_id AS session_id, user_versions.item_in_session AS item_in_session, users.first_name AS first_name, users.last_name AS last_name, users.gender AS gender, users.level AS level, 1 AS is_kept
FROM users JOIN user_versions ON users.user_id = user_versions.user_id
WHERE users.user_id IN (SELECT offered.user_id
FROM offered)) AS candidates;

-- users: update from better records
UPDATE users SET first_name=ranked_users.first_name, last_name=ranked_users.last_name, gender=ranked_users.gender, level=ranked_users.level FROM ranked_users WHERE users.user_id = ranked_users.user_id AND ranked_users.place = 1 AND ranked_users.has_kept = 1 AND ranked_users.is_kept = 0;

-- users: insert new rows
INSERT INTO users (user_id, first_name, last_name, gender, level) SELECT ranked_users.user_id, ranked_users.first_name AS first_name, ranked_users.last_name AS last_name, ranked_users.gender AS gender, ranked_users.level AS level
FROM ranked_users
WHERE ranked_users.place = 1 AND ranked_users.has_kept = 0;

-- user_versions: update from better records
UPDATE user_versions SET ts=ranked_users.ts, session_id=ranked_users.session_id, item_in_session=ranked_users.item_in_session FROM ranked_users WHERE user_versions.user_id = ranked_users.user_id AND ranked_users.place = 1 AND ranked_users.has_kept = 1 AND ranked_users.is_kept = 0;

-- user_versions: insert new rows
INSERT INTO user_versions (user_id, ts, session_id, item_in_session) SELECT ranked_users.user_id, ranked_users.ts AS ts, ranked_users.session_id AS session_id, ranked_users.item_in_session AS item_in_session
FROM ranked_users
WHERE ranked_users.place = 1 AND ranked_users.has_kept = 0;

-- tracks: insert those that plays name for the first time
INSERT INTO tracks (title, artist_name, duration, song_id, artist_id) SELECT named.title, named.artist_name, named.duration, matches.song_id, songs.artist_id
FROM (SELECT DISTINCT play.title AS title, play.artist_name AS artist_name, play.duration AS duration
FROM (SELECT CAST(staging_events.user_id AS BIGINT) AS user_id, staging_events.session_id AS session_id, DATEADD(ms, staging_events.ts, TIMESTAMP '1970-01-01') AS start_time, staging_events.level AS level, staging_events.location AS location, staging_events.user_agent AS user_agent, coalesce(staging_events.song, '') AS title, coalesce(staging_events.artist, '') AS artist_name, coalesce(staging_events.length, CAST(-1e300 AS DOUBLE PRECISION)) AS duration, staging_events.file_id AS file_id
FROM staging_events
WHERE staging_events.page = 'NextSong') AS play) AS named LEFT OUTER JOIN tracks AS known ON known.title = named.title AND known.artist_name = named.artist_name AND known.duration = named.duration LEFT OUTER JOIN (SELECT songs.title AS title, artists.name AS artist_name, songs.duration AS duration, min(songs.song_id) AS song_id
FROM songs JOIN artists ON songs.artist_id = artists.artist_id GROUP BY songs.title, artists.name, songs.duration) AS matches ON matches.title = named.title AND matches.artist_name = named.artist_name AND matches.duration = named.duration LEFT OUTER JOIN songs ON songs.song_id = matches.song_id
WHERE known.track_id IS NULL;

-- songplays: find keys that were offered more than once
CREATE TEMPORARY TABLE contested_keys AS SELECT keys.user_id, keys.session_id, keys.start_time
FROM (SELECT play.user_id AS user_id, play.session_id AS session_id, play.start_time AS start_time
FROM (SELECT CAST(staging_events.user_id AS BIGINT) AS user_id, staging_events.session_id AS session_id, DATEADD(ms, staging_events.ts, TIMESTAMP '1970-01-01') AS start_time, staging_events.level AS level, staging_events.location AS location, staging_events.user_agent AS user_agent, coalesce(staging_events.song, '') AS title, coalesce(staging_events.artist, '') AS artist_name, coalesce(staging_events.length, CAST(-1e300 AS DOUBLE PRECISION)) AS duration, staging_events.file_id AS file_id
FROM staging_events
WHERE staging_events.page = 'NextSong') AS play GROUP BY play.user_id, play.session_id, play.start_time
HAVING count(*) > 1 UNION SELECT songplays.user_id AS user_id, songplays.session_id AS session_id, songplays.start_time AS start_time
FROM songplays JOIN (SELECT CAST(staging_events.user_id AS BIGINT) AS user_id, staging_events.session_id AS session_id, DATEADD(ms, staging_events.ts, TIMESTAMP '1970-01-01') AS start_time, staging_events.level AS level, staging_events.location AS location, staging_events.user_agent AS user_agent, coalesce(staging_events.song, '') AS title, coalesce(staging_events.artist, '') AS artist_name, coalesce(staging_events.length, CAST(-1e300 AS DOUBLE PRECISION)) AS duration, staging_events.file_id AS file_id
FROM staging_events
WHERE staging_events.page = 'NextSong') AS play ON songplays.user_id = play.user_id AND songplays.session_id = play.session_id AND songplays.start_time = play.start_time
WHERE songplays.start_time BETWEEN (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_1
FROM staging_events
WHERE staging_events.page = 'NextSong') AND (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_2
FROM staging_events
WHERE staging_events.page = 'NextSong')) AS keys;

-- songplays: rank the records of each such key
CREATE TEMPORARY TABLE contested_plays AS WITH offered AS
(SELECT play.user_id AS user_id, play.session_id AS session_id, play.start_time AS start_time, play.level AS level, play.location AS location, play.user_agent AS user_agent, play.title AS title, play.artist_name AS artist_name, play.duration AS duration, play.file_id AS file_id
FROM (SELECT CAST(staging_events.user_id AS BIGINT) AS user_id, staging_events.session_id AS session_id, DATEADD(ms, staging_events.ts, TIMESTAMP '1970-01-01') AS start_time, staging_events.level AS level, staging_events.location AS location, staging_events.user_agent AS user_agent, coalesce(staging_events.song, '') AS title, coalesce(staging_events.artist, '') AS artist_name, coalesce(staging_events.length, CAST(-1e300 AS DOUBLE PRECISION)) AS duration, staging_events.file_id AS file_id
FROM staging_events
WHERE staging_events.page = 'NextSong') AS play JOIN contested_keys ON contested_keys.user_id = play.user_id AND play.session_id = contested_keys.session_id AND contested_keys.start_time = play.start_time)
 SELECT candidates.user_id, candidates.session_id, candidates.start_time, candidates.level, candidates.location, candidates.user_agent, candidates.title, candidates.artist_name, candidates.duration, candidates.file_id, candidates.is_kept, row_number() OVER (PARTITION BY candidates.user_id, candidates.session_id, candidates.start_time ORDER BY candidates.title ASC NULLS LAST, candidates.artist_name ASC NULLS LAST, candidates.duration ASC NULLS LAST, candidates.level ASC NULLS LAST, candidates.location ASC NULLS LAST, candidates.user_agent ASC NULLS LAST, candidates.is_kept DESC NULLS LAST) AS place, max(candidates.is_kept) OVER (PARTITION BY candidates.user_id, candidates.session_id, candidates.start_time) AS has_kept
FROM (SELECT offered.user_id AS user_id, offered.session_id AS session_id, offered.start_time AS start_time, offered.level AS level, offered.location AS location, offered.user_agent AS user_agent, offered.title AS title, offered.artist_name AS artist_name, offered.duration AS duration, offered.file_id AS file_id, 0 AS is_kept
FROM offered UNION ALL SELECT songplays.user_id AS user_id, songplays.session_id AS session_id, songplays.start_time AS start_time, songplays.level AS level, songplays.location AS location, songplays.user_agent AS user_agent, tracks.title AS title, tracks.artist_name AS artist_name, tracks.duration AS duration, CAST(NULL AS BIGINT) AS file_id, 1 AS is_kept
FROM songplays JOIN contested_keys ON songplays.user_id = contested_keys.user_id AND songplays.session_id = contested_keys.session_id AND songplays.start_time = contested_keys.start_time JOIN songplay_tracks ON songplays.user_id = songplay_tracks.user_id AND songplays.session_id = songplay_tracks.session_id AND songplays.start_time = songplay_tracks.start_time JOIN tracks ON tracks.track_id = songplay_tracks.track_id
WHERE songplays.start_time BETWEEN (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_1
FROM staging_events
WHERE staging_events.page = 'NextSong') AND (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_2
FROM staging_events
WHERE staging_events.page = 'NextSong') AND songplay_tracks.start_time BETWEEN (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_3
FROM staging_events
WHERE staging_events.page = 'NextSong') AND (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_4
FROM staging_events
WHERE staging_events.page = 'NextSong')) AS candidates;

-- songplays: insert new plays
INSERT INTO songplays (user_id, session_id, start_time, level, location, user_agent, song_id, artist_id) SELECT fresh.user_id, fresh.session_id, fresh.start_time, fresh.level, fresh.location, fresh.user_agent, tracks.song_id, tracks.artist_id
FROM (SELECT play.user_id AS user_id, play.session_id AS session_id, play.start_time AS start_time, play.level AS level, play.location AS location, play.user_agent AS user_agent, play.title AS title, play.artist_name AS artist_name, play.duration AS duration, play.file_id AS file_id
FROM (SELECT CAST(staging_events.user_id AS BIGINT) AS user_id, staging_events.session_id AS session_id, DATEADD(ms, staging_events.ts, TIMESTAMP '1970-01-01') AS start_time, staging_events.level AS level, staging_events.location AS location, staging_events.user_agent AS user_agent, coalesce(staging_events.song, '') AS title, coalesce(staging_events.artist, '') AS artist_name, coalesce(staging_events.length, CAST(-1e300 AS DOUBLE PRECISION)) AS duration, staging_events.file_id AS file_id
FROM staging_events
WHERE staging_events.page = 'NextSong') AS play LEFT OUTER JOIN contested_keys ON contested_keys.user_id = play.user_id AND play.session_id = contested_keys.session_id AND contested_keys.start_time = play.start_time
WHERE contested_keys.user_id IS NULL) AS fresh JOIN tracks ON tracks.title = fresh.title AND tracks.artist_name = fresh.artist_name AND tracks.duration = fresh.duration;

-- songplay_tracks: insert new plays
INSERT INTO songplay_tracks (user_id, session_id, start_time, track_id) SELECT fresh.user_id, fresh.session_id, fresh.start_time, tracks.track_id
FROM (SELECT play.user_id AS user_id, play.session_id AS session_id, play.start_time AS start_time, play.level AS level, play.location AS location, play.user_agent AS user_agent, play.title AS title, play.artist_name AS artist_name, play.duration AS duration, play.file_id AS file_id
FROM (SELECT CAST(staging_events.user_id AS BIGINT) AS user_id, staging_events.session_id AS session_id, DATEADD(ms, staging_events.ts, TIMESTAMP '1970-01-01') AS start_time, staging_events.level AS level, staging_events.location AS location, staging_events.user_agent AS user_agent, coalesce(staging_events.song, '') AS title, coalesce(staging_events.artist, '') AS artist_name, coalesce(staging_events.length, CAST(-1e300 AS DOUBLE PRECISION)) AS duration, staging_events.file_id AS file_id
FROM staging_events
WHERE staging_events.page = 'NextSong') AS play LEFT OUTER JOIN contested_keys ON contested_keys.user_id = play.user_id AND play.session_id = contested_keys.session_id AND contested_keys.start_time = play.start_time
WHERE contested_keys.user_id IS NULL) AS fresh JOIN tracks ON tracks.title = fresh.title AND tracks.artist_name = fresh.artist_name AND tracks.duration = fresh.duration;

-- songplays: insert the best record of each such key
INSERT INTO songplays (user_id, session_id, start_time, level, location, user_agent, song_id, artist_id) SELECT winner.user_id, winner.session_id, winner.start_time, winner.level, winner.location, winner.user_agent, tracks.song_id, tracks.artist_id
FROM (SELECT contested_plays.user_id AS user_id, contested_plays.session_id AS session_id, contested_plays.start_time AS start_time, contested_plays.level AS level, contested_plays.location AS location, contested_plays.user_agent AS user_agent, contested_plays.title AS title, contested_plays.artist_name AS artist_name, contested_plays.duration AS duration, contested_plays.file_id AS file_id, contested_plays.is_kept AS is_kept, contested_plays.place AS place, contested_plays.has_kept AS has_kept
FROM contested_plays
WHERE contested_plays.place = 1 AND contested_plays.has_kept = 0) AS winner JOIN tracks ON winner.title = tracks.title AND winner.artist_name = tracks.artist_name AND winner.duration = tracks.duration;

-- songplay_tracks: insert the best record of each such key
INSERT INTO songplay_tracks (user_id, session_id, start_time, track_id) SELECT winner.user_id, winner.session_id, winner.start_time, tracks.track_id
FROM (SELECT contested_plays.user_id AS user_id, contested_plays.session_id AS session_id, contested_plays.start_time AS start_time, contested_plays.level AS level, contested_plays.location AS location, contested_plays.user_agent AS user_agent, contested_plays.title AS title, contested_plays.artist_name AS artist_name, contested_plays.duration AS duration, contested_plays.file_id AS file_id, contested_plays.is_kept AS is_kept, contested_plays.place AS place, contested_plays.has_kept AS has_kept
FROM contested_plays
WHERE contested_plays.place = 1 AND contested_plays.has_kept = 0) AS winner JOIN tracks ON winner.title = tracks.title AND winner.artist_name = tracks.artist_name AND winner.duration = tracks.duration;

-- songplays: update from better records
UPDATE songplays SET level=contested_plays.level, song_id=tracks.song_id, artist_id=tracks.artist_id, location=contested_plays.location, user_agent=contested_plays.user_agent FROM contested_plays, tracks WHERE songplays.user_id = contested_plays.user_id AND songplays.session_id = contested_plays.session_id AND songplays.start_time = contested_plays.start_time AND songplays.start_time BETWEEN (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_1
FROM staging_events
WHERE staging_events.page = 'NextSong') AND (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_2
FROM staging_events
WHERE staging_events.page = 'NextSong') AND contested_plays.title = tracks.title AND contested_plays.artist_name = tracks.artist_name AND contested_plays.duration = tracks.duration AND contested_plays.place = 1 AND contested_plays.has_kept = 1 AND contested_plays.is_kept = 0;

-- songplay_tracks: update from better records
UPDATE songplay_tracks SET track_id=tracks.track_id FROM contested_plays, tracks WHERE songplay_tracks.user_id = contested_plays.user_id AND songplay_tracks.session_id = contested_plays.session_id AND songplay_tracks.start_time = contested_plays.start_time AND songplay_tracks.start_time BETWEEN (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_1
FROM staging_events
WHERE staging_events.page = 'NextSong') AND (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_2
FROM staging_events
WHERE staging_events.page = 'NextSong') AND contested_plays.title = tracks.title AND contested_plays.artist_name = tracks.artist_name AND contested_plays.duration = tracks.duration AND contested_plays.place = 1 AND contested_plays.has_kept = 1 AND contested_plays.is_kept = 0;

-- time: insert new moments
INSERT INTO time (start_time, hour, day, week, month, year, weekday) SELECT moment.start_time, CAST(EXTRACT(hour FROM moment.start_time) AS SMALLINT) AS anon_1, CAST(EXTRACT(day FROM moment.start_time) AS SMALLINT) AS anon_2, CAST(EXTRACT(week FROM moment.start_time) AS SMALLINT) AS anon_3, CAST(EXTRACT(month FROM moment.start_time) AS SMALLINT) AS anon_4, CAST(EXTRACT(year FROM moment.start_time) AS SMALLINT) AS anon_5, CAST(EXTRACT(dow FROM moment.start_time) AS SMALLINT) AS anon_6
FROM (SELECT DISTINCT DATEADD(ms, staging_events.ts, TIMESTAMP '1970-01-01') AS start_time
FROM staging_events
WHERE staging_events.page = 'NextSong') AS moment LEFT OUTER JOIN (SELECT time.start_time AS start_time
FROM time
WHERE time.start_time BETWEEN (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_1
FROM staging_events
WHERE staging_events.page = 'NextSong') AND (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_2
FROM staging_events
WHERE staging_events.page = 'NextSong')) AS known ON known.start_time = moment.start_time
WHERE known.start_time IS NULL;

-- account for plays: contested keys
SELECT DISTINCT contested_plays.user_id, contested_plays.session_id, contested_plays.start_time, contested_plays.has_kept
FROM contested_plays;

-- songs: how many contradict each other
SELECT count(*) AS count_1
FROM (SELECT offered.song_id AS song_id
FROM (SELECT DISTINCT ranked_songs.song_id AS song_id, ranked_songs.title AS title, ranked_songs.artist_id AS artist_id, ranked_songs.year AS year, ranked_songs.duration AS duration
FROM ranked_songs) AS offered GROUP BY offered.song_id
HAVING count(*) > 1) AS twice;

-- catalogue: prove that no row offends
SELECT 0 AS proof, count(*) AS offending
FROM (SELECT songs.song_id AS song_id, count(*) AS rows_with_it
FROM songs
WHERE true GROUP BY songs.song_id
HAVING count(*) > 1) AS offending_rows UNION ALL SELECT 1 AS proof, count(*) AS offending
FROM (SELECT artists.artist_id AS artist_id, count(*) AS rows_with_it
FROM artists
WHERE true GROUP BY artists.artist_id
HAVING count(*) > 1) AS offending_rows UNION ALL SELECT 2 AS proof, count(*) AS offending
FROM (SELECT tracks.title AS title, tracks.artist_name AS artist_name, tracks.duration AS duration, count(*) AS rows_with_it
FROM tracks
WHERE true GROUP BY tracks.title, tracks.artist_name, tracks.duration
HAVING count(*) > 1) AS offending_rows UNION ALL SELECT 3 AS proof, count(*) AS offending
FROM (SELECT tracks.track_id AS track_id, count(*) AS rows_with_it
FROM tracks
WHERE true GROUP BY tracks.track_id
HAVING count(*) > 1) AS offending_rows UNION ALL SELECT 4 AS proof, count(*) AS offending
FROM (SELECT child.artist_id AS artist_id
FROM (SELECT DISTINCT songs.artist_id AS artist_id
FROM songs
WHERE true) AS child LEFT OUTER JOIN artists AS parent ON child.artist_id = parent.artist_id
WHERE child.artist_id IS NOT NULL AND parent.artist_id IS NULL) AS offending_rows UNION ALL SELECT 5 AS proof, count(*) AS offending
FROM (SELECT child.artist_id AS artist_id
FROM (SELECT DISTINCT tracks.artist_id AS artist_id
FROM tracks
WHERE true) AS child LEFT OUTER JOIN artists AS parent ON child.artist_id = parent.artist_id
WHERE child.artist_id IS NOT NULL AND parent.artist_id IS NULL) AS offending_rows UNION ALL SELECT 6 AS proof, count(*) AS offending
FROM (SELECT child.song_id AS song_id
FROM (SELECT DISTINCT tracks.song_id AS song_id
FROM tracks
WHERE true) AS child LEFT OUTER JOIN songs AS parent ON child.song_id = parent.song_id
WHERE child.song_id IS NOT NULL AND parent.song_id IS NULL) AS offending_rows;

-- plays and users: prove that no row offends
SELECT 0 AS proof, count(*) AS offending
FROM (SELECT songplays.songplay_id AS songplay_id, count(*) AS rows_with_it
FROM songplays
WHERE songplays.start_time BETWEEN (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_1
FROM staging_events
WHERE staging_events.page = 'NextSong') AND (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_2
FROM staging_events
WHERE staging_events.page = 'NextSong') GROUP BY songplays.songplay_id
HAVING count(*) > 1) AS offending_rows UNION ALL SELECT 1 AS proof, count(*) AS offending
FROM (SELECT songplays.user_id AS user_id, songplays.session_id AS session_id, songplays.start_time AS start_time, count(*) AS rows_with_it
FROM songplays
WHERE songplays.start_time BETWEEN (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_3
FROM staging_events
WHERE staging_events.page = 'NextSong') AND (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_4
FROM staging_events
WHERE staging_events.page = 'NextSong') GROUP BY songplays.user_id, songplays.session_id, songplays.start_time
HAVING count(*) > 1) AS offending_rows UNION ALL SELECT 2 AS proof, count(*) AS offending
FROM (SELECT time.start_time AS start_time, count(*) AS rows_with_it
FROM time
WHERE time.start_time BETWEEN (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_5
FROM staging_events
WHERE staging_events.page = 'NextSong') AND (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_6
FROM staging_events
WHERE staging_events.page = 'NextSong') GROUP BY time.start_time
HAVING count(*) > 1) AS offending_rows UNION ALL SELECT 3 AS proof, count(*) AS offending
FROM (SELECT songplay_tracks.start_time AS start_time, songplay_tracks.user_id AS user_id, songplay_tracks.session_id AS session_id, count(*) AS rows_with_it
FROM songplay_tracks
WHERE songplay_tracks.start_time BETWEEN (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_7
FROM staging_events
WHERE staging_events.page = 'NextSong') AND (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_8
FROM staging_events
WHERE staging_events.page = 'NextSong') GROUP BY songplay_tracks.start_time, songplay_tracks.user_id, songplay_tracks.session_id
HAVING count(*) > 1) AS offending_rows UNION ALL SELECT 4 AS proof, count(*) AS offending
FROM (SELECT users.user_id AS user_id, count(*) AS rows_with_it
FROM users
WHERE true GROUP BY users.user_id
HAVING count(*) > 1) AS offending_rows UNION ALL SELECT 5 AS proof, count(*) AS offending
FROM (SELECT user_versions.user_id AS user_id, count(*) AS rows_with_it
FROM user_versions
WHERE true GROUP BY user_versions.user_id
HAVING count(*) > 1) AS offending_rows UNION ALL SELECT 6 AS proof, count(*) AS offending
FROM (SELECT child.artist_id AS artist_id
FROM (SELECT DISTINCT songplays.artist_id AS artist_id
FROM songplays
WHERE songplays.start_time BETWEEN (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_9
FROM staging_events
WHERE staging_events.page = 'NextSong') AND (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_10
FROM staging_events
WHERE staging_events.page = 'NextSong')) AS child LEFT OUTER JOIN artists AS parent ON child.artist_id = parent.artist_id
WHERE child.artist_id IS NOT NULL AND parent.artist_id IS NULL) AS offending_rows UNION ALL SELECT 7 AS proof, count(*) AS offending
FROM (SELECT child.song_id AS song_id
FROM (SELECT DISTINCT songplays.song_id AS song_id
FROM songplays
WHERE songplays.start_time BETWEEN (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_11
FROM staging_events
WHERE staging_events.page = 'NextSong') AND (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_12
FROM staging_events
WHERE staging_events.page = 'NextSong')) AS child LEFT OUTER JOIN songs AS parent ON child.song_id = parent.song_id
WHERE child.song_id IS NOT NULL AND parent.song_id IS NULL) AS offending_rows UNION ALL SELECT 8 AS proof, count(*) AS offending
FROM (SELECT DISTINCT child.start_time AS start_time
FROM (SELECT songplays.start_time AS start_time
FROM songplays
WHERE songplays.start_time BETWEEN (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_13
FROM staging_events
WHERE staging_events.page = 'NextSong') AND (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_14
FROM staging_events
WHERE staging_events.page = 'NextSong')) AS child LEFT OUTER JOIN time AS parent ON child.start_time = parent.start_time AND parent.start_time BETWEEN (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_15
FROM staging_events
WHERE staging_events.page = 'NextSong') AND (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_16
FROM staging_events
WHERE staging_events.page = 'NextSong')
WHERE child.start_time IS NOT NULL AND parent.start_time IS NULL) AS offending_rows UNION ALL SELECT 9 AS proof, count(*) AS offending
FROM (SELECT child.user_id AS user_id
FROM (SELECT DISTINCT songplays.user_id AS user_id
FROM songplays
WHERE songplays.start_time BETWEEN (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_17
FROM staging_events
WHERE staging_events.page = 'NextSong') AND (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_18
FROM staging_events
WHERE staging_events.page = 'NextSong')) AS child LEFT OUTER JOIN users AS parent ON child.user_id = parent.user_id
WHERE child.user_id IS NOT NULL AND parent.user_id IS NULL) AS offending_rows UNION ALL SELECT 10 AS proof, count(*) AS offending
FROM (SELECT child.track_id AS track_id
FROM (SELECT DISTINCT songplay_tracks.track_id AS track_id
FROM songplay_tracks
WHERE songplay_tracks.start_time BETWEEN (SELECT DATEADD(ms, min(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_19
FROM staging_events
WHERE staging_events.page = 'NextSong') AND (SELECT DATEADD(ms, max(staging_events.ts), TIMESTAMP '1970-01-01') AS epoch_ms_to_timestamp_20
FROM staging_events
WHERE staging_events.page = 'NextSong')) AS child LEFT OUTER JOIN tracks AS parent ON child.track_id = parent.track_id
WHERE child.track_id IS NOT NULL AND parent.track_id IS NULL) AS offending_rows UNION ALL SELECT 11 AS proof, count(*) AS offending
FROM (SELECT child.user_id AS user_id
FROM (SELECT DISTINCT user_versions.user_id AS user_id
FROM user_versions
WHERE true) AS child LEFT OUTER JOIN users AS parent ON child.user_id = parent.user_id
WHERE child.user_id IS NOT NULL AND parent.user_id IS NULL) AS offending_rows;

-- count what is there now
SELECT (SELECT count(*) AS count_1
FROM songplays) AS songplays, (SELECT count(*) AS count_2
FROM time) AS time, (SELECT count(*) AS count_3
FROM songs) AS songs, (SELECT count(*) AS count_4
FROM artists) AS artists, (SELECT count(*) AS count_5
FROM users) AS users;

-- load_runs: leave a trace
INSERT INTO load_runs (run_id, started_at, finished_at, version, mode, log_files, song_files, records_read, records_staged, records_rejected, plays_inserted, plays_duplicate) VALUES ('00000000-0000-0000-0000-000000000000', GETDATE(), GETDATE(), VERSION, 'incremental', 0, 0, 0, 0, 0, 0, 0);

-- load_files and load_rejects: one row per file and reject, in bulk.

-- count rows for the result
SELECT (SELECT count(*) AS count_1
FROM staging_events) AS staging_events, (SELECT count(*) AS count_2
FROM staging_songs) AS staging_songs;
COMMIT;
