"""A second process that joins half of the tiny files, where there are very many.

It only does what is simple: one record each, unchanged, readable. What it does not join, or all of
its files if anything fails, is read here.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Self

from sparkify_dwh.errors import SparkifyError
from sparkify_dwh.helper_process import Helper, Parent, is_worthwhile, packed, unpacked
from sparkify_dwh.sources.listing import SourceFile
from sparkify_dwh.staging.joined_records import JoinedRecords, only_record
from sparkify_dwh.staging.tiny import contents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sparkify_dwh.staging.verdict import StagedFile

#: To start a process takes as long as to read some thousands of files.
FILES_WORTH_A_PROCESS = 40_000

#: The second process has to start first.
_SHARE_OF_THE_FIRST = 0.54


class NumberedFile(NamedTuple):
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

    def result(self) -> tuple[list[str], list[int]]:
        """Wait; return the joined files' paths, and the numbers of files that are not in them."""
        answer = self.answer()
        if answer is None:
            return [], [staged.file_id for staged in self.share]
        found = unpacked(answer)
        return found["paths"], [self.share[place].file_id for place in found["others"]]


def _list(share: Sequence[StagedFile]) -> bytes:
    files = [staged.file for staged in share]
    columns = (
        [staged.file_id for staged in share],
        [file.path for file in files],
        [file.size for file in files],
        [file.fingerprint for file in files],
    )
    return packed(columns)


def _listed(text: bytes) -> list[NumberedFile]:
    return [
        NumberedFile(SourceFile("file:", size, fingerprint, path), file_id)
        for file_id, path, size, fingerprint in zip(*unpacked(text), strict=True)
    ]


def join(files: Sequence[NumberedFile], folder: Path) -> tuple[list[str], list[int]]:
    """Join the files that are one record each; return the paths, and the places of the others.

    Raises:
        SparkifyError: A file cannot be read, or is another than was listed.
        OSError: The folder cannot be written to, or nobody waits any more.
    """
    numbers = itertools.count(1)
    joined = JoinedRecords(
        lambda: str(folder / f"{next(numbers):06d}-joined.json"), Parent().require_alive
    )
    others: list[int] = []
    for place, (listed, content) in enumerate(contents(files)):
        line = only_record(content)
        if line is None:
            others.append(place)
        else:
            joined.add(listed.file_id, line)
    joined.flush()
    return joined.paths, others


def main(question: BinaryIO, answer: BinaryIO, folder: str) -> int:
    """Join the files of the question, and answer what has become of them."""
    files = _listed(question.read())
    try:
        paths, others = join(files, Path(folder))
    except (SparkifyError, OSError):
        return 1  # who reads the files again finds out what is wrong
    answer.write(packed({"paths": paths, "others": others}))
    return 0
