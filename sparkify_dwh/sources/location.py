"""Tells a local folder from an S3 prefix and lists either."""

import re

from sparkify_dwh.errors import ConfigurationError, SourceError
from sparkify_dwh.sources.listing import Listing
from sparkify_dwh.sources.local_folder import list_folder

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+)://")


def is_s3(location: str) -> bool:
    """Return whether the location is an S3 prefix."""
    return location.startswith("s3://")


def list_files(location: str, *, setting: str) -> Listing:
    """List the data files of a location; ``setting`` names it in messages.

    Raises:
        ConfigurationError: The location has a scheme that is not read from.
        SourceError: It cannot be listed, or holds no data file.
    """
    if is_s3(location):
        from sparkify_dwh.sources.s3_prefix import list_prefix

        listing = list_prefix(location)
    elif scheme := _SCHEME.match(location):
        raise ConfigurationError(
            f"{setting}: data is not read from {scheme[1]}:// locations",
            advice="Give a local folder or s3://bucket/prefix/.",
        )
    else:
        listing = list_folder(location)
    if not listing.files:
        others = sum(listing.passed_over.values())
        raise SourceError(
            f"{setting}: {listing.location} holds no data file ({others} others passed over)",
            advice="Data files end in .json, .jsonl, .ndjson or .gz.",
        )
    return listing
