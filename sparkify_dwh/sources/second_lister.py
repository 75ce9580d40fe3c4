"""A second process that lists a part of the folders, where there are very many files."""

from typing import BinaryIO

from sparkify_dwh.errors import SparkifyError
from sparkify_dwh.helper_process import Helper, is_worthwhile, packed, unpacked
from sparkify_dwh.sources.folder_walk import FolderWalk, LinkedFolderError

#: To start a process takes as long as to list some thousands of files.
FILES_WORTH_A_PROCESS = 15_000


class SecondLister(Helper):
    """Lists every second of the folders that are left once many files were found."""

    def __init__(self) -> None:
        """Take nothing yet."""
        super().__init__()
        self._share: list[str] = []
        self._is_needed = is_worthwhile()

    def take_share(self, walk: FolderWalk) -> None:
        """Take a part of the walk's folders over, once, if there is enough to be done."""
        if self._is_needed and walk.files >= FILES_WORTH_A_PROCESS and len(walk.folders) > 1:
            self._is_needed = False
            self._share = walk.folders[::2]
            del walk.folders[::2]
            self.start(__name__, packed(self._share))

    def give_back(self, walk: FolderWalk) -> None:
        """Wait, and add to the walk what was found, or the folders if that has failed."""
        if not self._share:
            return
        answer = self.answer()
        if answer is None:
            walk.folders += self._share
        else:
            walk.take(*unpacked(answer))
        self._share = []


def main(question: BinaryIO, answer: BinaryIO) -> int:
    """List the folders of the question, and answer what is in them."""
    walk = FolderWalk(unpacked(question.read()), seen=None)
    try:
        while walk.folders:
            walk.enter_next()
    except (SparkifyError, LinkedFolderError):
        return 1  # who lists the folders again finds out what is wrong, or follows the link
    answer.write(packed(walk.listed()))
    return 0
