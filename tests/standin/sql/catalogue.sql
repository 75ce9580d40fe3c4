-- The catalogue as Redshift shows it. The proxy renames pg_class, pg_attribute, pg_attrdef and
-- pg_constraint, pg_get_expr and pg_get_constraintdef in every statement to the names below.

CREATE VIEW pg_catalog.redshift_pg_class AS
    SELECT c.*, CASE o.diststyle
        WHEN 'EVEN' THEN 0 WHEN 'KEY' THEN 1 WHEN 'ALL' THEN 8 WHEN 'AUTO' THEN 10 ELSE 0
        END::int2 AS reldiststyle
    FROM pg_class c LEFT JOIN pg_standin.table_options o ON o.relid = c.oid;

-- Without a choice of one's own, sort keys, booleans and floats stay raw, other numbers and times
-- are AZ64 and text is LZO.
CREATE FUNCTION pg_standin.encoding(chosen text, typid oid, sortord integer) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN chosen = 'raw' THEN 'none'
        WHEN chosen IS NOT NULL AND chosen <> 'auto' THEN chosen
        WHEN sortord <> 0 OR typid IN (16, 700, 701) THEN 'none'
        WHEN typid IN (20, 21, 23, 1700, 1082, 1114, 1184, 1083, 1266) THEN 'az64'
        WHEN typid IN (25, 1042, 1043) THEN 'lzo'
        ELSE 'none' END
$$;

CREATE FUNCTION pg_standin.encoding_code(name text) RETURNS int2 LANGUAGE sql IMMUTABLE AS $$
    SELECT array_position(ARRAY['none', 'bytedict', 'delta', 'delta32k', 'lzo', 'mostly8',
        'mostly16', 'mostly32', 'runlength', 'text255', 'text32k', 'zstd', 'az64'], name)::int2
        - 1::int2
$$;

CREATE FUNCTION pg_catalog.format_encoding(code integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (ARRAY['none', 'bytedict', 'delta', 'delta32k', 'lzo', 'mostly8',
        'mostly16', 'mostly32', 'runlength', 'text255', 'text32k', 'zstd', 'az64'])[code + 1]
$$;

CREATE VIEW pg_catalog.redshift_pg_attribute AS
    SELECT a.attrelid, a.attname, a.atttypid, a.attlen, a.attnum, a.attndims, -1 AS attcacheoff,
           a.atttypmod, a.attbyval, a.attalign, a.attstorage, a.attcompression, a.attnotnull,
           a.atthasdef OR a.attidentity <> '' AS atthasdef, a.attisdropped, a.attislocal,
           a.attinhcount, a.attcollation, a.attacl, a.attoptions,
           coalesce(o.distkey, false) AS attisdistkey,
           coalesce(o.sortord, 0) AS attsortkeyord,
           pg_standin.encoding_code(pg_standin.encoding(
               o.encode, a.atttypid, coalesce(o.sortord, 0))) AS attencodingtype
    FROM pg_attribute a
    LEFT JOIN pg_standin.column_options o ON o.relid = a.attrelid AND o.attnum = a.attnum;

CREATE VIEW pg_catalog.redshift_pg_attrdef AS
    SELECT d.oid, d.adrelid, d.adnum, pg_get_expr(d.adbin, d.adrelid) AS adbin,
           pg_get_expr(d.adbin, d.adrelid) AS adsrc
    FROM pg_attrdef d
    UNION ALL
    SELECT o.relid, o.relid, o.attnum, e.text, e.text
    FROM pg_standin.column_options o
    JOIN pg_attribute a ON a.attrelid = o.relid AND a.attnum = o.attnum AND NOT a.attisdropped,
    LATERAL (SELECT format('%s(%s, %s, ''%s,%s''::text)',
        CASE WHEN o.identity_always THEN '"identity"' ELSE 'default_identity' END,
        o.relid, o.attnum - 1, o.identity_seed, o.identity_step) AS text) e
    WHERE o.identity_seed IS NOT NULL;

CREATE FUNCTION pg_catalog.redshift_pg_get_expr(expression text, relation oid) RETURNS text
LANGUAGE sql IMMUTABLE AS 'SELECT expression';
CREATE FUNCTION pg_catalog.redshift_pg_get_expr(expression text, relation oid, pretty boolean)
RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT expression';

CREATE VIEW pg_catalog.redshift_pg_constraint AS
    SELECT k.oid, k.conname, c.relnamespace AS connamespace, k.contype,
           false AS condeferrable, false AS condeferred, true AS convalidated,
           k.conrelid, 0::oid AS contypid, k.confrelid,
           CASE k.contype WHEN 'f' THEN 'a' ELSE ' ' END::"char" AS confupdtype,
           CASE k.contype WHEN 'f' THEN 'a' ELSE ' ' END::"char" AS confdeltype,
           CASE k.contype WHEN 'f' THEN 'u' ELSE ' ' END::"char" AS confmatchtype,
           k.conkey, k.confkey, NULL::text AS conbin, NULL::text AS consrc
    FROM pg_standin.constraints k JOIN pg_class c ON c.oid = k.conrelid;

CREATE FUNCTION pg_standin.column_list(relation oid, key int2[]) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.place)
    FROM unnest(key) WITH ORDINALITY AS k (attnum, place)
    JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = k.attnum
