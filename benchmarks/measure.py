"""Runs one command in a process of its own and tells what it took."""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_STARTER = Path(__file__).with_name("start_command.py")


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
    resident size that the kernel saw of any one of them. For the kernel a process begins with the
    peak of the one that starts it, so that the command is started by an interpreter which holds
    nothing, whatever this one holds.

    Raises:
        CommandFailed: It ended with an error; the message has the end of what it printed.
    """
    with tempfile.TemporaryDirectory() as place:
        report, output = Path(place, "report.json"), Path(place, "output")
        with output.open("wb") as written:
            started = subprocess.run(
                [sys.executable, "-I", "-S", _STARTER, report, *command],
                env=None if variables is None else dict(variables),
                cwd=folder,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
            )
        if started.returncode:
            text = output.read_text(errors="replace")[-3000:]
            raise CommandFailed(f"{' '.join(map(str, command))}\n{text}")
        return Cost(**json.loads(report.read_text()))


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
