"""Reads and writes objects in S3, and says in one line what went wrong.

Credentials, region and endpoint come from the standard AWS environment (AWS_REGION,
AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, a role of the machine, ...), never from a setting of ours.
"""

import datetime as dt
import os
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sparkify_dwh.errors import SourceChangedError, SourceError
from sparkify_dwh.sources.listing import SourceFile

if TYPE_CHECKING:
    from obstore import GetResult
    from obstore.store import S3Store

#: Answers 429 and 5xx, resets and timeouts are tried again, with jitter, within these bounds.
_MOST_RETRIES = 6
_RETRY_TIMEOUT = dt.timedelta(seconds=60)
_FIRST_PAUSE = dt.timedelta(milliseconds=100)
_LONGEST_PAUSE = dt.timedelta(seconds=5)
#: A stalled transfer is given up after this; a long one that moves may take its time.
_READ_TIMEOUT = dt.timedelta(seconds=60)
_REQUEST_TIMEOUT = dt.timedelta(hours=1)
_CONNECT_TIMEOUT = dt.timedelta(seconds=10)

_CHUNK_BYTES = 8_388_608
_ERROR_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_CAUSE_SHOWN = 300

_ADVICE = {
    "NoSuchBucket": "Check the name of the bucket.",
    "denied": (
        "Reading needs s3:ListBucket and s3:GetObject, a manifest s3:PutObject and "
        "s3:DeleteObject, for the credentials of the AWS environment."
    ),
    "other": "Check AWS_REGION, AWS_ENDPOINT_URL and the credentials in the environment.",
}


class S3Location(NamedTuple):
    """A bucket and what comes behind it: a key or a prefix."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, uri: str) -> "S3Location":
        """Take ``s3://bucket/key`` apart.

        Raises:
            SourceError: There is no bucket in it.
        """
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        if not bucket:
            raise SourceError(f"{uri} names no bucket", advice="Give s3://bucket/prefix/.")
        return cls(bucket, key)


def open_store(bucket: str) -> "S3Store":
    """Return the store of a bucket for the environment as it is now; no request is made yet."""
    # Only a hash of the environment is kept: it holds secrets.
    environment = frozenset(item for item in os.environ.items() if item[0].startswith("AWS_"))
    return _store(bucket, hash(environment))


@lru_cache(maxsize=16)
def _store(bucket: str, environment: int) -> "S3Store":
    """Return a store, the same one each time: it holds the connections that are open."""
    from obstore.store import S3Store

    del environment  # the store reads it for itself
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    return S3Store(
        bucket,
        client_options={
            # Plain HTTP only where the user named such an endpoint: a local S3, in tests mostly.
            "allow_http": endpoint.lower().startswith("http://"),
            "connect_timeout": _CONNECT_TIMEOUT,
            "read_timeout": _READ_TIMEOUT,
            "timeout": _REQUEST_TIMEOUT,
        },
        retry_config={
            "max_retries": _MOST_RETRIES,
            "retry_timeout": _RETRY_TIMEOUT,
            "backoff": {"init_backoff": _FIRST_PAUSE, "max_backoff": _LONGEST_PAUSE, "base": 2},
        },
    )


def read_object(file: SourceFile) -> bytes:
    """Return an object's bytes.

    Raises:
        SourceChangedError: It is not the version that was listed any more.
        SourceError: It cannot be read to its end.
    """
    try:
        content = bytes(_get(file).bytes())
    except _failures() as error:
        raise explain(error, file.uri) from None
    _require_whole(file, len(content))
    return content


def fetch_object(file: SourceFile, path: Path) -> None:
    """Write an object's bytes to a local file.

    Raises:
        SourceError: As :func:`read_object` does.
        OSError: The local file cannot be written.
    """
    size = 0
    try:
        with path.open("wb") as target:
            for chunk in _get(file).stream(min_chunk_size=_CHUNK_BYTES):
                size += target.write(chunk)
    except OSError as error:
        if error.errno is not None:  # the disk's: obstore's own builtin errors have no number
            raise
        raise explain(error, file.uri) from None
    except _failures() as error:
        raise explain(error, file.uri) from None
    _require_whole(file, size)


def read_uri(uri: str) -> bytes:
    """Return the bytes of the object of this name, whatever its version."""
    import obstore

    bucket, key = S3Location.parse(uri)
    try:
        return bytes(obstore.get(open_store(bucket), key).bytes())
    except FileNotFoundError:
        raise SourceError(f"{uri} does not exist") from None
    except _failures() as error:
        raise explain(error, uri) from None


def put_object(uri: str, content: bytes | Path) -> None:
    """Write an object, whole or not at all."""
    import obstore

    bucket, key = S3Location.parse(uri)
    try:
        obstore.put(open_store(bucket), key, content)
    except _failures() as error:
        raise explain(error, uri, doing="written") from None


def delete_objects(uris: Sequence[str]) -> None:
    """Delete objects; one that is not there is no error."""
    import obstore

    by_bucket: dict[str, list[str]] = {}
    for uri in uris:
        bucket, key = S3Location.parse(uri)
        by_bucket.setdefault(bucket, []).append(key)
    for bucket, keys in by_bucket.items():
        try:
            obstore.delete(open_store(bucket), keys)
        except FileNotFoundError:
            pass
        except _failures() as error:
            raise explain(error, f"s3://{bucket}/{keys[0]}", doing="deleted") from None


def explain(error: Exception, uri: str, *, doing: str = "read") -> SourceError:
    """Return our error for what the object store said, in one line without its debug output."""
    from obstore import exceptions

    message = str(error)
    code = _first(_ERROR_CODE, message)
    if code == "NoSuchBucket":
        bucket = S3Location.parse(uri).bucket
        return SourceError(
            f"{uri} cannot be {doing}: the bucket {bucket} does not exist",
            advice=_ADVICE["NoSuchBucket"],
        )
    if isinstance(error, exceptions.PreconditionError):
        return SourceChangedError(uri, "changed")
    if isinstance(error, FileNotFoundError) and doing == "read":
        return SourceChangedError(uri, "vanished")
    denied = isinstance(error, (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError))
    if denied or code == "AccessDenied":
        return SourceError(f"{uri} cannot be {doing}: permission denied", advice=_ADVICE["denied"])
    status = _first(_STATUS, message)
    what = f"S3 answers {' '.join(filter(None, (status, code)))}" if status else _cause(message)
    return SourceError(f"{uri} cannot be {doing}: {what}", advice=_ADVICE["other"])


def _get(file: SourceFile) -> "GetResult":
    import obstore

    bucket, key = S3Location.parse(file.uri)
    return obstore.get(open_store(bucket), key, options={"if_match": file.fingerprint or "*"})


def _require_whole(file: SourceFile, size: int) -> None:
    if size != file.size:
        raise SourceError(
            f"{file.uri} was listed with {file.size:,} bytes, but {size:,} came",
            advice="Load again; nothing was changed.",
        )


def _failures() -> tuple[type[Exception], ...]:
    """Return what obstore raises: its own errors, and builtin ones for missing objects."""
    from obstore import exceptions

    return (exceptions.BaseError, OSError, ValueError)


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None


def _cause(message: str) -> str:
    """Return the first line of a message: what follows is debug output."""
    line = message.strip().partition("\n")[0]
    return line[:_CAUSE_SHOWN] or "the object store gives no reason"