$$;

CREATE FUNCTION pg_catalog.redshift_pg_get_constraintdef(wanted oid, pretty boolean DEFAULT false)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE contype WHEN 'p' THEN 'PRIMARY KEY (' WHEN 'u' THEN 'UNIQUE (' ELSE 'FOREIGN KEY ('
        END || pg_standin.column_list(conrelid, conkey) || ')'
        || CASE WHEN contype = 'f' THEN ' REFERENCES ' || confrelid::regclass || '('
        || pg_standin.column_list(confrelid, confkey) || ')' ELSE '' END
    FROM pg_standin.constraints WHERE oid = wanted
$$;

CREATE VIEW pg_catalog.svv_external_schemas AS
    SELECT NULL::oid AS esoid, NULL::int AS eskind, NULL::name AS schemaname, NULL::int AS esowner,
           NULL::text AS databasename, NULL::text AS esoptions WHERE false;
CREATE VIEW pg_catalog.svv_external_tables AS
    SELECT NULL::name AS schemaname, NULL::name AS tablename, NULL::text AS location WHERE false;
CREATE VIEW pg_catalog.svv_external_columns AS
    SELECT NULL::name AS schemaname, NULL::name AS tablename, NULL::name AS columnname,
           NULL::text AS external_type, NULL::int AS columnnum, NULL::int AS part_key WHERE false;
CREATE FUNCTION pg_catalog.pg_get_late_binding_view_cols() RETURNS SETOF record LANGUAGE sql AS $$
    SELECT NULL::name, NULL::name, NULL::name, NULL::varchar, NULL::int WHERE false
$$;

