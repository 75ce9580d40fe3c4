"""Makes the report: asks, draws, forecasts, checks, and writes the page."""

import datetime as dt
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sparkify_dwh.errors import SchemaNotAtHeadError, SparkifyError
from sparkify_dwh.queries.frames import require
from sparkify_dwh.queries.plays import Moment
from sparkify_dwh.trends.series import MEASURES, DailySeries, complete_until, series_of
from sparkify_dwh.trends.smoothing import LIBRARY as SMOOTHING

if TYPE_CHECKING:
    from sparkify_dwh.queries.result import Result
    from sparkify_dwh.report.answers import Answers
    from sparkify_dwh.report.figure import Section
    from sparkify_dwh.report.outlook import Outlook
    from sparkify_dwh.status import Status
    from sparkify_dwh.warehouse import Warehouse

#: Plays up to which the checks take a few seconds, and are run unless one asks not to.
_CHECKED = 1_000_000


@dataclass(frozen=True, slots=True)
class Report:
    """A finished page."""

    html: str
    plays: int  #: that it is about
    seconds: float  #: that it took

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return len(self.html.encode())


def make(
    warehouse: "Warehouse",
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    checks: bool | None = None,
) -> Report:
    """Make the report of a warehouse.

    Args:
        warehouse: Which one; it is only read.
        start: From which moment on plays are counted (UTC).
        end: Before which moment.
        checks: Whether to run all checks; by default where that takes seconds, not minutes.

    Raises:
        ConfigurationError: A library is not installed.
        DatabaseError: The database is out of reach or has no schema yet.
        ValueError: A moment is none.
    """
    began = time.perf_counter()
    for module in ("altair", "jinja2"):
        require(module, package=module, extra="report")
    converter = require("vl_convert", package="vl-convert-python", extra="report")
    require("statsmodels", package="statsmodels", extra="report")
    require("ua_parser", package="ua-parser", extra="report")
    status = warehouse.status()
    if not status.is_at_head:
        raise SchemaNotAtHeadError(found=status.revision, head=status.head)
    from sparkify_dwh.report import state
    from sparkify_dwh.report.answers import ask, ask_days, ask_range
    from sparkify_dwh.report.outlook import predict
    from sparkify_dwh.report.page import render

    with ThreadPoolExecutor(max_workers=1) as thread:
        # Each takes over a second of one core, while the database is asked.
        thread.submit(import_module, SMOOTHING)
        # An open connection keeps a DuckDB file open, and what was read of it in memory.
        with warehouse.engine.connect():
            span = ask_range(warehouse, start=start, end=end)
            outlook = thread.submit(predict, _series(ask_days(warehouse, span), status))
            library = thread.submit(converter.javascript_bundle)
            answers = ask(warehouse, span)
        # Not while that one is open: a check opens the file for itself, and for reading only.
        is_checked = status.rows["songplays"] <= _CHECKED if checks is None else checks
        found = warehouse.check(audit=False) if is_checked else None
        sections = _sections(answers, outlook.result()) if answers.plays else []
        sections.append(state.section(answers, status, found))
        html = render(
            answers,
            sections,
            database=warehouse.url,
            made_at=dt.datetime.now(dt.UTC),
            library=library.result(),
        )
    return Report(html, answers.plays, time.perf_counter() - began)


def write(
    warehouse: "Warehouse",
    out: str | os.PathLike[str] = "report.html",
    *,
    start: Moment | None = None,
    end: Moment | None = None,
    checks: bool | None = None,
) -> Report:
    """Make the report and write it to a file, whole or not at all; see :func:`make`.

    Raises:
        SparkifyError: As for :func:`make`, or the file cannot be written.
    """
    report = make(warehouse, start=start, end=end, checks=checks)
    target = Path(out)
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as file:
            partial = Path(file.name)
            file.write(report.html)
        # A temporary file is for its owner alone; the page is as readable as any new file.
        umask = os.umask(0)
        os.umask(umask)
        partial.chmod(0o666 & ~umask)
        partial.replace(target)
    except OSError as error:
        raise SparkifyError(
            f"{target} cannot be written: {error.strerror}", advice="Name another file by --out."
        ) from None
    return report


def _series(by_day: "Result", status: "Status") -> list[DailySeries]:
    until = complete_until(status)
    return [series_of(by_day, measure, complete_until=until) for measure in MEASURES]


def _sections(answers: "Answers", predicted: "Outlook") -> "list[Section]":
    from sparkify_dwh.report import catalogue, listeners, listening, outlook

    return [
        listening.section(answers),
        outlook.section(predicted),
        catalogue.section(answers),
        listeners.section(answers),
    ]
