SELECT start_time, hour(start_time)::SMALLINT AS hour, day(start_time)::SMALLINT AS day,
  week(start_time)::SMALLINT AS week, month(start_time)::SMALLINT AS month,
  year(start_time)::SMALLINT AS year, dayofweek(start_time)::SMALLINT AS weekday
FROM (SELECT DISTINCT start_time FROM {{ ref('songplays') }})
