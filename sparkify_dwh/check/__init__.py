"""The check: does the warehouse hold what it promises?

>>> from sparkify_dwh.check import check
>>> check().is_sound  # doctest: +SKIP
True
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparkify_dwh.check.report import CheckReport
    from sparkify_dwh.check.run import check

__all__ = ["CheckReport", "check"]


def __getattr__(name: str) -> Any:
    """Import what was asked for only now: ``--help`` need not wait for SQLAlchemy."""
    if name == "check":
        from sparkify_dwh.check.run import check

        return check
    if name == "CheckReport":
        from sparkify_dwh.check.report import CheckReport

        return CheckReport
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
