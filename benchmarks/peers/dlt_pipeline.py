"""The feeds by a dlt pipeline into DuckDB, then the star by SQL.

dlt normalises every record in Python, so that this is run on little data only.

Usage: python dlt_pipeline.py LOG_DATA SONG_DATA WAREHOUSE
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dlt
import duckdb

sys.path.insert(0, str(Path(__file__).parent))
from hand_tuned import EVENTS, SONGS, STATEMENTS

KINDS = {"VARCHAR": "text", "BIGINT": "bigint", "INTEGER": "bigint", "DOUBLE": "double"}


def records(folder: str) -> Iterator[list[dict]]:
    """Yield the records of each file below a folder."""
    for path in sorted(Path(folder).rglob("*.json")):
        with path.open(encoding="utf-8") as file:
            yield [json.loads(line) for line in file]


def load(folder: str, name: str, columns: dict[str, str], warehouse: str) -> None:
    """Load all records below a folder into the table of a name."""
    hints = {key: {"data_type": KINDS[kind]} for key, kind in columns.items()}
    pipeline = dlt.pipeline(
        pipeline_name=f"sparkify_{name}",
        destination=dlt.destinations.duckdb(warehouse),
        dataset_name="landing",
    )
    pipeline.run(dlt.resource(records(folder), name=name, columns=hints))


def main(log_data: str, song_data: str, warehouse: str) -> None:
    """Make the star in a new DuckDB file."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DLT_DATA_DIR"] = folder
        os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
        load(song_data, "song_records", SONGS, warehouse)
        load(log_data, "event_records", EVENTS, warehouse)
    connection = duckdb.connect(warehouse)
    connection.execute("CREATE TEMP VIEW song_records AS FROM landing.song_records")
    names = {"firstName": "first_name", "itemInSession": "item_in_session"}
    names |= {"lastName": "last_name", "sessionId": "session_id"}
    names |= {"userAgent": "user_agent", "userId": "user_id"}
    columns = ", ".join(f"{names.get(key, key)} AS {key}" for key in EVENTS)
    connection.execute(f"CREATE TEMP VIEW events AS SELECT {columns} FROM landing.event_records")
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    connection.execute("DROP SCHEMA landing CASCADE")
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
