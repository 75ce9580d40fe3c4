-- Records of what Redshift knows about a table and PostgreSQL does not: distribution, sort keys,
-- encodings, identity columns and the constraints that are declared but not enforced. They are
-- ordinary rows, written by event triggers in the transaction of the DDL, so a rollback removes them.
-- The rewritten DDL brings its options along as a JSON note in its first comment.

CREATE SCHEMA pg_standin;
GRANT USAGE ON SCHEMA pg_standin TO PUBLIC;

CREATE TABLE pg_standin.table_options (
    relid oid PRIMARY KEY,
    diststyle text NOT NULL DEFAULT 'AUTO',
    sortstyle text NOT NULL DEFAULT 'AUTO',
    encode_auto boolean NOT NULL DEFAULT true,
    backup boolean NOT NULL DEFAULT true,
    created timestamp NOT NULL DEFAULT now()
);

CREATE TABLE pg_standin.column_options (
    relid oid,
    attnum int2,
    encode text,
    distkey boolean NOT NULL DEFAULT false,
    sortord integer NOT NULL DEFAULT 0,
    identity_seed bigint,
    identity_step bigint,
    identity_always boolean,
    PRIMARY KEY (relid, attnum)
);

CREATE SEQUENCE pg_standin.constraint_oid START 2000000000;

CREATE TABLE pg_standin.constraints (
    oid oid PRIMARY KEY DEFAULT nextval('pg_standin.constraint_oid')::text::oid,
    conname name NOT NULL,
    contype "char" NOT NULL,
    conrelid oid NOT NULL,
    conkey int2[] NOT NULL,
    confrelid oid NOT NULL DEFAULT 0,
    confkey int2[]
);

GRANT SELECT ON ALL TABLES IN SCHEMA pg_standin TO PUBLIC;

CREATE FUNCTION pg_standin.note() RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(substring(current_query() FROM '^/[*]standin:(.*?)[*]/')::jsonb, '{}')
$$;

