"""The check: does the warehouse hold what it promises?

>>> from sparkify_dwh.check import check
>>> check().is_sound  # doctest: +SKIP
True
"""

from sparkify_dwh.check.report import CheckReport
from sparkify_dwh.check.run import check

__all__ = ["CheckReport", "check"]
