SELECT user_id, unnest(latest) FROM (
  SELECT userId::BIGINT AS user_id,
    arg_max({'first_name': firstName, 'last_name': lastName, 'gender': gender, 'level': level},
      {'ts': ts, 'session_id': coalesce(sessionId, -1), 'item': coalesce(itemInSession, -1)})
      AS latest
  FROM {{ ref('staging_events') }} WHERE userId <> '' GROUP BY userId)