-- Raises an error of the proxy's making inside the session, so that its transaction is aborted
-- exactly as after an error of the server's own.
CREATE FUNCTION pg_standin.refuse(code text, message text, detail text, hint text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message,
        DETAIL = coalesce(detail, ''), HINT = coalesce(hint, '');
END
$$;

-- Redshift lets one transaction write to a table at a time, while readers go on.
CREATE FUNCTION pg_standin.write_lock(relation text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass(relation) IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(1023, to_regclass(relation)::oid::int8::int4);
    END IF;
END
$$;

CREATE FUNCTION pg_standin.attnums(relation oid, names jsonb) RETURNS int2[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    numbers int2[] := '{}';
    wanted text;
    number int2;
BEGIN
    FOR wanted IN SELECT jsonb_array_elements_text(names) LOOP
        SELECT attnum INTO number FROM pg_attribute
        WHERE attrelid = relation AND attname = wanted AND attnum > 0 AND NOT attisdropped;
        IF number IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = '42703',
                MESSAGE = format('column "%s" named in key does not exist', wanted);
        END IF;
        numbers := numbers || number;
    END LOOP;
    RETURN numbers;
END
$$;

CREATE FUNCTION pg_standin.add_constraint(relation oid, entry jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    kind "char" := entry->>'type';
    key int2[] := pg_standin.attnums(relation, entry->'columns');
    relname text := (SELECT c.relname FROM pg_class c WHERE c.oid = relation);
    title text := entry->>'name';
    target oid := 0;
    target_key int2[];
    number int2;
BEGIN
    IF kind = 'p' AND EXISTS (SELECT FROM pg_standin.constraints
                              WHERE conrelid = relation AND contype = 'p') THEN
        RAISE EXCEPTION USING ERRCODE = '42P16',
            MESSAGE = format('multiple primary keys for table "%s" are not allowed', relname);
    END IF;
    IF kind = 'f' THEN
        target := to_regclass(entry->>'target')::oid;
        IF target IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = '42P01',
                MESSAGE = format('relation %s does not exist', entry->>'target');
        END IF;
        IF jsonb_array_length(entry->'target_columns') > 0 THEN
            target_key := pg_standin.attnums(target, entry->'target_columns');
        ELSE
            SELECT conkey INTO target_key FROM pg_standin.constraints
            WHERE conrelid = target AND contype = 'p';
        END IF;
        IF NOT EXISTS (SELECT FROM pg_standin.constraints
                       WHERE conrelid = target AND contype IN ('p', 'u')
                         AND conkey @> target_key AND conkey <@ target_key) THEN
            RAISE EXCEPTION USING ERRCODE = '42830', MESSAGE = format(
                'there is no unique constraint matching given keys for referenced table %s',
                entry->>'target');
        END IF;
    END IF;
    IF title IS NULL THEN
        title := relname || CASE kind
            WHEN 'p' THEN '_pkey'
            WHEN 'u' THEN '_' || (entry->'columns'->>0) || '_key'
            ELSE '_' || (entry->'columns'->>0) || '_fkey' END;
    END IF;
    IF EXISTS (SELECT FROM pg_standin.constraints
               WHERE conrelid = relation AND conname = title) THEN
        RAISE EXCEPTION USING ERRCODE = '42710', MESSAGE = format(
            'constraint "%s" for relation "%s" already exists', title, relname);
    END IF;
    INSERT INTO pg_standin.constraints (conname, contype, conrelid, conkey, confrelid, confkey)
    VALUES (title, kind, relation, key, target, target_key);
    IF kind = 'p' THEN
        FOREACH number IN ARRAY key LOOP
            IF NOT (SELECT attnotnull FROM pg_attribute
                    WHERE attrelid = relation AND attnum = number) THEN
                EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', relation::regclass,
                    (SELECT attname FROM pg_attribute
                     WHERE attrelid = relation AND attnum = number));
            END IF;
        END LOOP;
    END IF;
END
$$;

-- VARCHAR(n) and CHAR(n) count bytes on Redshift and characters on PostgreSQL: a CHECK makes up the
-- difference. Its violation is reported in the words of the length error, and it is never shown.
CREATE FUNCTION pg_standin.measure_bytes(relation oid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    clauses text;
BEGIN
    WITH wanted AS (
        SELECT format('standin_bytes_%s_%s', attnum, atttypmod - 4) AS title,
               attname, atttypmod - 4 AS size
        FROM pg_attribute
        WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND atttypmod > 4
          AND atttypid IN ('varchar'::regtype, 'bpchar'::regtype)
    ), present AS (
        SELECT conname AS title FROM pg_constraint
        WHERE conrelid = relation AND contype = 'c' AND conname LIKE 'standin_bytes_%'
    ), steps AS (
        SELECT format('DROP CONSTRAINT %I', title) AS step FROM present
        WHERE title NOT IN (SELECT wanted.title FROM wanted)
        UNION ALL
        SELECT format('ADD CONSTRAINT %I CHECK (octet_length(%I) <= %s)', title, attname, size)
        FROM wanted WHERE title NOT IN (SELECT present.title FROM present)
    )
    SELECT string_agg(step, ', ') INTO clauses FROM steps;
    IF clauses IS NOT NULL THEN
        EXECUTE format('ALTER TABLE %s %s', relation::regclass, clauses);
    END IF;
END
$$;

-- Identity values on Redshift are unique, but have gaps and no order. A trigger scatters those of
-- PostgreSQL's sequence (a bijection), so that nobody comes to rely on 1, 2, 3.
CREATE FUNCTION pg_standin.scatter_identity(relation oid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    item record;
    title text := 'scatter_' || relation;
BEGIN
    SELECT a.attname, o.identity_seed AS seed, o.identity_step AS step INTO item
    FROM pg_standin.column_options o
    JOIN pg_attribute a ON a.attrelid = o.relid AND a.attnum = o.attnum
    WHERE o.relid = relation AND o.identity_always AND NOT a.attisdropped;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    EXECUTE format($body$
        CREATE OR REPLACE FUNCTION pg_standin.%I() RETURNS trigger LANGUAGE plpgsql AS $trigger$
        DECLARE
            turn bigint := (NEW.%I - %s) / %s;
        BEGIN
            NEW.%I := %s + %s * ((turn / 8) * 16 + ((turn * 5 + 3) %% 8) * 2);
            RETURN NEW;
        END
        $trigger$ $body$,
        title, item.attname, item.seed, item.step, item.attname, item.seed, item.step);
    IF NOT EXISTS (SELECT FROM pg_trigger
                   WHERE tgrelid = relation AND tgname = 'standin_identity') THEN
        EXECUTE format('CREATE TRIGGER standin_identity BEFORE INSERT ON %s '
                       'FOR EACH ROW EXECUTE FUNCTION pg_standin.%I()',
                       relation::regclass, title);
    END IF;
END
$$;

CREATE FUNCTION pg_standin.inherit_options(relation oid, parent oid) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO pg_standin.table_options (relid, diststyle, sortstyle, encode_auto, backup)
    SELECT relation, diststyle, sortstyle, encode_auto, backup
    FROM pg_standin.table_options WHERE relid = parent
    ON CONFLICT (relid) DO UPDATE SET diststyle = excluded.diststyle,
        sortstyle = excluded.sortstyle, encode_auto = excluded.encode_auto,
        backup = excluded.backup;
    INSERT INTO pg_standin.column_options (relid, attnum, encode, distkey, sortord)
    SELECT relation, mine.attnum, o.encode, o.distkey, o.sortord
    FROM pg_standin.column_options o
    JOIN pg_attribute theirs ON theirs.attrelid = o.relid AND theirs.attnum = o.attnum
    JOIN pg_attribute mine ON mine.attrelid = relation AND mine.attname = theirs.attname
    WHERE o.relid = parent
    ON CONFLICT (relid, attnum) DO UPDATE SET encode = excluded.encode,
        distkey = excluded.distkey, sortord = excluded.sortord;
$$;

CREATE FUNCTION pg_standin.set_column(relation oid, title text, options jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    number int2 := (pg_standin.attnums(relation, jsonb_build_array(title)))[1];
BEGIN
    INSERT INTO pg_standin.column_options (relid, attnum) VALUES (relation, number)
    ON CONFLICT DO NOTHING;
    UPDATE pg_standin.column_options SET
        encode = coalesce(options->>'encode', encode),
        identity_seed = coalesce((options->'identity'->>0)::bigint, identity_seed),
        identity_step = coalesce((options->'identity'->>1)::bigint, identity_step),
        identity_always = coalesce((options->>'identity_always')::boolean, identity_always)
    WHERE relid = relation AND attnum = number;
END
$$;

-- Redshift widens a VARCHAR only when nothing else hangs on the column.
CREATE FUNCTION pg_standin.check_retyped(relation oid, title text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    number int2 := (pg_standin.attnums(relation, jsonb_build_array(title)))[1];
    reason text;
BEGIN
    SELECT 'its encoding is ' || upper(encode) INTO reason FROM pg_standin.column_options
    WHERE relid = relation AND attnum = number
      AND encode IN ('bytedict', 'runlength', 'text255', 'text32k');
    IF reason IS NULL AND EXISTS (SELECT FROM pg_standin.constraints
        WHERE (conrelid = relation AND number = ANY (conkey))
           OR (confrelid = relation AND number = ANY (confkey))) THEN
        reason := 'a constraint depends on it';
    END IF;
    IF reason IS NULL AND (SELECT atthasdef FROM pg_attribute
                           WHERE attrelid = relation AND attnum = number) THEN
        reason := 'it has a default value';
    END IF;
    IF reason IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '0A000',
            MESSAGE = format('cannot alter type of column "%s": %s', title, reason);
    END IF;
END
$$;

CREATE FUNCTION pg_standin.apply_note(relation oid, note jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    entry jsonb;
    item record;
BEGIN
    INSERT INTO pg_standin.table_options (relid) VALUES (relation) ON CONFLICT DO NOTHING;
    FOR entry IN SELECT jsonb_array_elements(note->'like') LOOP
        PERFORM pg_standin.inherit_options(relation, to_regclass(entry #>> '{}')::oid);
    END LOOP;
    FOR item IN SELECT key, value FROM jsonb_each(coalesce(note->'columns', '{}')) LOOP
        PERFORM pg_standin.set_column(relation, item.key, item.value);
    END LOOP;
    UPDATE pg_standin.table_options SET
        diststyle = coalesce(note->>'diststyle', diststyle),
        sortstyle = coalesce(note->>'sortstyle', sortstyle),
        encode_auto = coalesce((note->>'encode_auto')::boolean, encode_auto),
        backup = coalesce((note->>'backup')::boolean, backup)
    WHERE relid = relation;
    IF note ? 'diststyle' THEN
        UPDATE pg_standin.column_options SET distkey = false WHERE relid = relation;
        IF note->>'diststyle' = 'KEY' THEN
            PERFORM pg_standin.set_column(relation, note->>'distkey', '{}');
            UPDATE pg_standin.column_options SET distkey = true WHERE relid = relation
            AND attnum = ANY (pg_standin.attnums(relation, jsonb_build_array(note->'distkey')));
        END IF;
    END IF;
    IF note ? 'sortstyle' THEN
        UPDATE pg_standin.column_options SET sortord = 0 WHERE relid = relation;
        FOR item IN SELECT value, ordinality
                    FROM jsonb_array_elements_text(note->'sortkey') WITH ORDINALITY LOOP
            PERFORM pg_standin.set_column(relation, item.value, '{}');
            -- The column numbers of an interleaved key alternate in sign.
            UPDATE pg_standin.column_options
            SET sortord = item.ordinality * CASE WHEN note->>'sortstyle' = 'INTERLEAVED'
                AND item.ordinality % 2 = 0 THEN -1 ELSE 1 END
            WHERE relid = relation
              AND attnum = ANY (pg_standin.attnums(relation, jsonb_build_array(item.value)));
        END LOOP;
    END IF;
    FOR entry IN SELECT jsonb_array_elements(note->'constraints') LOOP
        PERFORM pg_standin.add_constraint(relation, entry);
    END LOOP;
    IF note ? 'retyped' THEN
        PERFORM pg_standin.check_retyped(relation, note->>'retyped');
    END IF;
    IF note ? 'drop_constraint' THEN
        DELETE FROM pg_standin.constraints
        WHERE conrelid = relation AND conname = note->>'drop_constraint';
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = '42704', MESSAGE = format(
                'constraint "%s" does not exist', note->>'drop_constraint');
        END IF;
    END IF;
END
$$;

CREATE FUNCTION pg_standin.record_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    relation oid;
BEGIN
    IF current_setting('standin.recording', true) = 'on' THEN
        RETURN;
    END IF;
    PERFORM set_config('standin.recording', 'on', true);
    FOR relation IN
        SELECT DISTINCT c.oid FROM pg_event_trigger_ddl_commands() d
        JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'r'
        WHERE d.classid = 'pg_class'::regclass
    LOOP
        PERFORM pg_standin.apply_note(relation, pg_standin.note());
        PERFORM pg_standin.measure_bytes(relation);
        PERFORM pg_standin.scatter_identity(relation);
    END LOOP;
    PERFORM set_config('standin.recording', 'off', true);
END
$$;

CREATE FUNCTION pg_standin.forget_dropped() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    gone_tables oid[] := (SELECT array_agg(objid) FROM pg_event_trigger_dropped_objects()
                          WHERE object_type = 'table');
    gone record;
BEGIN
    IF current_setting('standin.recording', true) = 'on' THEN
        RETURN;
    END IF;
    FOR gone IN SELECT * FROM pg_event_trigger_dropped_objects()
                WHERE object_type IN ('table', 'table column') LOOP
        IF gone.objsubid <> 0 THEN
            IF gone.objid <> ALL (coalesce(gone_tables, '{}')) AND EXISTS (
                SELECT FROM pg_standin.column_options WHERE relid = gone.objid
                AND attnum = gone.objsubid AND (distkey OR sortord <> 0)) THEN
                RAISE EXCEPTION USING ERRCODE = '0A000',
                    MESSAGE = format('cannot drop a distkey or sortkey column: %s',
                                     gone.object_identity);
            END IF;
            DELETE FROM pg_standin.constraints
            WHERE (conrelid = gone.objid AND gone.objsubid = ANY (conkey))
               OR (confrelid = gone.objid AND gone.objsubid = ANY (confkey));
            DELETE FROM pg_standin.column_options
            WHERE relid = gone.objid AND attnum = gone.objsubid;
            CONTINUE;
        END IF;
        IF NOT pg_standin.note() ? 'cascade' AND EXISTS (
            SELECT FROM pg_standin.constraints
            WHERE confrelid = gone.objid AND conrelid <> ALL (coalesce(gone_tables, '{}'))
              AND EXISTS (SELECT FROM pg_class WHERE oid = conrelid))
        THEN
            RAISE EXCEPTION USING ERRCODE = '2BP01',
                MESSAGE = format('cannot drop table %s because other objects depend on it',
                                 gone.object_name),
                HINT = 'Use DROP ... CASCADE to drop the dependent objects too.';
        END IF;
        DELETE FROM pg_standin.constraints
        WHERE conrelid = gone.objid OR confrelid = gone.objid;
        DELETE FROM pg_standin.column_options WHERE relid = gone.objid;
        DELETE FROM pg_standin.table_options WHERE relid = gone.objid;
        PERFORM set_config('standin.recording', 'on', true);
        EXECUTE format('DROP FUNCTION IF EXISTS pg_standin.%I()', 'scatter_' || gone.objid);
        PERFORM set_config('standin.recording', 'off', true);
    END LOOP;
END
$$;

CREATE EVENT TRIGGER standin_record_ddl ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE')
    EXECUTE FUNCTION pg_standin.record_ddl();
CREATE EVENT TRIGGER standin_forget_dropped ON sql_drop
    WHEN TAG IN ('DROP TABLE', 'DROP SCHEMA', 'DROP OWNED', 'ALTER TABLE')
    EXECUTE FUNCTION pg_standin.forget_dropped();
