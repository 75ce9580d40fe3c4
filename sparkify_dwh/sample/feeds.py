"""The files of the two feeds: where each record goes, in which order, and how it is written."""

import gzip
import io
import shutil
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from sparkify_dwh.sample.catalogue import Song
from sparkify_dwh.sample.log_format import jsonpaths
from sparkify_dwh.sample.spec import MILLISECONDS_A_DAY, SampleSpec

LOG_FOLDER = "log_data"
SONG_FOLDER = "song_data"
JSONPATHS_FILE = "log_json_path.json"

# Lines that are joined before they are written: few calls, and little memory.
_LINES_A_WRITE = 4_096


def prepare_folder(out: Path, *, force: bool) -> None:
    """Make a folder ready for a sample, and write its JSONPaths file.

    With force, `log_data` and `song_data` in it are replaced; whatever else it holds stays.

    Raises:
        FileExistsError: The folder holds something, and force is not given.
        NotADirectoryError: There is a file, or a link in the place of a folder of the sample.
    """
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(f"{out} is not a folder")
    out.mkdir(parents=True, exist_ok=True)
    if not force and any(out.iterdir()):
        raise FileExistsError(
            f"{out} is not empty; name another folder,"
            f" or use --force to replace its {LOG_FOLDER} and {SONG_FOLDER}"
        )
    own = [out / LOG_FOLDER, out / SONG_FOLDER]
    for folder in own:
        # A link may lead to data that is not ours to remove.
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise NotADirectoryError(f"{folder} is not a folder of its own")
    for folder in own:
        if folder.exists():
            shutil.rmtree(folder)
    (out / JSONPATHS_FILE).write_bytes(jsonpaths().encode("ascii"))


def compressed(data: bytes) -> bytes:
    """Return the bytes compressed by gzip, with a header that holds neither time nor name."""
    buffer = io.BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=6, fileobj=buffer, mtime=0) as stream:
        stream.write(data)
    return buffer.getvalue()


class SongFeed:
    """Writes the song feed, one file after the other.

    Attributes:
        files: Number of files so far.
        bytes: Their size.
    """

    def __init__(self, out: Path, spec: SampleSpec) -> None:
        """Write below a folder; nothing is written yet."""
        self._root = out / SONG_FOLDER
        self._spec = spec
        self._folders: set[str] = set()
        self.files = 0
        self.bytes = 0

    def write(self, songs: Iterable[Song]) -> Iterator[Song]:
        """Write songs, and pass each on once it is written."""
        remaining = iter(songs)
        while chunk := list(islice(remaining, self._spec.songs_per_file)):
            self._write_file(chunk[0].track_id, "\n".join([song.record for song in chunk]))
            yield from chunk

    def _write_file(self, track_id: str, records: str) -> None:
        """Write a file named after its first track, in the folder that its letters tell."""
        folder = f"{self._root}/{track_id[2]}/{track_id[3]}/{track_id[4]}"
        if folder not in self._folders:
            self._folders.add(folder)
            Path(folder).mkdir(parents=True, exist_ok=True)
        data = records.encode("ascii") + b"\n"
        name = f"{track_id}.json"
        if self._spec.compress:
            data = compressed(data)
            name += ".gz"
        # A file is written by one call, so that a buffer would only be one more thing to make.
        with io.FileIO(f"{folder}/{name}", "x") as file:
            written = file.write(data)
        if written != len(data):  # a full disk, or a limit, may leave room for a part
            raise OSError(f"{folder}/{name}: only {written:,} of {len(data):,} bytes were written")
        self.files += 1
        self.bytes += len(data)


class LogFeed:
    """Collects the records of each day, and writes a day once no session can add to it.

    Attributes:
        files: Number of files so far.
        bytes: Their size.
        events: Number of records added, written or not.
    """

    def __init__(self, out: Path, spec: SampleSpec) -> None:
        """Write below a folder; nothing is written yet."""
        self._root = out / LOG_FOLDER
        self._spec = spec
        self._days: dict[int, tuple[list[int], list[str]]] = {}
        self.files = 0
        self.bytes = 0
        self.events = 0

    def add(self, day: int, times: list[int], lines: list[str]) -> None:
        """Add the events of a session that starts on a day; times count from its midnight."""
        self.events += len(lines)
        while times:
            if day not in self._days:
                self._days[day] = [], []
            day_times, day_lines = self._days[day]
            if times[-1] < MILLISECONDS_A_DAY:
                day_times += times
                day_lines += lines
                return
            before = bisect_left(times, MILLISECONDS_A_DAY)
            day_times += times[:before]
            day_lines += lines[:before]
            times = [time - MILLISECONDS_A_DAY for time in times[before:]]
            lines = lines[before:]
            day += 1

    def write_day(self, day: int) -> None:
        """Write the file of a day, in the order of time; a day without events has none."""
        times, lines = self._days.pop(day, ([], []))
        if not lines:
            return
        date = self._spec.day(day)
        folder = self._root / f"{date:%Y}" / f"{date:%m}"
        folder.mkdir(parents=True, exist_ok=True)
        # The times of a day fit in 30 bits, which sorts several times faster than ts would, and
        # the sort is stable: events at the same millisecond stay in the order of sessions.
        order = sorted(range(len(times)), key=times.__getitem__)
        chunks = (
            "".join(map(lines.__getitem__, order[first : first + _LINES_A_WRITE])).encode("ascii")
            for first in range(0, len(order), _LINES_A_WRITE)
        )
        self._write_file(folder / f"{date}-events.json", chunks)

    def _write_file(self, path: Path, chunks: Iterable[bytes]) -> None:
        """Write a file in pieces, compressed if the spec says so."""
        if self._spec.compress:
            path = path.with_name(f"{path.name}.gz")
        with path.open("xb") as file:
            if self._spec.compress:
                with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as stream:
                    stream.writelines(chunks)
            else:
                file.writelines(chunks)
            self.bytes += file.tell()
        self.files += 1
