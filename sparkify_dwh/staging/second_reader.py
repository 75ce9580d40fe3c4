"""A second process that joins half of the tiny files, where there are very many.

Python's threads would wait for each other: reading a tiny file is a few short calls. A process
does not, and needs nothing of this one but a list. It only ever does what is simple, and only
where that succeeds for all of its files: one record each, unchanged, readable. What it does not
join, or all of its files if anything fails, is read here, where the error has its words.

Usage: python -m sparkify_dwh.staging.second_reader LIST FOLDER
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from sparkify_dwh.errors import SparkifyError
from sparkify_dwh.feeds.record_line import BLANKS, looks_like_a_record, tagged
from sparkify_dwh.sources.listing import SourceFile
from sparkify_dwh.staging.tiny import contents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sparkify_dwh.staging.verdict import StagedFile

#: To start a process takes as long as to read some thousands of files.
FILES_WORTH_A_PROCESS = 40_000
#: A joined file is closed at this size, so that several threads can scan the spool.
JOINED_BYTES = 33_554_432

#: The second process has to start first.
_SHARE_OF_THE_FIRST = 0.54
_LINES_AT_ONCE = 1_000
#: What stands between the parts of a list: no path has it.
_END = b"\0"


class _Listed(NamedTuple):
    """A file as the list has it; what :func:`contents` asks of a staged file."""

    file: SourceFile
    file_id: int


class SecondReader:
    """Joins its share of the files while the block runs."""

    def __init__(self, tiny: list[StagedFile], folder: Path) -> None:
        """Take a share of the files, none where it would not be worth it; start nothing yet.

        ``folder`` is below a spool's, and is made when the process is started.
        """
        is_worth_it = (
            len(tiny) >= FILES_WORTH_A_PROCESS
            and all(staged.file.content is None for staged in tiny)
            and _has_two_cores()
            and sys.executable
        )
        place = int(len(tiny) * _SHARE_OF_THE_FIRST) if is_worth_it else len(tiny)
        self.rest, self.share = tiny[:place], tiny[place:]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> SecondReader:
        """Start the process, if there is anything to do for it.

        Raises:
            OSError: The list cannot be written.
        """
        if self.share:
            self._folder.mkdir()
            listing = self._folder / "list"
            listing.write_bytes(_END.join(map(_written, self.share)))
            package = Path(__file__).parents[2]
            path = os.pathsep.join([str(package), *filter(None, [os.environ.get("PYTHONPATH")])])
            command = [sys.executable, "-m", __name__, str(listing), str(self._folder)]
            self._process = _started(command, os.environ | {"PYTHONPATH": path})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let no process behind."""
        if self._process is not None:
            self._process.kill()
            with self._process:  # closes the pipe, and waits
                self._process = None

    def result(self) -> tuple[list[str], list[StagedFile], list[StagedFile]]:
        """Wait; return the joined files' paths, which of the share are in them, and which not."""
        if self._process is None:
            return [], [], self.share
        process, self._process = self._process, None
        with process:
            answer, _ = process.communicate()
        if process.returncode != 0:
            return [], [], self.share
        found = json.loads(answer)
        places = {*found["others"]}
        others = [self.share[place] for place in found["others"]]
        joined = [staged for place, staged in enumerate(self.share) if place not in places]
        return found["paths"], joined, others


def _has_two_cores() -> bool:
    if hasattr(os, "sched_getaffinity"):  # macOS has none
        return len(os.sched_getaffinity(0)) > 1
    return (os.cpu_count() or 1) > 1


def _started(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes] | None:
    try:
        return subprocess.Popen(  # noqa: S603 - this interpreter and this module
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
    except OSError:
        return None  # no more processes, or no memory for one


def _written(staged: StagedFile) -> bytes:
    file = staged.file
    assert file.path is not None
    text = f"{staged.file_id} {file.size} {file.fingerprint} {file.path}"
    return os.fsencode(text)


def _read(entry: bytes) -> _Listed:
    file_id, size, fingerprint, path = os.fsdecode(entry).split(" ", 3)
    return _Listed(SourceFile("file:", int(size), fingerprint, path), int(file_id))


def join(files: Sequence[_Listed], folder: Path) -> tuple[list[str], list[int]]:
    """Join the files that are one record each; return the paths, and the places of the others.

    Raises:
        SparkifyError: A file cannot be read, or is another than was listed.
        OSError: The folder cannot be written to.
    """
    paths: list[str] = []
    others: list[int] = []
    lines: list[bytes] = []
    room = 0

    def write() -> None:
        nonlocal room
        if room <= 0:
            paths.append(str(folder / f"{len(paths) + 1:06d}-joined.json"))
            room = JOINED_BYTES
        text = b"".join(lines)
        lines.clear()
        with open(paths[-1], "ab") as out:
            out.write(text)
        room -= len(text)

    for place, (listed, content) in enumerate(contents(files)):
        line = content.strip(BLANKS)
        if b"\n" in line or not looks_like_a_record(line):
            others.append(place)
            continue
        lines.append(tagged(listed.file_id, line))
        if len(lines) >= _LINES_AT_ONCE:
            write()
    if lines:
        write()
    return paths, others


def main(listing: str, folder: str) -> int:
    """Join the files of a list, and say on stdout what has become of them."""
    files = [_read(entry) for entry in Path(listing).read_bytes().split(_END)]
    try:
        paths, others = join(files, Path(folder))
    except (SparkifyError, OSError):
        return 1  # who reads the files again finds out what is wrong
    json.dump({"paths": paths, "others": others}, sys.stdout)
    return 0


if __name__ == "__main__":
    import gc

    gc.disable()  # what is made here stays until the end
    sys.exit(main(*sys.argv[1:]))