-- User tables and views only; each shows what the reader has a right to see.
CREATE VIEW pg_standin.user_relations AS
    SELECT c.oid AS relid, n.nspname AS schema, c.relname AS name, c.relkind, c.relowner,
           c.reltuples, c.relpages
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND (has_table_privilege(c.oid, 'SELECT') OR has_table_privilege(c.oid, 'INSERT')
           OR has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE'));
GRANT SELECT ON pg_standin.user_relations TO PUBLIC;

-- Like Redshift's, this view shows only the schemas on the search path.
CREATE VIEW pg_catalog.pg_table_def AS
    SELECT n.nspname AS schemaname, c.relname AS tablename, a.attname AS "column",
           format_type(a.atttypid, a.atttypmod) AS type,
           format_encoding(a.attencodingtype) AS encoding,
           a.attisdistkey AS distkey, a.attsortkeyord AS sortkey, a.attnotnull AS "notnull"
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN redshift_pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind = 'r' AND pg_table_is_visible(c.oid) AND n.nspname <> 'pg_standin'
    ORDER BY 1, 2, a.attnum;

CREATE VIEW pg_catalog.svv_tables AS
    SELECT current_database()::text AS table_catalog, schema::text AS table_schema,
           name::text AS table_name,
           CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'BASE TABLE' END AS table_type,
           obj_description(relid, 'pg_class') AS remarks
    FROM pg_standin.user_relations;
CREATE VIEW pg_catalog.svv_redshift_tables AS
    SELECT current_database()::text AS database_name, schema::text AS schema_name,
           name::text AS table_name, CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS table_type,
           (SELECT array_to_string(relacl, '|') FROM pg_class WHERE oid = relid) AS table_acl,
           obj_description(relid, 'pg_class') AS remarks, pg_get_userbyid(relowner)::text AS table_owner
    FROM pg_standin.user_relations;

CREATE VIEW pg_standin.user_columns AS
    SELECT r.relid, r.schema, r.name, a.attname, a.attnum, a.attnotnull, a.attisdistkey,
           a.attsortkeyord, a.attencodingtype, a.atttypid,
           format_type(a.atttypid, NULL) AS type_name,
           format_type(a.atttypid, a.atttypmod) AS full_type, d.adsrc,
           CASE WHEN a.atttypid IN (1042, 1043) AND a.atttypmod > 4 THEN a.atttypmod - 4 END
               AS char_length,
           information_schema._pg_numeric_precision(a.atttypid, a.atttypmod) AS numeric_precision,
           information_schema._pg_numeric_scale(a.atttypid, a.atttypmod) AS numeric_scale,
           information_schema._pg_datetime_precision(a.atttypid, a.atttypmod) AS datetime_precision,
           col_description(r.relid, a.attnum) AS remarks
    FROM pg_standin.user_relations r
    JOIN redshift_pg_attribute a ON a.attrelid = r.relid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN redshift_pg_attrdef d ON d.adrelid = r.relid AND d.adnum = a.attnum;
GRANT SELECT ON pg_standin.user_columns TO PUBLIC;

CREATE VIEW pg_catalog.svv_columns AS
    SELECT current_database()::text AS table_catalog, schema::text AS table_schema,
           name::text AS table_name, attname::text AS column_name,
           attnum::int AS ordinal_position, adsrc AS column_default,
           CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END AS is_nullable, type_name AS data_type,
           char_length AS character_maximum_length, numeric_precision,
           NULL::int AS numeric_precision_radix, numeric_scale, datetime_precision,
           NULL::text AS interval_type, NULL::text AS interval_precision,
           NULL::text AS character_set_catalog, NULL::text AS character_set_schema,
           NULL::text AS character_set_name, NULL::text AS collation_catalog,
           NULL::text AS collation_schema, NULL::text AS collation_name,
           NULL::text AS domain_name, remarks
    FROM pg_standin.user_columns;
CREATE VIEW pg_catalog.svv_redshift_columns AS
    SELECT current_database()::text AS database_name, schema::text AS schema_name,
           name::text AS table_name, attname::text AS column_name,
           attnum::int AS ordinal_position, full_type AS data_type, adsrc AS column_default,
           CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END AS is_nullable,
           format_encoding(attencodingtype) AS encoding, attisdistkey AS distkey,
           attsortkeyord AS sortkey, NULL::text AS column_acl, remarks
    FROM pg_standin.user_columns;

CREATE FUNCTION pg_standin.row_count(relation oid) RETURNS numeric
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    answer numeric;
BEGIN
    EXECUTE format('SELECT count(*) FROM %s', relation::regclass) INTO answer;
    RETURN answer;
END
$$;

-- Like Redshift's, this view leaves out empty tables.
CREATE VIEW pg_catalog.svv_table_info AS
    SELECT current_database()::text AS database, r.schema::text AS schema, r.relid AS table_id,
           r.name::text AS "table",
           CASE WHEN o.encode_auto THEN 'Y, AUTO(ENCODE)' ELSE 'Y' END AS encoded,
           CASE o.diststyle WHEN 'KEY' THEN 'KEY(' || d.attname || ')' WHEN 'AUTO' THEN 'AUTO(ALL)'
               ELSE o.diststyle END AS diststyle,
           CASE WHEN s.attname IS NOT NULL THEN CASE o.sortstyle WHEN 'INTERLEAVED'
               THEN 'INTERLEAVED' ELSE s.attname::text END
               WHEN o.sortstyle = 'AUTO' THEN 'AUTO(SORTKEY)' END AS sortkey1,
           coalesce((SELECT max(char_length) FROM pg_standin.user_columns u
                     WHERE u.relid = r.relid), 0) AS max_varchar,
           format_encoding(s.attencodingtype)::char(32) AS sortkey1_enc,
           (SELECT count(*) FROM pg_standin.column_options k
            WHERE k.relid = r.relid AND k.sortord <> 0)::int AS sortkey_num,
           greatest(1, pg_relation_size(r.relid) / 1048576) AS size,
           0::numeric(10, 4) AS pct_used, 0::bigint AS empty, 0::numeric(5, 2) AS unsorted,
           0::numeric(5, 2) AS stats_off, n.rows::numeric(38, 0) AS tbl_rows,
           NULL::numeric(19, 2) AS skew_sortkey1, NULL::numeric(19, 2) AS skew_rows,
           n.rows::numeric(38, 0) AS estimated_visible_rows, NULL::text AS risk_event,
           NULL::numeric(12, 2) AS vacuum_sort_benefit, o.created AS create_time
    FROM pg_standin.user_relations r
    JOIN pg_standin.table_options o ON o.relid = r.relid
    LEFT JOIN redshift_pg_attribute d ON d.attrelid = r.relid AND d.attisdistkey
    LEFT JOIN redshift_pg_attribute s ON s.attrelid = r.relid AND abs(s.attsortkeyord) = 1,
    LATERAL (SELECT pg_standin.row_count(r.relid) AS rows) n
    WHERE n.rows > 0;

CREATE VIEW pg_catalog.stv_tbl_perm AS
    SELECT 0 AS slice, r.relid AS id, r.name::char(72) AS name, n.rows::bigint AS rows,
           n.rows::bigint AS sorted_rows, 0 AS temp, d.oid AS db_id
    FROM pg_standin.user_relations r, pg_database d,
    LATERAL (SELECT pg_standin.row_count(r.relid) AS rows) n
    WHERE d.datname = current_database() AND r.relkind = 'r';

CREATE VIEW pg_catalog.stv_db_isolation_level AS
    SELECT datname::text AS db_name,
           CASE coalesce((SELECT split_part(c, '=', 2) FROM pg_db_role_setting s,
                          unnest(s.setconfig) c WHERE s.setdatabase = d.oid AND s.setrole = 0
                          AND c LIKE 'default_transaction_isolation=%'), 'repeatable read')
           WHEN 'serializable' THEN 'Serializable' ELSE 'Snapshot Isolation' END AS isolation_level
    FROM pg_database d WHERE NOT datistemplate;

CREATE VIEW pg_catalog.svv_transactions AS
    SELECT usename::text AS txn_owner, datname::text AS txn_db, backend_xid::text::bigint AS xid,
           a.pid, xact_start AS txn_start, l.mode::text AS lock_mode,
           l.locktype::text AS lockable_object_type, l.relation, l.granted
    FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid
    WHERE xact_start IS NOT NULL AND a.pid <> pg_backend_pid();
