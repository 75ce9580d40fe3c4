"""How many cores the tests have."""

from __future__ import annotations

import os

import pytest

#: Not asked of the library, which would skip all of them if it were wrong.
HAS_TWO_CORES = (
    len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
) > 1

needs_two_cores = pytest.mark.skipif(
    not HAS_TWO_CORES, reason="a second process is started where there is a second core"
)
