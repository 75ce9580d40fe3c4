"""Finds and fetches the objects that a COPY loads, over S3's HTTP protocol."""

from __future__ import annotations

import functools
import gzip
import json
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from .copy_statement import CopyStatement
from .errors import Refusal, internal_error
from .s3_reader import Reader

if TYPE_CHECKING:
    from .server import Standin

_lock = threading.Lock()
_WORKERS = 4


class CopySource:
    """Reads S3 for one COPY."""

    def __init__(self, standin: Standin, copy: CopyStatement, user: str, query_id: int) -> None:
        self._standin = standin
        self._copy = copy
        self._user = user
        self._query_id = query_id
        self._client = _client(standin.s3_endpoint, copy.region or standin.region)
        self._reader = Reader(standin.s3_endpoint) if standin.s3_endpoint else None

    def close(self) -> None:
        """Closes what is open for reading."""
        if self._reader is not None:
            self._reader.close()

    def check_roles(self) -> None:
        """Refuses roles that are not on the list of the stand-in."""
        known = self._standin.roles
        for role in self._copy.roles:
            if role == "default":
                if not known:
                    raise internal_error("There is no default IAM role set for the cluster")
            elif role not in known:
                region = self._standin.region
                raise internal_error(
                    f"User arn:aws:redshift:{region}:123456789012:dbuser:standin/{self._user} "
                    f"is not authorized to assume IAM Role {role}",
                    f"IAM Role={role}",
                    self._query_id,
                )

    def jsonpaths(self) -> str | None:
        """Returns the text of the JSONPaths file, or None when columns are matched by name."""
        if not self._copy.json.startswith("s3://"):
            return None
        return self._get(self._copy.json).decode("utf-8", "replace")

    def files(self) -> list[str]:
        """Returns the URLs of the objects to load, in the order of the manifest or by name."""
        if self._copy.manifest:
            return self._manifest()
        bucket, prefix = _split(self._copy.source)
        self._check_region(bucket)
        pages = self._call(
            lambda: list(
                self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            ),
            self._copy.source,
        )
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        if not keys:
            raise internal_error(
                f"The specified S3 prefix '{prefix}' does not exist", "", self._query_id
            )
        return [f"s3://{bucket}/{key}" for key in sorted(keys)]

    def contents(self, urls: list[str]) -> Iterator[tuple[str, int, bytes]]:
        """Yields each object: its URL, its size in S3 and its unpacked content."""
        with ThreadPoolExecutor(_WORKERS) as pool:
            # A window of a few objects is in flight, so that memory stays bounded.
            waiting = []
            remaining = iter(urls)
            for url in remaining:
                waiting.append((url, pool.submit(self._get, url)))
                if len(waiting) > 2 * _WORKERS:
                    break
            while waiting:
                url, future = waiting.pop(0)
                data = future.result()
                for following in remaining:
                    waiting.append((following, pool.submit(self._get, following)))
                    break
                yield url, len(data), self._unpack(url, data)

    def _manifest(self) -> list[str]:
        url = self._copy.source
        try:
            document = json.loads(self._get(url))
            listed = document["entries"]
            entries = [(entry["url"], bool(entry.get("mandatory"))) for entry in listed]
        except Refusal as refusal:
            raise internal_error(
                f"Problem reading manifest file - {refusal.message}", url, self._query_id
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise internal_error(f"Invalid manifest file {url}: {error}") from None
        present: list[str] = []
        for entry, mandatory in entries:
            if not isinstance(entry, str) or not entry.startswith("s3://"):
                raise internal_error(f"Invalid url {entry} in manifest file {url}")
            if self._exists(entry):
                present.append(entry)
            elif mandatory:
                raise internal_error(
                    f"Mandatory file {entry} listed in manifest file does not exist",
                    url,
                    self._query_id,
                )
        if not present:
            raise internal_error(f"No files listed in manifest {url} were found")
        return present

    def _exists(self, url: str) -> bool:
        from botocore.exceptions import ClientError

        bucket, key = _split(url)
        self._check_region(bucket)
        if self._reader is not None and self._reader.exists(bucket, key):
            return True
        try:
            self._client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
                return False
            raise self._service_error(error, url) from None
        return True

    def _get(self, url: str) -> bytes:
        bucket, key = _split(url)
        self._check_region(bucket)
        found = None if self._reader is None else self._reader.get(bucket, key)
        if found is not None:
            return found

        def read() -> bytes:
            content: bytes = self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
            return content

        data: bytes = self._call(read, url)
        return data

    def _check_region(self, bucket: str) -> None:
        wanted = self._copy.region or self._standin.region
        # A bucket does not move.
        regions = self._standin.bucket_regions
        if bucket not in regions:
            answer = self._call(
                lambda: self._client.get_bucket_location(Bucket=bucket), f"s3://{bucket}"
            )
            regions[bucket] = answer.get("LocationConstraint") or "us-east-1"
        if regions[bucket] != wanted:
            raise internal_error(
                "S3ServiceException:The S3 bucket addressed by the query is in a different region "
                "from this cluster.,Status 301,Error PermanentRedirect",
                f"bucket: {bucket}",
                self._query_id,
            )

    def _call(self, action: Any, context: str) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return action()
        except ClientError as error:
            raise self._service_error(error, context) from None
        except BotoCoreError as error:
            raise internal_error(f"S3CurlException: {error}", context, self._query_id) from None

    def _service_error(self, error: Any, context: str) -> Refusal:
        told = error.response["Error"]
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return internal_error(
            f"S3ServiceException:{told.get('Message')},Status {status},Error {told.get('Code')}",
            f"S3 key being read : {context}",
            self._query_id,
        )

    def _unpack(self, url: str, data: bytes) -> bytes:
        if self._copy.zstd:
            raise Refusal("0A000", "ZSTD is not supported by the stand-in")
        if not self._copy.gzip:
            return data
        try:
            return gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise internal_error(
                f"S3 file {url} is not a valid GZIP file: {error}", url, self._query_id
            ) from None


def _split(url: str) -> tuple[str, str]:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


def _client(endpoint: str | None, region: str) -> Any:
    """Makes a client, or takes the one that there is where the environment plays no part in it."""
    # Making clients is not safe from several threads at once.
    with _lock:
        return _lasting_client(endpoint, region) if endpoint else _new_client({}, region)


@functools.cache
def _lasting_client(endpoint: str, region: str) -> Any:
    """Makes a client with credentials of the stand-in's own: a role has none to give away."""
    own = {
        "endpoint_url": endpoint,
        "aws_access_key_id": "standin",
        "aws_secret_access_key": "standin",
    }
    return _new_client(own, region)


def _new_client(options: dict[str, Any], region: str) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        retries={"max_attempts": 2},
        max_pool_connections=2 * _WORKERS,
    )
    return boto3.client("s3", region_name=region, config=config, **options)
