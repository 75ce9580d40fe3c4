-- Functions that Redshift has and PostgreSQL lacks, or has with another meaning. The proxy turns
-- calls with a bare date part, and those that need a rewrite, into calls of these.

CREATE FUNCTION pg_catalog.redshift_version() RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 '
           '(Red Hat 3.4.2-6.fc3), Redshift 1.0.77467'
$$;
CREATE FUNCTION pg_catalog.getdate() RETURNS timestamp LANGUAGE sql STABLE AS $$
    SELECT date_trunc('second', statement_timestamp() AT TIME ZONE 'UTC')
$$;
CREATE FUNCTION pg_catalog.redshift_sysdate() RETURNS timestamp LANGUAGE sql STABLE AS $$
    SELECT transaction_timestamp() AT TIME ZONE 'UTC'
$$;
-- The proxy replaces these with what the session did; the definitions serve views and prepared text.
CREATE FUNCTION pg_catalog.pg_last_copy_id() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('standin.last_copy_id', true), '')::bigint, -1)
$$;
CREATE FUNCTION pg_catalog.pg_last_copy_count() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 0::bigint';
CREATE FUNCTION pg_catalog.pg_last_query_id() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT (-1)::bigint';

CREATE FUNCTION pg_catalog.len(text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS
    'SELECT char_length($1)';
CREATE FUNCTION pg_catalog.len(bpchar) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS
    'SELECT char_length($1)';
CREATE FUNCTION pg_catalog.charindex(part text, whole text) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT AS 'SELECT strpos(whole, part)';
CREATE FUNCTION pg_catalog.strtol(digits text, base integer) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    answer bigint := 0;
    place integer;
    body text := lower(btrim(digits));
    sign integer := 1;
BEGIN
    IF left(body, 1) IN ('-', '+') THEN
        sign := CASE left(body, 1) WHEN '-' THEN -1 ELSE 1 END;
        body := substr(body, 2);
    END IF;
    IF base = 16 AND left(body, 2) = '0x' THEN
        body := substr(body, 3);
    END IF;
    FOR turn IN 1..length(body) LOOP
        place := strpos(substr('0123456789abcdefghijklmnopqrstuvwxyz', 1, base), substr(body, turn, 1));
        IF place = 0 THEN
            RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format(
                'The input %s is not valid to be converted to base %s', digits, base);
        END IF;
        answer := answer * base + place - 1;
    END LOOP;
    RETURN sign * answer;
END
$$;
CREATE FUNCTION pg_catalog.sha2(content text, bits integer) RETURNS text
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT encode(CASE bits WHEN 224 THEN sha224(convert_to(content, 'UTF8'))
        WHEN 384 THEN sha384(convert_to(content, 'UTF8'))
        WHEN 512 THEN sha512(convert_to(content, 'UTF8'))
        ELSE sha256(convert_to(content, 'UTF8')) END, 'hex')
$$;
-- FNV-1a over 64 bits, which gives the numbers of the two examples in AWS's documentation.
CREATE FUNCTION pg_standin.fnv(bytes bytea, seed bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    state numeric := CASE WHEN seed < 0 THEN seed + 18446744073709551616 ELSE seed END;
    low bigint;
BEGIN
    FOR turn IN 0..length(bytes) - 1 LOOP
        low := mod(state, 256)::bigint;
        state := mod((state - low + (low # get_byte(bytes, turn))) * 1099511628211,
                     18446744073709551616);
    END LOOP;
    RETURN (CASE WHEN state >= 9223372036854775808 THEN state - 18446744073709551616
            ELSE state END)::bigint;
END
$$;

CREATE FUNCTION pg_catalog.fnv_hash(content text, seed bigint DEFAULT -3750763034362895579)
RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_standin.fnv(convert_to(content, 'UTF8'), seed) $$;
CREATE FUNCTION pg_catalog.fnv_hash(number integer, seed bigint DEFAULT -3750763034362895579)
RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT pg_standin.fnv(substring(int4send(number) FROM 4 FOR 1)
        || substring(int4send(number) FROM 3 FOR 1) || substring(int4send(number) FROM 2 FOR 1)
        || substring(int4send(number) FROM 1 FOR 1), seed) $$;

-- Redshift's REGEXP_REPLACE replaces every match.
CREATE FUNCTION pg_catalog.redshift_regexp_replace(source text, pattern text, replacement text DEFAULT '')
RETURNS text LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT regexp_replace(source, pattern, regexp_replace(replacement, '[$]([0-9])', E'\\\\\\1', 'g'), 'g') $$;
CREATE FUNCTION pg_catalog.redshift_json_extract_path_text(document text, VARIADIC path text[])
RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT document::jsonb #>> path $$;
CREATE FUNCTION pg_catalog.is_valid_json(document text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT pg_input_is_valid(document, 'json') AND left(ltrim(document), 1) IN ('{', '[')
$$;

CREATE FUNCTION pg_catalog.redshift_dateadd(part text, amount bigint, moment timestamp)
RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE part
        WHEN 'year' THEN moment + make_interval(years => amount::int)
        WHEN 'quarter' THEN moment + make_interval(months => 3 * amount::int)
        WHEN 'month' THEN moment + make_interval(months => amount::int)
        WHEN 'week' THEN moment + make_interval(days => 7 * amount::int)
        WHEN 'day' THEN moment + make_interval(days => amount::int)
        WHEN 'decade' THEN moment + make_interval(years => 10 * amount::int)
        WHEN 'century' THEN moment + make_interval(years => 100 * amount::int)
        ELSE moment + amount * CASE part
            WHEN 'hour' THEN interval '1 hour' WHEN 'minute' THEN interval '1 minute'
            WHEN 'second' THEN interval '1 second'
            WHEN 'milliseconds' THEN interval '0.001 second'
            WHEN 'microseconds' THEN interval '0.000001 second' END
        END
$$;
CREATE FUNCTION pg_catalog.redshift_dateadd(part text, amount bigint, moment date)
RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS
    'SELECT redshift_dateadd(part, amount, moment::timestamp)';
CREATE FUNCTION pg_catalog.redshift_dateadd(part text, amount bigint, moment timestamptz)
RETURNS timestamptz LANGUAGE sql STABLE STRICT AS
    $$ SELECT redshift_dateadd(part, amount, moment AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' $$;

-- DATEDIFF counts the boundaries that are crossed.
CREATE FUNCTION pg_catalog.redshift_datediff(part text, since timestamp, till timestamp)
RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (CASE part
        WHEN 'year' THEN extract(year FROM till) - extract(year FROM since)
        WHEN 'decade' THEN extract(decade FROM till) - extract(decade FROM since)
        WHEN 'century' THEN extract(century FROM till) - extract(century FROM since)
        WHEN 'quarter' THEN 4 * (extract(year FROM till) - extract(year FROM since))
            + extract(quarter FROM till) - extract(quarter FROM since)
        WHEN 'month' THEN 12 * (extract(year FROM till) - extract(year FROM since))
            + extract(month FROM till) - extract(month FROM since)
        WHEN 'week' THEN (date_trunc('week', till + interval '1 day')::date
            - date_trunc('week', since + interval '1 day')::date) / 7
        WHEN 'day' THEN till::date - since::date
        WHEN 'hour' THEN extract(epoch FROM date_trunc('hour', till) - date_trunc('hour', since)) / 3600
        WHEN 'minute' THEN extract(epoch FROM date_trunc('minute', till) - date_trunc('minute', since)) / 60
        WHEN 'second' THEN extract(epoch FROM date_trunc('second', till) - date_trunc('second', since))
        WHEN 'milliseconds' THEN 1000 * extract(epoch FROM
            date_trunc('milliseconds', till) - date_trunc('milliseconds', since))
        WHEN 'microseconds' THEN 1000000 * extract(epoch FROM till - since)
        END)::bigint
$$;

CREATE FUNCTION pg_catalog.redshift_extract(part text, moment timestamp) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT trunc(extract_part)::integer
    FROM (SELECT date_part(part, moment)) AS parts (extract_part) $$;
CREATE FUNCTION pg_catalog.redshift_extract(part text, moment timestamptz) RETURNS double precision
LANGUAGE sql STABLE STRICT AS 'SELECT date_part(part, moment)';
CREATE FUNCTION pg_catalog.redshift_extract(part text, moment date) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT AS 'SELECT date_part(part, moment::timestamp)::integer';
CREATE FUNCTION pg_catalog.redshift_extract(part text, moment time) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT AS 'SELECT trunc(date_part(part, moment))::integer';
CREATE FUNCTION pg_catalog.redshift_extract(part text, span interval) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT AS 'SELECT trunc(date_part(part, span))::integer';

CREATE FUNCTION pg_catalog.date_trunc(part text, moment date) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT AS 'SELECT date_trunc(part, moment::timestamp)';
CREATE FUNCTION pg_catalog.trunc(moment timestamp) RETURNS date
LANGUAGE sql IMMUTABLE STRICT AS 'SELECT moment::date';
CREATE FUNCTION pg_catalog.trunc(number double precision, digits integer) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT AS 'SELECT trunc(number::numeric, digits)::double precision';
CREATE FUNCTION pg_catalog.round(number double precision, digits integer) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT AS 'SELECT round(number::numeric, digits)::double precision';
CREATE FUNCTION pg_catalog.last_day(moment timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT AS
    $$ SELECT (date_trunc('month', moment) + interval '1 month' - interval '1 day')::date $$;
CREATE FUNCTION pg_catalog.add_months(moment timestamp, amount integer) RETURNS timestamp
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN last_day(moment) = moment::date
        THEN last_day(moment + make_interval(months => amount))
             + (moment - date_trunc('day', moment))
        ELSE moment + make_interval(months => amount) END
$$;
CREATE FUNCTION pg_catalog.convert_timezone(target text, moment timestamp) RETURNS timestamp
LANGUAGE sql STABLE STRICT AS $$ SELECT (moment AT TIME ZONE 'UTC') AT TIME ZONE target $$;
CREATE FUNCTION pg_catalog.convert_timezone(source text, target text, moment timestamp)
RETURNS timestamp LANGUAGE sql STABLE STRICT AS
    'SELECT (moment AT TIME ZONE source) AT TIME ZONE target';

-- TRY_CAST gives NULL for what is no value of the type, but an empty text is an error on Redshift.
CREATE FUNCTION pg_standin.present(content text, type text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    IF btrim(content) = '' THEN
        RAISE EXCEPTION USING ERRCODE = '22P02',
            MESSAGE = format('invalid input syntax for type %s: "%s"', type, content);
    END IF;
    RETURN content;
END
$$;

-- AVG of whole numbers is a whole number on Redshift.
CREATE FUNCTION pg_standin.average(state bigint[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN state[1] = 0 THEN NULL ELSE state[2] / state[1] END';
CREATE FUNCTION pg_standin.add_to_average(state bigint[], value bigint) RETURNS bigint[]
LANGUAGE sql IMMUTABLE AS
    'SELECT CASE WHEN value IS NULL THEN state ELSE ARRAY[state[1] + 1, state[2] + value] END';
CREATE AGGREGATE pg_catalog.redshift_avg(smallint) (
    sfunc = int2_avg_accum, stype = bigint[], finalfunc = pg_standin.average, initcond = '{0,0}');
CREATE AGGREGATE pg_catalog.redshift_avg(integer) (
    sfunc = int4_avg_accum, stype = bigint[], finalfunc = pg_standin.average, initcond = '{0,0}');
CREATE AGGREGATE pg_catalog.redshift_avg(bigint) (sfunc = pg_standin.add_to_average,
    stype = bigint[], finalfunc = pg_standin.average, initcond = '{0,0}');
CREATE AGGREGATE pg_catalog.redshift_avg(double precision) (
    sfunc = float8_accum, stype = double precision[], finalfunc = float8_avg, initcond = '{0,0,0}');
CREATE AGGREGATE pg_catalog.redshift_avg(real) (
    sfunc = float4_accum, stype = double precision[], finalfunc = float8_avg, initcond = '{0,0,0}');
CREATE AGGREGATE pg_catalog.redshift_avg(numeric) (
    sfunc = numeric_avg_accum, stype = internal, finalfunc = numeric_avg);
