"""What the fault tests share: the scene, and how to look at what is left of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .children import Steps
from .scene import MAX_ERRORS, Copy, Scene

Judge = Callable[[Copy], str]


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory, duckdb_template: Path) -> Scene:
    return Scene(tmp_path_factory.mktemp("scene"), duckdb_template)


@pytest.fixture(scope="session")
def steps(scene: Scene) -> list[str]:
    """The names of the steps of the load, in order."""
    names = Steps()
    scene.copy().load(max_errors=MAX_ERRORS, progress=names)
    return names.names


@pytest.fixture(scope="session")
def judge(scene: Scene) -> Judge:
    """Tell a warehouse before the load from one after it, and from one in between."""

    def judge(warehouse: Copy) -> str:
        content = warehouse.content()
        if content == scene.before:
            return "before"
        assert content == scene.after, "neither before nor after"
        return "after"

    return judge


@pytest.fixture(scope="session")
def converge(scene: Scene) -> Callable[[Copy], None]:
    """Load what is left to load, and hold the result against an undisturbed load."""

    def converge(warehouse: Copy) -> None:
        warehouse.load(max_errors=MAX_ERRORS)
        assert warehouse.content() == scene.after
        again = warehouse.load(max_errors=MAX_ERRORS)
        assert again.status == "nothing_to_do"

    return converge
