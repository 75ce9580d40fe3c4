SELECT artist_id, nullif(artist_name, '') AS name, nullif(artist_location, '') AS location,
  artist_latitude AS latitude, artist_longitude AS longitude
FROM {{ ref('staging_songs') }}
QUALIFY row_number() OVER (PARTITION BY artist_id ORDER BY
  (nullif(artist_name, '') IS NOT NULL)::INT + (nullif(artist_location, '') IS NOT NULL)::INT
    + (artist_latitude IS NOT NULL AND artist_longitude IS NOT NULL)::INT DESC,
  nullif(artist_name, '') NULLS LAST, nullif(artist_location, '') NULLS LAST,
  artist_latitude NULLS LAST, artist_longitude NULLS LAST) = 1
