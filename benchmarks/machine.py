"""Tells what machine the numbers are from, without naming it."""

import datetime as dt
import os
import platform
from pathlib import Path
from typing import Any

from sparkify_dwh import __version__


def describe() -> dict[str, Any]:
    """Return processor, cores, memory, system, Python, date and version of the library."""
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sparkify_dwh": __version__,
    }


def in_words(machine: dict[str, Any]) -> str:
    """Return the description in one line."""
    return (
        f"{machine['date']}, {machine['cores']} cores of {machine['processor']}, "
        f"{machine['memory_gb']} GB, {machine['system']}, Python {machine['python']}, "
        f"sparkify_dwh {machine['sparkify_dwh']}"
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
