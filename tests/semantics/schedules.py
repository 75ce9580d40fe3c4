"""Schedules: files of records, the ways to write them, and the loads that they are offered in."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Record = dict[str, Any]

#: Bytes beyond which a file is scanned where it lies.
LARGE = 262_144


@dataclass
class File:
    """A file of a feed: its records, how they are written, and the loads that it changes for."""

    feed: str
    name: str
    records: list[Record]
    layout: str
    first_load: int
    touched: list[int] = field(default_factory=list)  #: loads before which it is rewritten
    published: int = 0  #: of the records, those in the first version
    bad_lines: int = 0

    def content(self, *, complete: bool) -> bytes:
        """Return the first version, or the last one."""
        records = self.records if complete else self.records[: self.published]
        return LAYOUTS[self.layout](records) + b"{bad\n" * self.bad_lines


@dataclass
class Schedule:
    """Files, and the loads that they are offered in.

    Every record is offered in the end, in one file or in several.
    """

    files: list[File]
    keep_staging: list[bool]  #: one for each load
    rebuild: bool = False  #: whether the warehouse is built anew in the end
    repeat: bool = False  #: whether there is one more load in the end, without a new file

    def records(self, feed: str) -> list[Record]:
        """Every record of a feed that is offered in the end."""
        return [record for file in self.files if file.feed == feed for record in file.records]

    @classmethod
    def of_single_load(cls, records: dict[str, list[Record]]) -> Schedule:
        """Return the schedule that offers all records at once, in a file for each feed."""
        files = [File(feed, "all.json", some, "lines", 0) for feed, some in records.items()]
        return cls([file for file in files if file.records], [False])

    @classmethod
    def read(cls, path: Path) -> Schedule:
        """Return a schedule that was kept."""
        kept = json.loads(path.read_text(encoding="utf-8"))
        files = [File(**file) for file in kept["files"]]
        return cls(files, kept["keep_staging"], kept["rebuild"], kept["repeat"])

    def write(self, path: Path, why: str) -> None:
        """Keep the schedule, with a sentence about it."""
        text = json.dumps({"why": why, **asdict(self)}, indent=1, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")

    @property
    def bad_lines(self) -> int:
        return sum(file.bad_lines for file in self.files)

    def before(self, load: int) -> list[tuple[File, bool]]:
        """Return the files to write before a load, and whether with all of their records."""
        first = [(file, not file.touched) for file in self.files if file.first_load == load]
        return first + [(file, True) for file in self.files if load in file.touched]


def _one_a_line(records: list[Record]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode() or b"\n"


def _unescaped(records: list[Record]) -> bytes:
    return "\r\n\r\n".join(json.dumps(record, ensure_ascii=False) for record in records).encode()


def _pretty(records: list[Record]) -> bytes:
    return "\n".join(json.dumps(record, indent=2) for record in records).encode()


def _joined(records: list[Record]) -> bytes:
    return "".join(json.dumps(record) for record in records).encode()


def _sparse(records: list[Record]) -> bytes:
    """Without the keys that are null, the others in another order."""
    known = [
        {key: value for key, value in reversed(record.items()) if value is not None}
        for record in records
    ]
    return _one_a_line(known)


def _large(records: list[Record]) -> bytes:
    """So long that the file is scanned where it lies: there are blanks within a record."""
    return _one_a_line(records).replace(b"{", b"{" + b" " * LARGE, 1)


def _zipped(records: list[Record]) -> bytes:
    return gzip.compress(_one_a_line(records), mtime=0)


LAYOUTS = {
    "lines": _one_a_line,
    "unescaped": _unescaped,
    "pretty": _pretty,
    "joined": _joined,
    "sparse": _sparse,
    "large": _large,
    "zipped": _zipped,
}
