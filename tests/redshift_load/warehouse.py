"""The warehouse under test on Redshift: a database of the stand-in, two prefixes of a bucket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg2

from sparkify_dwh.settings import Settings
from tests.load.warehouse import (
    BOOKKEEPING,
    STAR_TABLES,
    Record,
    Row,
    Warehouse,
    json_lines,
)
from tests.standin import Standin
from tests.standin.s3 import LocalS3
from tests.standin.s3_front import store

BUCKET = "sparkify"
#: A session that a failed test has left open would keep its locks.
_END_SESSIONS = """
    SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class RedshiftWarehouse(Warehouse):
    """A database of the stand-in that the loader loads as a user who owns nothing."""

    def __init__(self, server: Standin, s3: LocalS3, database: str) -> None:
        """Take a database whose schema is at head."""
        self.server = server
        self.s3 = s3
        self.database = database
        self.url = server.url("loader", database)

    def place(self, feed: str) -> str:
        return f"s3://{BUCKET}/{self.database}/{feed}_data/"

    @property
    def manifests(self) -> str:
        return f"s3://{BUCKET}/{self.database}/manifests/"

    def uri(self, feed: str, name: str) -> str:
        return self.place(feed) + name

    def put(self, feed: str, name: str, content: bytes | str | Sequence[Record]) -> None:
        if not isinstance(content, bytes | str):
            content = json_lines(content)
        self.s3.put(BUCKET, f"{self.database}/{feed}_data/{name}", content)

    def touch(self, feed: str, name: str) -> None:
        # The ETag of an object that came in parts is another one for the same content.
        client, place = self.s3.client, {"Bucket": BUCKET}
        place["Key"] = f"{self.database}/{feed}_data/{name}"
        content = client.get_object(**place)["Body"].read()
        place["UploadId"] = client.create_multipart_upload(**place)["UploadId"]
        etag = client.upload_part(**place, PartNumber=1, Body=content)["ETag"]
        parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
        client.complete_multipart_upload(**place, MultipartUpload=parts)

    def remove(self, feed: str, name: str) -> None:
        self.s3.client.delete_object(Bucket=BUCKET, Key=f"{self.database}/{feed}_data/{name}")

    def empty(self) -> None:
        # Cheaper than another database, of which a copy takes a quarter of a second.
        tables = ", ".join((*STAR_TABLES, *BOOKKEEPING, "staging_events", "staging_songs"))
        self.server.postgres.run(_END_SESSIONS, self.database)
        self.server.postgres.run(f"TRUNCATE {tables}", self.database)
        self.server.postgres.forget_logs(self.database)
        self.server.statements.clear()
        self.server.faults.clear()
        objects = store().buckets[BUCKET].keys
        for key in [key for key in objects if key.startswith(f"{self.database}/")]:
            objects.pop(key)

    def close(self) -> None:
        self.server.drop_database(self.database)

    def settings(self, **overrides: Any) -> Settings:
        return super().settings(**({"manifest_prefix": self.manifests} | overrides))

    def environment(self, user: str = "loader") -> dict[str, str]:
        """The settings as variables, for a command in a process of its own."""
        return self.s3.environment() | {
            "SPARKIFY_DATABASE_URL": self.server.url(user, self.database),
            "SPARKIFY_LOG_DATA": self.place("log"),
            "SPARKIFY_SONG_DATA": self.place("song"),
            "SPARKIFY_MANIFEST_PREFIX": self.manifests,
        }

    def query(self, *statements: str) -> list[list[Row]]:
        return self.query_as("awsuser", *statements)

    def query_as(self, user: str, *statements: str) -> list[list[Row]]:
        connection = psycopg2.connect(self.server.dsn(user, self.database))
        try:
            with connection.cursor() as cursor:
                found = []
                for statement in statements:
                    cursor.execute(statement)
                    found.append(cursor.fetchall() if cursor.description else [])
            connection.commit()
            return found
        finally:
            connection.close()

    def manifests_left(self) -> list[str]:
        """The keys of what loads have left below the manifest prefix."""
        prefix = f"{self.database}/manifests/"
        answer = self.s3.client.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [item["Key"] for item in answer.get("Contents", [])]

    def statements(self, pattern: str = "") -> list[str]:
        """The SQL that sessions of this database have sent since they were last forgotten."""
        found = self.server.statements.matching(pattern)
        return [entry.sql for entry in found if entry.database == self.database]
