"""Schedules that failed once, or that one would think of first: each of them is a file.

They cost nothing to draw, and are no part of the number of schedules of test_properties.py. That
one adds a file when a schedule fails, made as small as Hypothesis could; it is to be renamed, and
to stay.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.load.warehouse import Warehouse
from tests.semantics.running import hold
from tests.semantics.schedules import Schedule

KEPT = Path(__file__).parent / "regressions"


pytestmark = pytest.mark.usefixtures("one_engine")


@pytest.mark.parametrize(
    "path", sorted(KEPT.glob("*.json")), ids=lambda path: path.stem.replace("_", " ")
)
def test_schedule_comes_to_the_star_of_a_single_load(emptied: Warehouse, path: Path) -> None:
    for _ in hold(emptied, [Schedule.read(path)]):
        pass
