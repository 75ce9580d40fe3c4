"""Prints what a star holds: rows of each table, and a digest that no order of rows changes.

Usage: python digest.py WAREHOUSE        a DuckDB file, or a folder with a CSV file per table
"""

import json
import sys
from pathlib import Path

import duckdb

TABLES = {
    "songplays": {
        "start_time": "TIMESTAMP",
        "user_id": "BIGINT",
        "level": "VARCHAR",
        "song_id": "VARCHAR",
        "artist_id": "VARCHAR",
        "session_id": "BIGINT",
        "location": "VARCHAR",
        "user_agent": "VARCHAR",
    },
    "users": {
        "user_id": "BIGINT",
        "first_name": "VARCHAR",
        "last_name": "VARCHAR",
        "gender": "VARCHAR",
        "level": "VARCHAR",
    },
    "songs": {
        "song_id": "VARCHAR",
        "title": "VARCHAR",
        "artist_id": "VARCHAR",
        "year": "INTEGER",
        "duration": "DOUBLE",
    },
    "artists": {
        "artist_id": "VARCHAR",
        "name": "VARCHAR",
        "location": "VARCHAR",
        "latitude": "DOUBLE",
        "longitude": "DOUBLE",
    },
    "time": {
        "start_time": "TIMESTAMP",
        "hour": "INTEGER",
        "day": "INTEGER",
        "week": "INTEGER",
        "month": "INTEGER",
        "year": "INTEGER",
        "weekday": "INTEGER",
    },
}


def digest(warehouse: Path) -> dict[str, list]:
    """Return rows and digest of each table, ``songplay_id`` left out."""
    is_file = warehouse.is_file()
    found = {}
    with duckdb.connect(str(warehouse) if is_file else ":memory:", read_only=is_file) as connection:
        for table, columns in TABLES.items():
            source = table
            if not is_file:
                # All as text, so that a column that is not needed does not have to be named.
                source = (
                    f"read_csv('{warehouse}/{table}.csv', header = true, all_varchar = true,"
                    " nullstr = '\\N', delim = ',', quote = '\"', escape = '\"')"
                )
            values = ", ".join(f"{name}::{kind} AS {name}" for name, kind in columns.items())
            rows, total = connection.execute(
                f"SELECT count(*), sum(hash(row)::HUGEINT)::VARCHAR"
                f" FROM (SELECT {{{', '.join(f'{name!r}: {name}' for name in columns)}}} AS row"
                f" FROM (SELECT {values} FROM {source}))"
            ).fetchone()
            found[table] = [rows, total]
    return found


if __name__ == "__main__":
    print(json.dumps(digest(Path(sys.argv[1]))))
