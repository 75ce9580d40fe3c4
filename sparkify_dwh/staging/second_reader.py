"""A second process that joins half of the tiny files, where there are very many.

It only does what is simple: one record each, unchanged, readable. What it does not join, or all of
its files if anything fails, is read here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Self

from sparkify_dwh.errors import SparkifyError
from sparkify_dwh.feeds.record_line import BLANKS, looks_like_a_record, tagged
from sparkify_dwh.helper_process import Helper, is_worthwhile, packed, unpacked
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


class _Listed(NamedTuple):
    """A file as the list has it; what :func:`contents` asks of a staged file."""

    file: SourceFile
    file_id: int


class SecondReader(Helper):
    """Joins its share of the files while the block runs."""

    def __init__(self, tiny: list[StagedFile], folder: Path) -> None:
        """Take a share of the files, none where it would not be worth it; start nothing yet.

        ``folder`` is below a spool's, and is made when the process is started.
        """
        super().__init__()
        is_worth_it = (
            len(tiny) >= FILES_WORTH_A_PROCESS
            and all(staged.file.content is None for staged in tiny)
            and is_worthwhile()
        )
        place = int(len(tiny) * _SHARE_OF_THE_FIRST) if is_worth_it else len(tiny)
        self.rest, self.share = tiny[:place], tiny[place:]
        self._folder = folder

    def __enter__(self) -> Self:
        """Start the process, if there is anything to do for it.

        Raises:
            OSError: The folder cannot be made.
        """
        if self.share:
            self._folder.mkdir()
            self.start(__name__, _list(self.share), str(self._folder))
        return super().__enter__()

    def result(self) -> tuple[list[str], list[StagedFile], list[StagedFile]]:
        """Wait; return the joined files' paths, which of the share are in them, and which not."""
        answer = self.answer()
        if answer is None:
            return [], [], self.share
        found = unpacked(answer)
        places = {*found["others"]}
        others = [self.share[place] for place in found["others"]]
        joined = [staged for place, staged in enumerate(self.share) if place not in places]
        return found["paths"], joined, others


def _list(share: Sequence[StagedFile]) -> bytes:
    files = [staged.file for staged in share]
    columns = (
        [staged.file_id for staged in share],
        [file.path for file in files],
        [file.size for file in files],
        [file.fingerprint for file in files],
    )
    return packed(columns)


def _listed(text: bytes) -> list[_Listed]:
    return [
        _Listed(SourceFile("file:", size, fingerprint, path), file_id)
        for file_id, path, size, fingerprint in zip(*unpacked(text), strict=True)
    ]


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


def main(question: BinaryIO, answer: BinaryIO, folder: str) -> int:
    """Join the files of the question, and answer what has become of them."""
    files = _listed(question.read())
    try:
        paths, others = join(files, Path(folder))
    except (SparkifyError, OSError):
        return 1  # who reads the files again finds out what is wrong
    answer.write(packed({"paths": paths, "others": others}))
    return 0
