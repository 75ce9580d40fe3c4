WITH catalogue AS MATERIALIZED (
  SELECT title, name, duration, min(song_id) AS song_id,
    arg_min(songs.artist_id, song_id) AS artist_id
  FROM {{ ref('songs') }} AS songs JOIN {{ ref('artists') }} AS artists USING (artist_id) GROUP BY ALL)
SELECT row_number() OVER () AS songplay_id, epoch_ms(ts) AS start_time,
  userId::BIGINT AS user_id, level, catalogue.song_id, catalogue.artist_id,
  sessionId AS session_id, location, userAgent AS user_agent
FROM (SELECT DISTINCT ON (userId, sessionId, ts) * FROM {{ ref('staging_events') }} WHERE page = 'NextSong') AS play
LEFT JOIN catalogue ON catalogue.title = song AND catalogue.name = artist
  AND catalogue.duration = length
