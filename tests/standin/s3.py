"""A real S3 over HTTP on loopback, for tests: moto's server behind a small front."""

from __future__ import annotations

import logging
import os
import threading
import urllib.request
from types import TracebackType
from typing import Any

HOST = "127.0.0.1"
REGION = "us-west-2"


class LocalS3:
    """Runs an S3 on 127.0.0.1 with a free port; use it as a context manager."""

    def __init__(self, region: str = REGION) -> None:
        self.region = region
        self.endpoint = ""
        self.client: Any = None
        self._server: Any = None

    def __enter__(self) -> LocalS3:
        # moto takes its time to import, and not every user of this module needs it.
        from .s3_front import make_front, store

        # The server logs each request as if it were news.
        self._logger = logging.getLogger("werkzeug")
        self._level = self._logger.level
        self._logger.setLevel(logging.ERROR)
        self._store = store
        self._server = make_front(HOST)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.endpoint = f"http://{HOST}:{self._server.port}"
        self.client = self._client(self.region)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Buckets live in the process, not in the server: the next one is to start empty.
        order = urllib.request.Request(f"{self.endpoint}/moto-api/reset", method="POST")
        urllib.request.urlopen(order, timeout=10).close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._logger.setLevel(self._level)

    def create_bucket(self, bucket: str, region: str | None = None) -> None:
        """Makes a bucket in a region, once."""
        region = region or self.region
        options: dict[str, Any] = {}
        if region != "us-east-1":
            options["CreateBucketConfiguration"] = {"LocationConstraint": region}
        known = {item["Name"] for item in self.client.list_buckets()["Buckets"]}
        if bucket not in known:
            self._client(region).create_bucket(Bucket=bucket, **options)

    def put(self, bucket: str, key: str, content: bytes | str) -> str:
        """Stores an object, making the bucket if need be, and returns its URL."""
        body = content.encode() if isinstance(content, str) else content
        store = self._store()
        if bucket not in store.buckets:
            self.create_bucket(bucket)
        # Not over HTTP: to put objects there is not what is tested.
        stored = store.put_object(bucket, key, body)
        _ = stored.etag  # made now: two readers at once would not come to the same
        return f"s3://{bucket}/{key}"

    def _client(self, region: str) -> Any:
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2}),
        )

    def environment(self) -> dict[str, str]:
        """Returns the variables by which boto3, obstore and DuckDB find this S3."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ALLOW_HTTP": "true",
            "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "PATH": os.environ.get("PATH", ""),
        }
