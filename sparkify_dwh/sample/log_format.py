"""The form of the log feed: its keys, in their order, and how it writes a text."""

import json

LOG_KEYS = (
    "artist",
    "auth",
    "firstName",
    "gender",
    "itemInSession",
    "lastName",
    "length",
    "level",
    "location",
    "method",
    "page",
    "registration",
    "sessionId",
    "song",
    "status",
    "ts",
    "userAgent",
    "userId",
)


def log_json(text: str) -> str:
    r"""Return a text as the log feed writes it: in ASCII, with ``\/`` for a slash."""
    return json.dumps(text).replace("/", "\\/")


def jsonpaths() -> str:
    """Return the JSONPaths file of the log feed, which COPY maps keys to columns by."""
    return json.dumps({"jsonpaths": [f"$['{key}']" for key in LOG_KEYS]}, indent=2) + "\n"
