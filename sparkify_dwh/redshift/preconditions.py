"""What the settings have to be like for a load into Redshift; checked before it begins."""

import json
import re

from sparkify_dwh.errors import ConfigurationError, SourceError
from sparkify_dwh.feeds.contract import LOG_FEED
from sparkify_dwh.redshift import safe_literals
from sparkify_dwh.redshift.safe_literals import UnsafeLiteralError
from sparkify_dwh.settings import Settings
from sparkify_dwh.sources import is_s3
from sparkify_dwh.sources.object_store import read_uri

_KEY_OF_PATH = re.compile(r"""\$(?:\.(\w+)|\[\s*(?:'([^']+)'|"([^"]+)")\s*\])""")

_DANGEROUS = re.compile(r"""['"\\\x00-\x1f\x7f]""")


def require(settings: Settings) -> None:
    """Check the settings that end up in a COPY.

    Raises:
        ConfigurationError: One does not do; the message names it.
    """
    for setting, place in (
        ("SPARKIFY_LOG_DATA", settings.log_data),
        ("SPARKIFY_SONG_DATA", settings.song_data),
    ):
        if not is_s3(place):
            raise ConfigurationError(
                f"{setting} is the local folder {place}, but Redshift's COPY reads S3 only",
                advice=f"Set {setting} to s3://bucket/prefix/, or load into a DuckDB file.",
            )
        # A manifest may list any key, but no setting holds what a literal could end with.
        if _DANGEROUS.search(place):
            raise ConfigurationError(
                f"{setting} holds a quote, a backslash or a control character",
                advice="Objects below a prefix may have any name; the prefix itself may not.",
            )
        if settings.manifest_prefix is None:
            _require_safe(f"{place.rstrip('/')}/", setting)
        elif f"{settings.manifest_prefix.rstrip('/')}/".startswith(f"{place.rstrip('/')}/"):
            raise ConfigurationError(
                f"SPARKIFY_MANIFEST_PREFIX lies below {setting}: manifests would be read as data"
            )
    try:
        safe_literals.iam_role(settings.iam_role)
    except UnsafeLiteralError as error:
        raise ConfigurationError(f"SPARKIFY_IAM_ROLE is not valid: {error}") from None
    if settings.manifest_prefix is not None:
        _require_safe(f"{settings.manifest_prefix.rstrip('/')}/", "SPARKIFY_MANIFEST_PREFIX")
    elif settings.log_jsonpaths is None:
        raise ConfigurationError(
            "COPY needs a JSONPaths file for the log feed, and a manifest to name new files",
            advice=(
                "Set SPARKIFY_MANIFEST_PREFIX=s3://bucket/prefix/, where the loader may write, "
                "or SPARKIFY_LOG_JSONPATHS to a file that is there."
            ),
        )
    if settings.log_jsonpaths is not None:
        _require_safe(settings.log_jsonpaths, "SPARKIFY_LOG_JSONPATHS")


def require_jsonpaths(settings: Settings) -> None:
    """Check that a JSONPaths file of the user's names the keys in the contract's order.

    COPY maps by position, and falls back to matching by name, in silence, when the top key of
    the file is another one.

    Raises:
        ConfigurationError: It does not, or cannot be read.
    """
    uri = settings.log_jsonpaths
    if uri is None:
        return
    try:
        document = json.loads(read_uri(uri))
        keys = [_key(path) for path in document["jsonpaths"]]
    except SourceError as error:
        raise ConfigurationError(f"SPARKIFY_LOG_JSONPATHS: {error.cause}") from None
    except (ValueError, KeyError, TypeError):
        keys = []
    if keys != list(LOG_FEED.keys):
        raise ConfigurationError(
            f"SPARKIFY_LOG_JSONPATHS: {uri} does not name the keys of the log feed in their order",
            advice="Leave it out: with SPARKIFY_MANIFEST_PREFIX the loader writes its own.",
        )


def _key(path: str) -> str | None:
    found = _KEY_OF_PATH.fullmatch(path.strip())
    return next(filter(None, found.groups()), None) if found else None


def _require_safe(uri: str, setting: str) -> None:
    try:
        safe_literals.s3_uri(uri, what=setting)
    except UnsafeLiteralError as error:
        raise ConfigurationError(str(error)) from None
