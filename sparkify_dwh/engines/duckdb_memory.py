"""How much memory DuckDB takes for a load; what does not fit, it spills.

Without a bound a load that does not keep its staging has all staged records in memory. What is
spilled mostly still lies in the system's page cache when it is read again.
"""

import os
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, text

from sparkify_dwh.settings import Settings

#: More makes a load slower: to be handed out a page takes the system longer than to use one again.
#: docs/performance.md has the measurement.
ENOUGH_BYTES = 536_870_912
#: What does not spill grows with the load: a byte for so many of its files.
_SOURCE_BYTES_PER_BYTE = 48
#: Staged records are held in memory if all of a load fits into so much.
IN_MEMORY_BYTES = 1_073_741_824
_MEBIBYTE = 1_048_576
#: How DuckDB says what its limit is: 1.0 GiB.
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")
#: Where Linux says what a container may take, in its two versions.
_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def memory_limit(settings: Settings, enough: int = ENOUGH_BYTES) -> str:
    """Return the limit as DuckDB takes it: the setting, or half of the machine up to ``enough``."""
    if settings.memory_limit is not None:
        return settings.memory_limit
    return f"{min(enough, _machine_bytes() // 2) // _MEBIBYTE} MiB"


def bound_memory(
    connection: Connection, settings: Settings, *, source_bytes: int, holds_staging: bool
) -> bool:
    """Bound what DuckDB takes for files of so many bytes, unless the database URL does.

    Args:
        connection: A connection outside a transaction.
        settings: They may have a limit.
        source_bytes: The bytes of the load's files.
        holds_staging: Whether the staged records are to be held in memory if that is enough.

    Returns:
        Whether memory holds the staged records.
    """
    if holds_staging:
        _set(connection, memory_limit(settings, IN_MEMORY_BYTES))
        # In memory they take 0.7 of what their JSON takes; the rest is for publishing them.
        if source_bytes < bounded_bytes(connection):
            return True
    enough = max(ENOUGH_BYTES, source_bytes // _SOURCE_BYTES_PER_BYTE)
    _set(connection, memory_limit(settings, enough))
    return False


def _set(connection: Connection, limit: str) -> None:
    if {"memory_limit", "max_memory"}.isdisjoint(connection.engine.url.query):
        with connection.begin():
            connection.execute(text(f"SET memory_limit = '{limit}'"))


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
