"""Questions to the warehouse: named functions, each of which returns a ``Select``.

>>> from sparkify_dwh import queries
>>> query = queries.top_songs(n=3, start="2018-11-05", end="2018-11-12", level="paid")
>>> text = queries.sql(query, "redshift")

A ``Select`` is run by ``wh.run(query)``, and it is a value that other queries are made of
(``query.subquery()``). ``wh.queries.top_songs(n=3)`` makes one and runs it.

These parameters mean the same everywhere, and all of them may be left out:

* ``start``, ``end``: the plays from ``start`` on and before ``end``, in UTC; a datetime, a
  date, or either as ISO 8601 text. Both engines skip the data outside of the range.
* ``level``: the plays at this level, ``free`` or ``paid``.
* ``place``: the plays from this metropolitan area, or from any of several.
* ``period``: ``day``, ``week`` (from Monday on) or ``month``.
* ``n``: this many rows, None for all.

The questions about loads take ``feed``, ``log`` or ``song``, in place of the first four.

A range of time bounds what a question costs. Shares are fractions of 1.
"""

from sparkify_dwh.queries.cohorts import retention
from sparkify_dwh.queries.coverage import catalogue_coverage, unknown_songs
from sparkify_dwh.queries.levels import (
    conversions,
    downgrades,
    level_changes,
    level_history,
    level_trend,
    plays_by_level,
)
from sparkify_dwh.queries.listeners import (
    plays_by_browser,
    plays_by_device,
    plays_by_place,
    user_agents,
)
from sparkify_dwh.queries.listening import session_gaps, session_trend, sessions, totals
from sparkify_dwh.queries.loading import load_history, rejects_by_file, rejects_by_reason
from sparkify_dwh.queries.registry import Column, QueryInfo, all_queries
from sparkify_dwh.queries.rendering import sql
from sparkify_dwh.queries.result import Result
from sparkify_dwh.queries.top import top_artists, top_songs, top_tracks, top_users
from sparkify_dwh.queries.when import (
    active_users,
    plays_by_day,
    plays_by_hour,
    plays_by_week,
    plays_by_weekday,
    plays_by_weekday_and_hour,
)

__all__ = [
    "Column",
    "QueryInfo",
    "Result",
    "active_users",
    "all_queries",
    "catalogue_coverage",
    "conversions",
    "downgrades",
    "level_changes",
    "level_history",
    "level_trend",
    "load_history",
    "plays_by_browser",
    "plays_by_day",
    "plays_by_device",
    "plays_by_hour",
    "plays_by_level",
    "plays_by_place",
    "plays_by_week",
    "plays_by_weekday",
    "plays_by_weekday_and_hour",
    "rejects_by_file",
    "rejects_by_reason",
    "retention",
    "session_gaps",
    "session_trend",
    "sessions",
    "sql",
    "top_artists",
    "top_songs",
    "top_tracks",
    "top_users",
    "totals",
    "unknown_songs",
    "user_agents",
]
