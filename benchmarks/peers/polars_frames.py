"""The star by polars, lazily, written into a DuckDB file through Arrow.

Usage: python polars_frames.py LOG_DATA SONG_DATA WAREHOUSE
"""

import sys
from pathlib import Path

import duckdb
import polars as pl

EVENTS = {
    "artist": pl.String,
    "firstName": pl.String,
    "gender": pl.String,
    "itemInSession": pl.Int32,
    "lastName": pl.String,
    "length": pl.Float64,
    "level": pl.String,
    "location": pl.String,
    "page": pl.String,
    "sessionId": pl.Int64,
    "song": pl.String,
    "ts": pl.Int64,
    "userAgent": pl.String,
    "userId": pl.String,
}
SONGS = {
    "artist_id": pl.String,
    "artist_latitude": pl.Float64,
    "artist_longitude": pl.Float64,
    "artist_location": pl.String,
    "artist_name": pl.String,
    "song_id": pl.String,
    "title": pl.String,
    "duration": pl.Float64,
    "year": pl.Int32,
}


def known(name: str) -> pl.Expr:
    """Return a text column with NULL for the empty text."""
    return pl.when(pl.col(name) != "").then(pl.col(name)).alias(name)


def best(frame: pl.DataFrame, key: str, knows: list[pl.Expr], order: list[str]) -> pl.DataFrame:
    """Return each key's record that knows most, the smallest of those that know as much."""
    score = pl.sum_horizontal(*(expression.cast(pl.Int8) for expression in knows))
    return (
        frame.with_columns(score.alias("score"))
        .sort(["score", *order], descending=[True] + [False] * len(order), nulls_last=True)
        .unique(key, keep="first", maintain_order=True)
        .drop("score")
    )


def read(folder: str, schema: dict) -> pl.DataFrame:
    """Read all JSON files below a folder, the schema's columns only."""
    paths = sorted(Path(folder).rglob("*.json"))
    if len(paths) > 1000:
        # A scan of many tiny files costs polars far more than joining them first.
        text = b"".join(path.read_bytes().rstrip() + b"\n" for path in paths)
        return pl.read_ndjson(text, schema=schema)
    return pl.scan_ndjson(paths, schema=schema).collect()


def main(log_data: str, song_data: str, warehouse: str) -> None:
    """Make the star in a new DuckDB file."""
    records = read(song_data, SONGS).with_columns(
        known("title"),
        known("artist_name"),
        known("artist_location"),
        pl.when(pl.col("year") != 0).then(pl.col("year")).alias("year"),
    )
    songs = best(
        records.select("song_id", "title", "artist_id", "year", "duration"),
        "song_id",
        [pl.col(name).is_not_null() for name in ("title", "duration", "year")],
        ["title", "artist_id", "year", "duration"],
    )
    artists = best(
        records.select(
            "artist_id",
            name="artist_name",
            location="artist_location",
            latitude="artist_latitude",
            longitude="artist_longitude",
        ),
        "artist_id",
        [
            pl.col("name").is_not_null(),
            pl.col("location").is_not_null(),
            pl.col("latitude").is_not_null() & pl.col("longitude").is_not_null(),
        ],
        ["name", "location", "latitude", "longitude"],
    )
    events = read(log_data, EVENTS)
    users = (
        events.lazy()
        .filter(pl.col("userId") != "")
        .select(
            "ts",
            pl.col("sessionId").fill_null(-1),
            pl.col("itemInSession").fill_null(-1),
            pl.col("userId").cast(pl.Int64).alias("user_id"),
            first_name="firstName",
            last_name="lastName",
            gender="gender",
            level="level",
        )
        .sort("ts", "sessionId", "itemInSession", descending=True)
        .unique("user_id", keep="first", maintain_order=True)
        .drop("ts", "sessionId", "itemInSession")
        .collect()
    )
    catalogue = (
        songs.lazy()
        .join(artists.lazy().select("artist_id", "name"), on="artist_id")
        .sort("song_id")
        .unique(["title", "name", "duration"], keep="first", maintain_order=True)
        .select("title", "name", "duration", "song_id", "artist_id")
    )
    songplays = (
        events.lazy()
        .filter(pl.col("page") == "NextSong")
        .unique(["userId", "sessionId", "ts"], keep="any")
        .join(
            catalogue,
            left_on=["song", "artist", "length"],
            right_on=["title", "name", "duration"],
            how="left",
        )
        .select(
            pl.from_epoch("ts", "ms").cast(pl.Datetime("us")).alias("start_time"),
            pl.col("userId").cast(pl.Int64).alias("user_id"),
            "level",
            "song_id",
            "artist_id",
            session_id="sessionId",
            location="location",
            user_agent="userAgent",
        )
        .with_row_index("songplay_id")
        .collect()
    )
    start_time = pl.col("start_time")
    time = (
        songplays.lazy()
        .select("start_time")
        .unique()
        .with_columns(
            hour=start_time.dt.hour().cast(pl.Int16),
            day=start_time.dt.day().cast(pl.Int16),
            week=start_time.dt.week().cast(pl.Int16),
            month=start_time.dt.month().cast(pl.Int16),
            year=start_time.dt.year().cast(pl.Int16),
            weekday=(start_time.dt.weekday() % 7).cast(pl.Int16),
        )
        .collect()
    )
    connection = duckdb.connect(warehouse)
    tables = {
        "songs": songs,
        "artists": artists,
        "users": users,
        "songplays": songplays,
        "time": time,
    }
    for name, frame in tables.items():
        connection.register("frame", frame.to_arrow())
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
        connection.unregister("frame")
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
