"""The load: from the files of both feeds into the star, in one transaction.

>>> from sparkify_dwh.load import load
>>> result = load()  # doctest: +SKIP
>>> result.rows["songplays"]  # doctest: +SKIP
6820
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sparkify_dwh.load.result import LoadResult
    from sparkify_dwh.load.run import load

__all__ = ["LoadResult", "load"]


def __getattr__(name: str) -> Any:
    """Import what was asked for only now: ``--help`` need not wait for SQLAlchemy."""
    if name == "load":
        from sparkify_dwh.load.run import load

        return load
    if name == "LoadResult":
        from sparkify_dwh.load.result import LoadResult

        return LoadResult
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
