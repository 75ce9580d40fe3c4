"""The load: from the files of both feeds into the star, in one transaction.

>>> from sparkify_dwh.load import load
>>> result = load()  # doctest: +SKIP
>>> result.rows["songplays"]  # doctest: +SKIP
6820
"""

from sparkify_dwh.load.result import LoadResult
from sparkify_dwh.load.run import load

__all__ = ["LoadResult", "load"]
