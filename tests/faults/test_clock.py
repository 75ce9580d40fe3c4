"""Neither the time zone nor a clock that jumps changes what a load comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from .children import Child, load_in, load_on_a_broken_clock_in
from .scene import MAX_ERRORS, Scene


@pytest.mark.parametrize("zone", ["America/St_Johns", "Pacific/Kiritimati", ":/absent"])
def test_time_zone_of_the_environment(zone: str, scene: Scene, tmp_path: Path) -> None:
    warehouse = scene.copy()
    child = Child(
        tmp_path / "child",
        load_in,
        warehouse.options(),
        environ={"TZ": zone},
        max_errors=MAX_ERRORS,
    )
    assert child.end().code == 0, child.end().err
    assert warehouse.content() == scene.after
    first, second = warehouse.runs()
    # The first run was told by this process, in another zone: both tell UTC.
    assert 0 <= (second["started_at"] - first["started_at"]).total_seconds() < 1800


@pytest.mark.parametrize("jumps", [[-86_400.0], [3600.0, -3600.0], [-2_000_000_000.0, 4e9]])
def test_the_clock_jumps(jumps: list[float], scene: Scene, tmp_path: Path) -> None:
    warehouse = scene.copy()
    child = Child(tmp_path / "child", load_on_a_broken_clock_in, warehouse.options(), jumps=jumps)
    assert child.end().code == 0, child.end().err
    assert warehouse.content() == scene.after
    assert warehouse.load(max_errors=MAX_ERRORS).status == "nothing_to_do"
