-- The system tables that a COPY fills. Their rows are lines of JSON in a file beside the database,
-- because on Redshift they belong to no transaction: they outlive a rollback and are seen at once,
-- also by a transaction whose snapshot is older.

CREATE FUNCTION pg_standin.log_rows(log text) RETURNS SETOF jsonb
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    reader oid := (SELECT oid FROM pg_roles WHERE rolname = session_user);
    sees_all boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = session_user);
BEGIN
    IF log NOT IN ('load_errors', 'load_commits', 'load_history') THEN
        RAISE EXCEPTION 'unknown log %', log;
    END IF;
    RETURN QUERY
        SELECT entry FROM (
            SELECT line::jsonb AS entry
            FROM string_to_table(pg_read_file(
                format('standin/%s/%s.jsonl', current_database(), log), 0, 1000000000, true),
                chr(10)) AS line
            WHERE line <> ''
        ) AS entries
        WHERE sees_all OR (entry->>'userid')::oid = reader;
END
$$;

CREATE VIEW pg_catalog.stl_load_errors AS
    SELECT (e->>'userid')::int AS userid, 0 AS slice, (e->>'tbl')::int AS tbl,
           (e->>'starttime')::timestamp AS starttime, (e->>'session')::int AS session,
           (e->>'query')::int AS query, (e->>'filename')::char(256) AS filename,
           (e->>'line_number')::bigint AS line_number, (e->>'colname')::char(127) AS colname,
           (e->>'type')::char(10) AS type, (e->>'col_length')::char(10) AS col_length,
           (e->>'position')::int AS position, (e->>'raw_line')::char(1024) AS raw_line,
           (e->>'raw_field_value')::char(1024) AS raw_field_value,
           (e->>'err_code')::int AS err_code, (e->>'err_reason')::char(100) AS err_reason,
           0 AS is_partial, 0::bigint AS start_offset, (-1)::bigint AS copy_job_id
    FROM pg_standin.log_rows('load_errors') AS e;

CREATE VIEW pg_catalog.stl_loaderror_detail AS
    SELECT userid, slice, session, query, filename, line_number, 0 AS field, colname,
           raw_field_value::char(1024) AS value, 1 AS is_null, type, col_length
    FROM pg_catalog.stl_load_errors;

CREATE VIEW pg_catalog.sys_load_error_detail AS
    SELECT (e->>'userid')::int AS user_id, (e->>'query')::bigint AS query_id,
           (e->>'xid')::bigint AS transaction_id, (e->>'session')::int AS session_id,
           current_database()::char(64) AS database_name, (e->>'tbl')::int AS table_id,
           (e->>'starttime')::timestamp AS start_time, (e->>'filename')::char(256) AS file_name,
           (e->>'line_number')::bigint AS line_number, (e->>'colname')::char(127) AS column_name,
           (e->>'type')::char(10) AS column_type, (e->>'col_length')::char(10) AS column_length,
           (e->>'position')::int AS position, (e->>'err_code')::int AS error_code,
           (e->>'err_reason')::char(512) AS error_message
    FROM pg_standin.log_rows('load_errors') AS e;

CREATE VIEW pg_catalog.stl_load_commits AS
    SELECT (e->>'userid')::int AS userid, (e->>'query')::int AS query, 0 AS slice,
           ''::char(256) AS name, (e->>'filename')::char(256) AS filename, 0 AS byte_offset,
           (e->>'lines_scanned')::int AS lines_scanned, (e->>'errors')::int AS errors,
           (e->>'curtime')::timestamp AS curtime, 1 AS status, 'JSON'::char(16) AS file_format,
           0 AS is_partial, 0::bigint AS start_offset, (-1)::bigint AS copy_job_id
    FROM pg_standin.log_rows('load_commits') AS e;

CREATE VIEW pg_catalog.sys_load_detail AS
    SELECT (e->>'userid')::int AS user_id, (e->>'query')::bigint AS query_id,
           (e->>'filename')::char(256) AS file_name, (e->>'bytes')::bigint AS bytes_scanned,
           (e->>'lines_scanned')::bigint AS lines_scanned, 1 AS splits_scanned,
           (e->>'curtime')::timestamp AS record_time,
           (e->>'starttime')::timestamp AS start_time, (e->>'curtime')::timestamp AS end_time
    FROM pg_standin.log_rows('load_commits') AS e;

CREATE VIEW pg_catalog.sys_load_history AS
    SELECT (e->>'userid')::int AS user_id, (e->>'query')::bigint AS query_id,
           (e->>'xid')::bigint AS transaction_id, (e->>'session')::int AS session_id,
           current_database()::text AS database_name, e->>'status' AS status,
           e->>'table_name' AS table_name, (e->>'starttime')::timestamp AS start_time,
           (e->>'endtime')::timestamp AS end_time, (e->>'duration')::bigint AS duration,
           e->>'data_source' AS data_source, 'json'::text AS file_format,
           (e->>'loaded_rows')::bigint AS loaded_rows,
           (e->>'loaded_bytes')::bigint AS loaded_bytes,
           (e->>'source_file_count')::int AS source_file_count,
           (e->>'source_file_bytes')::bigint AS source_file_bytes,
           (e->>'file_count_scanned')::int AS file_count_scanned,
           (e->>'file_bytes_scanned')::bigint AS file_bytes_scanned,
           (e->>'error_count')::bigint AS error_count, (-1)::bigint AS copy_job_id
    FROM pg_standin.log_rows('load_history') AS e;

DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace
                AND relkind = 'v' AND relacl IS NULL LOOP
        EXECUTE format('GRANT SELECT ON pg_catalog.%I TO PUBLIC', name);
    END LOOP;
END
$$;
