"""The yardstick: the same star by a script for DuckDB that was tuned by hand.

It promises nothing: no ledger, no transaction over the whole, no second load, no verdict on
bad records, no proof of a key. What it does do is as fast as we could make it: explicit columns,
only those that the star needs, tiny files joined into one spool, staging that never touches the
disk, row groups written when they are full, five CREATE TABLE AS. Every measurement of the library
is told as a multiple of it.

Usage: python hand_tuned.py LOG_DATA SONG_DATA WAREHOUSE
"""

import os
import shutil
import sys
import tempfile

import duckdb

EVENTS = {
    "artist": "VARCHAR",
    "firstName": "VARCHAR",
    "gender": "VARCHAR",
    "itemInSession": "INTEGER",
    "lastName": "VARCHAR",
    "length": "DOUBLE",
    "level": "VARCHAR",
    "location": "VARCHAR",
    "page": "VARCHAR",
    "sessionId": "BIGINT",
    "song": "VARCHAR",
    "ts": "BIGINT",
    "userAgent": "VARCHAR",
    "userId": "VARCHAR",
}
SONGS = {
    "artist_id": "VARCHAR",
    "artist_latitude": "DOUBLE",
    "artist_longitude": "DOUBLE",
    "artist_location": "VARCHAR",
    "artist_name": "VARCHAR",
    "song_id": "VARCHAR",
    "title": "VARCHAR",
    "duration": "DOUBLE",
    "year": "INTEGER",
}

STATEMENTS = """
CREATE TABLE songs AS
SELECT song_id, nullif(title, '') AS title, artist_id, nullif(year, 0) AS year, duration
FROM song_records
QUALIFY row_number() OVER (PARTITION BY song_id ORDER BY
  (nullif(title, '') IS NOT NULL)::INT + (duration IS NOT NULL)::INT
    + (nullif(year, 0) IS NOT NULL)::INT DESC,
  nullif(title, '') NULLS LAST, artist_id, nullif(year, 0) NULLS LAST, duration NULLS LAST) = 1;

CREATE TABLE artists AS
SELECT artist_id, nullif(artist_name, '') AS name, nullif(artist_location, '') AS location,
  artist_latitude AS latitude, artist_longitude AS longitude
FROM song_records
QUALIFY row_number() OVER (PARTITION BY artist_id ORDER BY
  (nullif(artist_name, '') IS NOT NULL)::INT + (nullif(artist_location, '') IS NOT NULL)::INT
    + (artist_latitude IS NOT NULL AND artist_longitude IS NOT NULL)::INT DESC,
  nullif(artist_name, '') NULLS LAST, nullif(artist_location, '') NULLS LAST,
  artist_latitude NULLS LAST, artist_longitude NULLS LAST) = 1;

CREATE TABLE users AS
SELECT user_id, unnest(latest) FROM (
  SELECT userId::BIGINT AS user_id,
    arg_max({'first_name': firstName, 'last_name': lastName, 'gender': gender, 'level': level},
      {'ts': ts, 'session_id': coalesce(sessionId, -1), 'item': coalesce(itemInSession, -1)})
      AS latest
  FROM events WHERE userId <> '' GROUP BY userId);

CREATE SEQUENCE songplay_ids;
CREATE TABLE songplays AS
WITH catalogue AS MATERIALIZED (
  SELECT title, name, duration, min(song_id) AS song_id,
    arg_min(songs.artist_id, song_id) AS artist_id
  FROM songs JOIN artists USING (artist_id) GROUP BY ALL)
SELECT nextval('songplay_ids') AS songplay_id, epoch_ms(ts) AS start_time,
  userId::BIGINT AS user_id, level, catalogue.song_id, catalogue.artist_id,
  sessionId AS session_id, location, userAgent AS user_agent
FROM (SELECT DISTINCT ON (userId, sessionId, ts) * FROM events WHERE page = 'NextSong') AS play
LEFT JOIN catalogue ON catalogue.title = song AND catalogue.name = artist
  AND catalogue.duration = length;

CREATE TABLE time AS
SELECT start_time, hour(start_time)::SMALLINT AS hour, day(start_time)::SMALLINT AS day,
  week(start_time)::SMALLINT AS week, month(start_time)::SMALLINT AS month,
  year(start_time)::SMALLINT AS year, dayofweek(start_time)::SMALLINT AS weekday
FROM (SELECT DISTINCT start_time FROM songplays);
"""

SETTINGS = {"preserve_insertion_order": "false", "write_buffer_row_group_count": "1"}

DISTINCT_PLAYS = (
    "(SELECT DISTINCT ON (userId, sessionId, ts) * FROM events WHERE page = 'NextSong')"
)
PLAYS = "(SELECT * FROM events WHERE page = 'NextSong')"
ANY_TWICE = f"""
SELECT count(*) > 0 FROM (
  SELECT 1 FROM {PLAYS} GROUP BY userId, sessionId, ts HAVING count(*) > 1)
"""


def files(folder: str) -> list[str]:
    """Return the JSON files below a folder."""
    found = []
    folders = [folder]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    folders.append(entry.path)
                elif entry.name.endswith(".json"):
                    found.append(entry.path)
    return found


def join(paths: list[str], path: str) -> None:
    """Write the files one after the other into one."""
    with open(path, "wb") as out:
        for name in paths:
            with open(name, "rb", buffering=0) as file:
                text = file.read()
            out.write(text if text.endswith(b"\n") else text + b"\n")


def stage(
    connection: duckdb.DuckDBPyConnection, table: str, paths: list[str], columns: dict
) -> None:
    """Read files into a temporary table, these columns only."""
    connection.execute(
        f"CREATE TEMP TABLE {table} AS SELECT * FROM read_json({paths},"
        f" format = 'newline_delimited', columns = {columns})"
    )


def main(log_data: str, song_data: str, warehouse: str) -> None:
    """Make the star in a new DuckDB file."""
    folder = tempfile.mkdtemp()
    try:
        connection = duckdb.connect(warehouse, config=SETTINGS)
        songs = files(song_data)
        spool = os.path.join(folder, "songs.json")
        if len(songs) > 1:
            join(songs, spool)
            songs = [spool]
        stage(connection, "song_records", songs, SONGS)
        stage(connection, "events", sorted(files(log_data)), EVENTS)
        statements = STATEMENTS
        # DISTINCT ON carries every column through a hash table: to see that no play comes twice
        # is several times cheaper.
        if not connection.execute(ANY_TWICE).fetchone()[0]:
            statements = statements.replace(DISTINCT_PLAYS, PLAYS)
        for statement in statements.split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.close()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
