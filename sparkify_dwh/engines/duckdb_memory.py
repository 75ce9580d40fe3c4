"""How much memory DuckDB takes for a load; what does not fit, it spills.

Without a bound a load that does not keep its staging has all staged records in memory. What is
spilled mostly still lies in the system's page cache when it is read again.
"""

import os
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, text

from sparkify_dwh.settings import Settings

#: More does not make a load faster; docs/performance.md has the measurement.
ENOUGH_BYTES = 1_073_741_824
_MEBIBYTE = 1_048_576
#: How DuckDB says what its limit is: 1.0 GiB.
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")
#: Where Linux says what a container may take, in its two versions.
_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def memory_limit(settings: Settings) -> str:
    """Return the limit as DuckDB takes it: the setting, or half of the machine up to a GiB."""
    if settings.memory_limit is not None:
        return settings.memory_limit
    return f"{min(ENOUGH_BYTES, _machine_bytes() // 2) // _MEBIBYTE} MiB"


def bound_memory(connection: Connection, settings: Settings) -> None:
    """Bound what DuckDB takes, unless the database URL does."""
    if {"memory_limit", "max_memory"}.isdisjoint(connection.engine.url.query):
        with connection.begin():
            connection.execute(text(f"SET memory_limit = '{memory_limit(settings)}'"))


def release_memory(connection: Connection) -> None:
    """Let the process that has loaded take what DuckDB takes by default."""
    if {"memory_limit", "max_memory"}.isdisjoint(connection.engine.url.query):
        with connection.begin():
            connection.execute(text("RESET memory_limit"))


def bounded_bytes(connection: Connection) -> int:
    """Return what DuckDB may take, in bytes."""
    with connection.begin():
        limit = connection.scalar(text("SELECT current_setting('memory_limit')"))
    number, unit = str(limit).split()
    return int(float(number) * 1024 ** _UNITS.index(unit))


def _machine_bytes() -> int:
    """Return what the machine has, or the container if that has less."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in _CGROUP_LIMITS:
        with suppress(OSError, ValueError):  # not there, or "max"
            found.append(int(Path(path).read_text(encoding="ascii")))
    return min(found)
