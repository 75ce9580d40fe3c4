"""An exception at any one statement, or at any COMMIT, leaves everything as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from .children import Child, statements_in
from .scene import MAX_ERRORS, Scene

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def statements_before_the_checkpoint(scene: Scene) -> int:
    """How many statements and COMMITs a load takes; CHECKPOINT follows the last COMMIT."""
    seen: list[str] = []
    listeners = {
        "before_cursor_execute": lambda _connection, _cursor, sql, *_: seen.append(sql),
        "commit": lambda _connection: seen.append("COMMIT"),
    }
    for name, listener in listeners.items():
        event.listen(Engine, name, listener)
    try:
        scene.copy().load(max_errors=MAX_ERRORS)
    finally:
        for name, listener in listeners.items():
            event.remove(Engine, name, listener)
    return seen.index("CHECKPOINT")


def test_exception_at_every_statement(scene: Scene, converge, tmp_path: Path) -> None:
    """The last COMMIT counts as a statement before it; what follows it is no part of the load."""
    last = statements_before_the_checkpoint(scene)
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
