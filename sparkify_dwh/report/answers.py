"""Asks the warehouse: all answers of a report, as the rows of the library's queries."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from sparkify_dwh import queries
from sparkify_dwh.queries.plays import Moment, Period
from sparkify_dwh.queries.result import Result
from sparkify_dwh.trends.series import MAX_DAYS
from sparkify_dwh.warehouse import Warehouse

#: Days up to which a chart of days can be read; of a longer range it shows weeks.
_DAYS_SHOWN = 200
#: Weeks up to which a chart of weeks can be read; of a longer range it shows months.
_WEEKS_SHOWN = 30
#: Rows of the lists of what is played most.
MOST = 10


@dataclass(frozen=True, slots=True)
class Range:
    """The plays that the report is about: what was asked for, and what there is."""

    start: Moment | None
    end: Moment | None
    totals: Row[Any]  #: of the query of this name

    @property
    def first_play(self) -> dt.datetime | None:
        """When the first play began; None without plays."""
        moment: dt.datetime | None = self.totals.first_play
        return moment

    @property
    def last_play(self) -> dt.datetime | None:
        """When the last play began; None without plays."""
        moment: dt.datetime | None = self.totals.last_play
        return moment

    @property
    def days(self) -> int:
        """Days from the first play to the last, both counted."""
        if self.first_play is None or self.last_play is None:
            return 0
        return (self.last_play.date() - self.first_play.date()).days + 1

    @property
    def fine(self) -> Period:
        """The period of charts with many points."""
        return "day" if self.days <= _DAYS_SHOWN else "week"

    @property
    def coarse(self) -> Period:
        """The period of charts with few points."""
        return "week" if self.days <= 7 * _WEEKS_SHOWN else "month"


@dataclass(frozen=True, slots=True)
class Answers:
    """The rows of each query that the report is made of."""

    range: Range
    users: int
    sessions: int
    plays: int
    levels: Result  #: level_trend per fine period
    hours: dict[str, Result]  #: plays_by_weekday_and_hour by level, and of all
    sessions_trend: Result
    changes: Result
    retention: Result
    places: Result
    devices: Result
    browsers: Result
    songs: Result
    artists: Result
    missing: Result  #: top_tracks that the catalogue lacks
    unknown: Result
    coverage: Row[Any]
    reasons: Result  #: rejects_by_reason
    rejected_files: Result  #: rejects_by_file, the first ones


def ask_range(
    warehouse: Warehouse, *, start: Moment | None = None, end: Moment | None = None
) -> Range:
    """Ask which plays there are.

    Raises:
        DatabaseError: The database is out of reach or has no schema yet.
        ValueError: A moment is none.
    """
    [totals] = warehouse.queries.totals(start=start, end=end)
    return Range(start, end, totals)


def ask_days(warehouse: Warehouse, span: Range) -> Result:
    """Ask for plays_by_day of the last weeks, which the forecast is made from."""
    start = span.start
    if span.last_play is not None and span.days > MAX_DAYS:
        start = span.last_play.date() - dt.timedelta(days=MAX_DAYS)
    return warehouse.queries.plays_by_day(start=start, end=span.end)


def ask(warehouse: Warehouse, span: Range) -> Answers:
    """Ask for everything that the report shows of a range.

    Raises:
        DatabaseError: The database is out of reach.
    """
    within: dict[str, Any] = {"start": span.start, "end": span.end}
    question = warehouse.queries
    hours = {
        "all": question.plays_by_weekday_and_hour(**within),
        "free": question.plays_by_weekday_and_hour(level="free", **within),
        "paid": question.plays_by_weekday_and_hour(level="paid", **within),
    }
    agents = [row.user_agent for row in question.user_agents(**within)]
    return Answers(
        range=span,
        users=span.totals.users,
        sessions=span.totals.sessions,
        plays=span.totals.plays,
        levels=question.level_trend(period=span.fine, **within),
        hours=hours,
        sessions_trend=question.session_trend(period=span.coarse, **within),
        changes=question.level_changes(period=span.coarse, **within),
        retention=question.retention(period=span.coarse, **within),
        places=question.plays_by_place(n=MOST, **within),
        devices=warehouse.run(queries.plays_by_device(agents, **within)),
        browsers=warehouse.run(queries.plays_by_browser(agents, **within)),
        songs=question.top_songs(n=MOST, **within),
        artists=question.top_artists(n=MOST, **within),
        missing=question.top_tracks(n=MOST, known=False, **within),
        unknown=question.unknown_songs(period=span.coarse, **within),
        coverage=question.catalogue_coverage(**within)[0],
        reasons=question.rejects_by_reason(),
        rejected_files=question.rejects_by_file(n=MOST),
    )
