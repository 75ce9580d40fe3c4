"""The data that is measured on: the project's own samples, in named sizes."""

import json
import shutil
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sparkify_dwh.sample import generate

FIRST_DAY = date(2018, 11, 1)
#: How many events one more day has.
DAY_EVENTS = 22_000


@dataclass(frozen=True, slots=True)
class Size:
    """A sample: so many events, and so many songs, ``songs_per_file`` to a file."""

    name: str
    events: int
    songs: int
    songs_per_file: int = 1
    days: int | None = None
    start: date = FIRST_DAY

    @property
    def folder_name(self) -> str:
        """The name of the sample's folder; it tells all that the sample depends on."""
        days = "" if self.days is None else f"-{self.days}d"
        per_file = "" if self.songs_per_file == 1 else f"-{self.songs_per_file}to1"
        return f"{self.events}e-{self.songs}s{per_file}{days}-{self.start:%Y%m%d}"


SIZES = {
    size.name: size
    for size in (
        Size("XS", 2_000, 50),
        Size("S", 100_000, 1_000),
        Size("M", 2_000_000, 15_000),
        Size("L", 10_000_000, 50_000),
        Size("XL", 50_000_000, 100_000),
    )
}


@dataclass(frozen=True, slots=True)
class Data:
    """Where a sample lies, and what is in it."""

    folder: Path
    summary: dict[str, int]

    @property
    def log_data(self) -> Path:
        """The folder of the log feed."""
        return self.folder / "log_data"

    @property
    def song_data(self) -> Path:
        """The folder of the song feed."""
        return self.folder / "song_data"

    def warm(self) -> None:
        """Read all files once, so that the first one measured does not pay for the disk."""
        for path in sorted(self.folder.rglob("*.json")):
            with path.open("rb") as file:
                while file.read(1 << 20):
                    pass


def prepare(size: Size, cache: Path) -> Data:
    """Return the sample of a size, generated if the cache does not have it."""
    folder = cache / "data" / size.folder_name
    summary_path = folder / "summary.json"
    if not summary_path.exists():
        print(f"generating {size.events:,} events and {size.songs:,} songs", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        summary = generate(
            folder / "sample",
            events=size.events,
            songs=size.songs,
            songs_per_file=size.songs_per_file,
            days=size.days,
            start=size.start,
        )
        # Written last: a sample without its summary broke off, and is generated anew.
        summary_path.write_text(
            json.dumps(
                {
                    name: getattr(summary, name)
                    for name in ("files", "log_files", "song_files", "events", "plays", "bytes")
                }
            )
        )
    return Data(folder / "sample", json.loads(summary_path.read_text()))


def next_day(size: Size, data: Data) -> Size:
    """Return the day after the last one of a sample, with the same catalogue."""
    last = max(path.name[:10] for path in data.log_data.rglob("*-events.json"))
    return Size(
        f"{size.name}+1",
        DAY_EVENTS,
        size.songs,
        songs_per_file=size.songs_per_file,
        days=1,
        start=date.fromisoformat(last) + timedelta(days=1),
    )
