"""A real S3 over HTTP on loopback, for tests: moto's server behind a small front."""

from __future__ import annotations

import logging
import os
import socket
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
        from moto.server import ThreadedMotoServer

        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = probe.getsockname()[1]
        # The server logs each request as if it were news.
        self._logger = logging.getLogger("werkzeug")
        self._level = self._logger.level
        self._logger.setLevel(logging.ERROR)
        self._server = ThreadedMotoServer(HOST, port, verbose=False)
        self._server.start()
        self.endpoint = f"http://{HOST}:{port}"
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
        self._server.stop()
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
        try:
            self.client.put_object(Bucket=bucket, Key=key, Body=body)
        except self.client.exceptions.NoSuchBucket:
            self.create_bucket(bucket)
            self.client.put_object(Bucket=bucket, Key=key, Body=body)
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
