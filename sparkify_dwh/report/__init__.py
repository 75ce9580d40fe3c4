"""The report: one page about the listening and the state of the data, to open offline.

>>> import sparkify_dwh as sdw
>>> from sparkify_dwh import report
>>> report.write(sdw.connect(), "report.html")  # doctest: +SKIP

Everything in it is answered by the queries of :mod:`sparkify_dwh.queries`. It needs extras:
``pip install 'sparkify-dwh[report]'``.
"""

from sparkify_dwh.report.run import Report, make, write

__all__ = ["Report", "make", "write"]
