"""Where people listen, and on what."""

from collections.abc import Sequence
from typing import Any

from sparkify_dwh.report import charts, wording
from sparkify_dwh.report.answers import MOST, Answers
from sparkify_dwh.report.figure import Figure, Table


def figures(answers: Answers) -> list[Figure]:
    """Return the figures about places, devices and browsers."""
    return [_places(answers), _devices(answers), _browsers(answers)]


def _places(answers: Answers) -> Figure:
    rows = list(answers.places)
    together = wording.percent(sum(row.share for row in rows))
    finding = (
        f"{wording.text(rows[0].place)} leads with {wording.percent(rows[0].share)} of the plays; "
        f"these {len(rows)} areas have {together}."
    )
    named = [(wording.text(row.place), row) for row in rows]
    return _shares("places", "Where people listen", finding, named, what="metropolitan area")


def _devices(answers: Answers) -> Figure:
    named = [(_device(row), row) for row in answers.devices]
    finding = f"{named[0][0]} leads with {wording.percent(named[0][1].share)} of the plays."
    return _shares("devices", "On what people listen", finding, named, what="device and system")


def _browsers(answers: Answers) -> Figure:
    named = [(_known(row.browser), row) for row in answers.browsers]
    finding = f"{named[0][0]} leads with {wording.percent(named[0][1].share)} of the plays."
    return _shares("browsers", "Browsers", finding, named, what="browser")


def _device(row: Any) -> str:
    if row.device is None or row.system is None or row.device == row.system:
        return _known(row.device or row.system)
    return f"{row.device} · {row.system}"


def _known(name: str | None) -> str:
    return "not known" if name is None else name


def _shares(
    name: str, title: str, finding: str, named: Sequence[tuple[str, Any]], *, what: str
) -> Figure:
    """Return a ranking by plays; the table has their share of all plays, too."""
    shown = named[:MOST]
    points = [
        {"rank": rank, "name": label, "plays": row.plays, "users": row.users}
        for rank, (label, row) in enumerate(shown, start=1)
    ]
    return Figure(
        name,
        title,
        finding,
        Table(
            (what, "plays", "users", "share"),
            [
                (
                    label,
                    wording.number(row.plays),
                    wording.number(row.users),
                    wording.percent(row.share),
                )
                for label, row in shown
            ],
        ),
        charts.ranking(points, unit="plays", description=f"{title}. {finding}"),
    )
