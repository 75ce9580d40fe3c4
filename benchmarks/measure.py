"""Runs one command in a process of its own and tells what it took."""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


class CommandFailed(Exception):
    """A measured command ended with an error."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took: seconds of wall and of CPU time, and megabytes at its peak."""

    wall: float
    cpu: float
    peak_mb: float


def run(
    command: Sequence[str | Path],
    *,
    variables: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Cost:
    """Run a command to its end.

    The CPU time is that of the process and of all that it waited for; the peak is the highest
    resident size that the kernel saw of any one of them.

    Raises:
        CommandFailed: It ended with an error; the message has the end of what it printed.
    """
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in command],
            env=None if variables is None else dict(variables),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            text = output.read().decode(errors="replace")[-3000:]
            raise CommandFailed(f"{' '.join(map(str, command))}\n{text}")
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if os.uname().sysname == "Darwin" else 1024
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6)


@dataclass(frozen=True, slots=True)
class Summary:
    """The medians of several runs."""

    runs: int
    wall: float
    cpu: float
    peak_mb: float
    wall_least: float
    wall_most: float

    def as_json(self) -> dict[str, float]:
        """Return the summary as a JSON object."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def summarise(costs: Sequence[Cost]) -> Summary:
    """Return the medians of the runs."""
    return Summary(
        runs=len(costs),
        wall=statistics.median(cost.wall for cost in costs),
        cpu=statistics.median(cost.cpu for cost in costs),
        peak_mb=statistics.median(cost.peak_mb for cost in costs),
        wall_least=min(cost.wall for cost in costs),
        wall_most=max(cost.wall for cost in costs),
    )


def paired_ratio(costs: Sequence[Cost], yardstick: Sequence[Cost], what: str = "wall") -> float:
    """Return the median of the ratios of runs that stood next to each other.

    On a machine that is shared, what both of a pair suffered cancels out.
    """
    return statistics.median(
        getattr(cost, what) / getattr(other, what)
        for cost, other in zip(costs, yardstick, strict=False)
    )
