"""Too little memory: one clear line, nothing changed."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from .children import Child, limited_command_in
from .scene import Scene
from .test_disk import assert_all_or_nothing
from .test_signals import arguments

MB = 1_048_576


@pytest.mark.parametrize("limit", ["2MB", "30MB"])
def test_duckdb_may_not_use_more_memory(
    limit: str, scene: Scene, judge, converge, tmp_path: Path
) -> None:
    warehouse = scene.copy()
    options = arguments(warehouse)
    options[1] += f"?memory_limit={limit}"
    end = Child(tmp_path / "child", limited_command_in, options).end()
    assert judge(warehouse) == "before"
    assert_all_or_nothing(end, "before", why="Out of Memory Error")
    converge(warehouse)


@pytest.mark.slow
@pytest.mark.parametrize("more", [0, 40 * MB, 160 * MB, 1200 * MB])
def test_the_process_may_not_use_more_memory(
    more: int, scene: Scene, judge, converge, tmp_path: Path
) -> None:
    """So much address space more than it has at the beginning."""
    warehouse = scene.copy()
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    child = Child(
        tmp_path / "child",
        limited_command_in,
        arguments(warehouse),
        memory_bytes=pages * 4096 + more,
    )
    end = child.end()
    state = judge(warehouse)
    # DuckDB itself does not survive every allocation that fails; the warehouse does.
    if end.code not in (-signal.SIGSEGV, -signal.SIGABRT):
        assert_all_or_nothing(end, state)
    converge(warehouse)
