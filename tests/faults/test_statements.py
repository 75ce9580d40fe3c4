"""An exception at any one statement, or at any COMMIT, leaves everything as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from .children import Child, Countdown, statements_in
from .scene import MAX_ERRORS, Scene

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def statements_of_a_load(scene: Scene) -> int:
    counter = Countdown()
    for name in ("before_cursor_execute", "commit"):
        event.listen(Engine, name, counter)
    try:
        scene.copy().load(max_errors=MAX_ERRORS)
    finally:
        for name in ("before_cursor_execute", "commit"):
            event.remove(Engine, name, counter)
    return counter.calls


def test_exception_at_every_statement(scene: Scene, converge, tmp_path: Path) -> None:
    """The last COMMIT counts as a statement before it; what follows it is no part of the load."""
    # CHECKPOINT, the ends of the memory limit and of disorder, each with its COMMIT.
    after_commit = 6
    last = statements_of_a_load(scene) - after_commit
    assert last > 60
    warehouses = [scene.copy(), scene.copy()]
    children = [
        Child(
            tmp_path / str(share),
            statements_in,
            [(warehouse, [*range(1 + share, last + 1, len(warehouses))])],
            scene.before,
            max_errors=MAX_ERRORS,
        )
        for share, warehouse in enumerate(warehouses)
    ]
    for child in children:
        end = child.end(patience=240)
        assert end.code == 0, end.err
    for warehouse in warehouses:
        converge(warehouse)
