"""Snapshots: texts that a change must not alter unseen, as files beside the tests."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"
#: Set it to write the files anew; then read the difference before you commit it.
UPDATE = "UPDATE_SNAPSHOTS"


def assert_matches_snapshot(name: str, text: str) -> None:
    """Compare the text with the file of this name, or write it when UPDATE is set."""
    path = FOLDER / name
    text = "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"
    if os.environ.get(UPDATE):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"no snapshot {name}; set {UPDATE}=1 to write it"
    assert text == path.read_text(encoding="utf-8"), (
        f"{name} has changed; if it should have, set {UPDATE}=1 and read the difference"
    )
