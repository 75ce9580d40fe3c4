"""Lists the data files below a local folder."""

import os
import re
from collections.abc import Iterator
from operator import itemgetter
from urllib.parse import quote_from_bytes

from sparkify_dwh.errors import SourceError
from sparkify_dwh.sources.folder_walk import FolderWalk
from sparkify_dwh.sources.listing import Listing, SourceFile
from sparkify_dwh.sources.second_lister import SecondLister

_NEEDS_NO_QUOTES = re.compile(r"[A-Za-z0-9_.~/-]+").fullmatch


def list_folder(folder: str) -> Listing:
    """List the data files below the folder, links followed, each folder once.

    The fingerprint is size, time of change in nanoseconds and inode: what a changed file
    cannot keep all of. Reading every byte to find that nothing is new would make a no-op
    cost as much as a load.

    Raises:
        SourceError: The folder does not exist, is no folder or cannot be read.
    """
    root = root_of(folder)
    files: list[SourceFile] = []
    for walk in walk_through(FolderWalk.below(root)):
        files += _source_files(walk)
    return _listing(root, files, walk)


def root_of(folder: str) -> str:
    """Return the folder's absolute path.

    Raises:
        SourceError: It does not exist, or is no folder.
    """
    root = os.path.abspath(os.path.expanduser(folder))
    if not os.path.isdir(root):
        what = "is not a folder" if os.path.exists(root) else "does not exist"
        raise SourceError(f"{root} {what}", advice="Set SPARKIFY_LOG_DATA and SPARKIFY_SONG_DATA.")
    return root


def walk_through(walk: FolderWalk, second: SecondLister | None = None) -> Iterator[FolderWalk]:
    """Walk through all folders of a walk, in two processes if there are many files.

    Yields the walk, always the same one, whenever it holds all that is known so far: while the
    second process is still at work, and at the end.
    """
    with second or SecondLister() as lister:
        while walk.folders:  # again, where the second process gives back what it was to list
            while walk.folders:
                walk.enter_next()
                lister.take_share(walk)
            yield walk
            lister.give_back(walk)
    yield walk


def listing_of(root: str, walk: FolderWalk) -> Listing:
    """Return the listing of a walk through all below the root; the walk forgets its files."""
    return _listing(root, list(_source_files(walk)), walk)


def _listing(root: str, files: list[SourceFile], walk: FolderWalk) -> Listing:
    files.sort(key=itemgetter(0))  # by URI
    return Listing(root, tuple(files), walk.passed_over)


def _source_files(walk: FolderWalk) -> Iterator[SourceFile]:
    """Yield the files that the walk has found, which forgets them."""
    found, walk.found = sorted(walk.found, key=itemgetter(0)), []
    for folder, names, sizes, fingerprints in found:
        place = os.path.join(folder, "")
        uri = f"file://{_quoted(place)}"
        are_plain = _NEEDS_NO_QUOTES("".join(names))
        uris = [uri + name for name in (names if are_plain else map(_quoted, names))]
        paths = [place + name for name in names]
        yield from map(SourceFile, uris, sizes, fingerprints, paths)


def _quoted(path: str) -> str:
    """Return the path as a URI has it, whatever bytes it is made of."""
    # Most names need no quotes, and to see that takes a tenth of the time.
    return path if _NEEDS_NO_QUOTES(path) else quote_from_bytes(os.fsencode(path))
