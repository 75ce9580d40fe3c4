"""From source files to staged records, with a verdict on each file.

:mod:`~sparkify_dwh.staging.stage` goes through the new files batch by batch, and
:mod:`~sparkify_dwh.staging.ahead` makes each next batch ready meanwhile. (A command has found them
by then, and read a part of them: :mod:`~sparkify_dwh.staging.head_start`.) Two ways lead on from
there. :mod:`~sparkify_dwh.staging.bulk` lets DuckDB scan the files in place;
:mod:`~sparkify_dwh.staging.spool` writes local copies of those that it cannot scan as they are:
the tiny ones, joined, and those that only the exact reader can judge.
"""
