"""A tiny file is read in one call, and to its end if it is not as long as it was."""

from pathlib import Path

import pytest

from sparkify_dwh.staging.spool import _read


@pytest.mark.parametrize("listed", [0, 1, 9, 10, 11, 1000])
def test_whatever_size_was_listed_the_whole_file_is_read(listed: int, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"0123456789")
    assert _read(str(path), listed) == b"0123456789"


def test_large_file_that_was_tiny_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    content = bytes(range(256)) * 10_000
    path.write_bytes(content)
    assert _read(str(path), 256) == content
