"""A second process that lists a part of the folders, where there are very many files."""

from typing import BinaryIO

from sparkify_dwh.errors import SparkifyError
from sparkify_dwh.helper_process import Helper, is_worthwhile, packed, unpacked
from sparkify_dwh.sources.folder_walk import FolderWalk, LinkedFolderError

#: To start a process takes as long as to list some thousands of files.
FILES_WORTH_A_PROCESS = 15_000


class SecondLister(Helper):
    """Lists the last folders of those that are left once many files were found."""

    def __init__(self) -> None:
        """Take nothing yet."""
        super().__init__()
        self._share: list[str] = []
        self._is_needed = is_worthwhile()

    def take_share(self, walk: FolderWalk) -> None:
        """Take a part of the walk's folders over, once, if there is enough to be done."""
        if self._is_needed and walk.files >= FILES_WORTH_A_PROCESS and len(walk.folders) > 1:
            self._is_needed = False
            # The folders next to the root hold the most; those below others come before them.
            depth = walk.folders[0].count("/")
            largest = sum(folder.count("/") == depth for folder in walk.folders)
            share = (largest + 1) // 2
            self._share = walk.folders[:share]
            del walk.folders[:share]
            self.begin(self._share)

    def begin(self, folders: list[str]) -> None:
        """Start the process."""
        self.start(__name__, packed(folders))

    def give_back(self, walk: FolderWalk) -> None:
        """Wait, and add to the walk what was found, or the folders if that has failed."""
        if not self._share:
            return
        answer = self.answer()
        if answer is None:
            walk.folders += self._share
        else:
            self.take(walk, answer)
        self._share = []

    def take(self, walk: FolderWalk, answer: bytes) -> None:
        """Add what the process answers to the walk, which has come to its own end."""
        walk.take(*unpacked(answer))


def walk_to_the_end(walk: FolderWalk) -> bool:
    """Enter all folders of a walk in a helping process; return whether that has succeeded."""
    try:
        while walk.folders:
            walk.enter_next()
    except (SparkifyError, LinkedFolderError):
        return False  # who lists the folders again finds out what is wrong, or follows the link
    return True


def main(question: BinaryIO, answer: BinaryIO) -> int:
    """List the folders of the question, and answer what is in them."""
    walk = FolderWalk(unpacked(question.read()), seen=None)
    if not walk_to_the_end(walk):
        return 1
    answer.write(packed(walk.listed()))
    return 0
