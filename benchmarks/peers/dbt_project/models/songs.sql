SELECT song_id, nullif(title, '') AS title, artist_id, nullif(year, 0) AS year, duration
FROM {{ ref('staging_songs') }}
QUALIFY row_number() OVER (PARTITION BY song_id ORDER BY
  (nullif(title, '') IS NOT NULL)::INT + (duration IS NOT NULL)::INT
    + (nullif(year, 0) IS NOT NULL)::INT DESC,
  nullif(title, '') NULLS LAST, artist_id, nullif(year, 0) NULLS LAST, duration NULLS LAST) = 1
