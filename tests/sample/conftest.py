"""One generated sample, read back record by record, for all tests of this folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sparkify_dwh.sample import SampleSummary, generate

Record = dict[str, Any]


@dataclass(frozen=True)
class ReadBack:
    """A sample as it lies on the disk: lines by file, in the order of the files' names."""

    folder: Path
    summary: SampleSummary
    log_lines: dict[Path, list[str]]
    song_lines: dict[Path, list[str]]

    @property
    def events(self) -> list[Record]:
        return [json.loads(line) for lines in self.log_lines.values() for line in lines]

    @property
    def songs(self) -> list[Record]:
        return [json.loads(line) for lines in self.song_lines.values() for line in lines]


def lines_by_file(folder: Path) -> dict[Path, list[str]]:
    """Return the lines of every JSON file below a folder."""
    return {
        path: path.read_text(encoding="ascii").splitlines()
        for path in sorted(folder.rglob("*.json"))
    }


@pytest.fixture(scope="session")
def read_back(tmp_path_factory: pytest.TempPathFactory) -> ReadBack:
    """A sample of 24,000 events over 40 days."""
    folder = tmp_path_factory.mktemp("sample") / "new" / "folder"
    summary = generate(folder, events=24_000, songs=400, seed=5, days=40)
    return ReadBack(
        folder,
        summary,
        lines_by_file(folder / "log_data"),
        lines_by_file(folder / "song_data"),
    )


@pytest.fixture(scope="session")
def events(read_back: ReadBack) -> list[Record]:
    """The records of the log feed, in the order of files and lines."""
    return read_back.events


@pytest.fixture(scope="session")
def plays(events: list[Record]) -> list[Record]:
    """The records of the log feed that are plays."""
    return [event for event in events if event["page"] == "NextSong"]


@pytest.fixture(scope="session")
def songs(read_back: ReadBack) -> list[Record]:
    """The records of the song feed."""
    return read_back.songs


@pytest.fixture(scope="session")
def sessions(events: list[Record]) -> list[list[Record]]:
    """The events of each session, in the order of their time; the sessions by their id."""
    by_id: dict[int, list[Record]] = {}
    for event in events:
        by_id.setdefault(event["sessionId"], []).append(event)
    return [by_id[session_id] for session_id in sorted(by_id)]
