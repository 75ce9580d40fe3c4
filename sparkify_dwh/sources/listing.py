"""What a listing of a source holds: data files, and a count of what was passed over."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

#: Names of data files: JSON under one of its usual endings, compressed or not.
_DATA_NAME = re.compile(r".*\.(json|jsonl|ndjson)(\.gz)?|.*\.gz", re.IGNORECASE | re.DOTALL)


class SourceFile(NamedTuple):
    """One version of one file of a source.

    A tuple, because a source may have hundreds of thousands of them.
    """

    uri: str  #: file:// or s3://, the ledger's name of the file
    size: int  #: bytes, as they lie there
    fingerprint: str  #: changes when the content does: an ETag, or size and time of change
    path: str | None = None  #: where it can be read, once it is local
    content: bytes | None = None  #: or all of it, if it is tiny

    @property
    def name(self) -> str:
        """How messages name the file: its path where it has one, else its URI."""
        return self.path if self.uri.startswith("file:") and self.path else self.uri


@dataclass(frozen=True, slots=True)
class Listing:
    """The data files of a source, ordered by URI, and how many others there were."""

    location: str
    files: tuple[SourceFile, ...]
    passed_over: Counter[str] = field(default_factory=Counter)  #: reason to number


def why_passed_over(name: str, size: int) -> str | None:
    """Return why a file holds no data, or None when it does.

    Hidden files and those that begin with an underscore are what tools leave behind:
    ``.DS_Store``, ``_SUCCESS``.
    """
    if name.startswith((".", "_")):
        return "hidden or marker file"
    if not name.endswith(".json") and not _DATA_NAME.fullmatch(name):
        return "not a JSON file"
    return "empty file" if size == 0 else None
