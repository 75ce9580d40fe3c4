"""A load that dies at a step, and its recovery that dies too, leave all or nothing."""

from __future__ import annotations

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .children import Accident, Child, Steps, command_in, load_in
from .scene import MAX_ERRORS, Copy, Scene

#: More of the time than a quiet machine needs.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

#: Two loads at a time: the machine that this was planned for has two cores.
AT_A_TIME = 2
RANDOM_KILLS = int(os.environ.get("RANDOM_KILLS", "100"))


class Deaths:
    """Counts the steps at which a first attempt has died, and those at which a recovery has."""

    ENOUGH = 12

    def __init__(self) -> None:
        self.of: dict[str, set[str]] = {"first": set(), "recovery": set()}

    def assert_enough(self) -> None:
        numbers = {attempt: len(names) for attempt, names in self.of.items()}
        assert min(numbers.values()) >= self.ENOUGH, numbers


def at_each(steps: list[str], visit) -> None:
    """Visit each step by its number, some at a time."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(visit, range(1, len(steps) + 1)))


def test_there_are_enough_steps_to_die_at(steps: list[str]) -> None:
    assert len(steps) >= Deaths.ENOUGH
    assert steps[-1] == "commit"


def test_sigkill_at_every_step_of_a_load_and_of_its_recovery(
    scene: Scene, steps: list[str], judge, converge, tmp_path: Path
) -> None:
    deaths = Deaths()

    def visit(number: int) -> None:
        warehouse = scene.copy()
        folder = tmp_path / str(number)
        name = steps[number - 1]
        for attempt in deaths.of:
            child = _load(folder, warehouse, die_at=number)
            assert child.end().is_by_kill, name
            assert judge(warehouse) == "before", (attempt, name)
            deaths.of[attempt].add(name)
        if number % 3 == 1:
            converge(warehouse)

    at_each(steps, visit)
    deaths.assert_enough()


def test_sigterm_at_every_step_of_a_load_and_of_its_recovery(
    scene: Scene, steps: list[str], judge, converge, tmp_path: Path
) -> None:
    """As the command: it ends cleanly; once the commit has begun, the load is completed.

    The recovery dies at every other step, which saves time.
    """
    warehouses: dict[int, Copy] = {}
    deaths = Deaths()

    def visit(number: int) -> None:
        warehouse = warehouses[number] = scene.copy()
        name = steps[number - 1]
        for attempt in ("first", "recovery") if number % 2 else ("first",):
            child = Child(
                tmp_path / f"{number}-{attempt}",
                command_in,
                warehouse.options(),
                die_at=number,
                max_errors=MAX_ERRORS,
            )
            end = child.end()
            assert child.spools == [], name
            if name == "commit":
                assert (end.code, end.err) == (0, "")
                assert judge(warehouse) == "after"
                return
            assert (end.code, end.err) == (1, "stopped by SIGTERM; nothing was changed\n"), name
            assert judge(warehouse) == "before", (attempt, name)
            deaths.of[attempt].add(name)

    at_each(steps, visit)
    deaths.assert_enough()
    for number in range(1, len(steps), 4):
        converge(warehouses[number])


def test_sigterm_of_a_program_that_does_not_catch_it(
    scene: Scene, steps: list[str], judge, converge, tmp_path: Path
) -> None:
    warehouse = scene.copy()
    for number in range(1, len(steps) + 1, 4):
        child = _load(tmp_path / "child", warehouse, die_at=number, by=signal.SIGTERM)
        assert child.end().code == -signal.SIGTERM
        assert judge(warehouse) == "before", steps[number - 1]
    converge(warehouse)


def test_exception_at_steps_of_a_load_and_of_its_recovery(
    scene: Scene, steps: list[str], judge, converge
) -> None:
    """At every other step; test_statements.py has an exception at each statement."""
    warehouse = scene.copy()
    deaths = Deaths()

    def raise_it() -> None:
        raise Accident

    for number, name in [*enumerate(steps, start=1)][::-2]:
        for attempt in deaths.of:
            with pytest.raises(Accident):
                warehouse.load(max_errors=MAX_ERRORS, progress=Steps(at=number, act=raise_it))
            assert judge(warehouse) == "before", (attempt, name)
            deaths.of[attempt].add(name)
    deaths.assert_enough()
    converge(warehouse)


def test_sigkill_at_random_instants(scene: Scene, judge, converge, tmp_path: Path) -> None:
    """Each killed load follows killed ones: only now and then one may come to its end."""
    seed = 20181101
    began = time.perf_counter()
    converge(scene.copy())
    longest = time.perf_counter() - began
    killed = [0] * AT_A_TIME

    def kill_many(chain: int) -> None:
        chance = random.Random(seed + chain)
        warehouse = scene.copy()
        while killed[chain] < RANDOM_KILLS / AT_A_TIME:
            child = _load(tmp_path / f"chain-{chain}", warehouse)
            time.sleep(chance.uniform(0, longest))
            child.kill()
            is_killed = child.end().is_by_kill
            killed[chain] += is_killed
            is_after = judge(warehouse) == "after"
            assert is_killed or is_after
            if is_after or chance.random() < 0.1:
                converge(warehouse)
                warehouse = scene.copy()
        converge(warehouse)

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(kill_many, range(AT_A_TIME)))
    assert sum(killed) >= RANDOM_KILLS


def test_sigkill_at_random_instants_of_the_very_first_load(scene: Scene, tmp_path: Path) -> None:
    chance = random.Random(19)
    warehouse = scene.copy(scene.empty)
    for _ in range(10):
        child = _load(tmp_path / "child", warehouse)
        time.sleep(chance.uniform(0, 0.6))
        child.kill()
        child.end()
        assert warehouse.content() in (scene.nothing, scene.after_all_at_once)
    warehouse.load(max_errors=MAX_ERRORS)
    assert warehouse.content() == scene.after_all_at_once


def _load(folder: Path, warehouse: Copy, **options) -> Child:
    return Child(folder, load_in, warehouse.options(), max_errors=MAX_ERRORS, **options)
