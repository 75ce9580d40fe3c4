"""From source files to staged records, with a verdict on each file.

Two ways lead through here. :mod:`~sparkify_dwh.staging.bulk` lets DuckDB scan the files
in place; :mod:`~sparkify_dwh.staging.spool` writes local copies of those that it cannot
scan as they are: the tiny ones, joined, and those that only the exact reader can judge.
"""
