"""The page: one HTML file that holds style, script, charts and the library that draws them."""

import datetime as dt
import json
import re
from importlib.resources import files
from typing import Any

import jinja2

from sparkify_dwh.report import theme, wording
from sparkify_dwh.report.answers import Answers
from sparkify_dwh.report.figure import KeyFigure, Section


def render(
    answers: Answers,
    sections: list[Section],
    *,
    database: str,
    made_at: dt.datetime,
    library: str,
) -> str:
    """Return the page.

    Args:
        answers: What the key figures are taken from.
        sections: What follows them.
        database: URL of the warehouse, without a password.
        made_at: When the page was made.
        library: The JavaScript of Vega, Vega-Lite and Vega-Embed.
    """
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    charts = {
        figure.name: figure.chart
        for section in sections
        for figure in section.figures
        if figure.chart is not None
    }
    return environment.from_string(_part("page.html.jinja")).render(
        key_figures=key_figures(answers),
        sections=sections,
        database=database,
        made_at=wording.minute(made_at),
        span=_span(answers),
        has_plays=answers.plays > 0,
        style=_part("page.css"),
        script=_part("page.js"),
        library=_script(library),
        charts=_json(charts),
        themes=_json({"light": theme.LIGHT, "dark": theme.DARK}),
    )


def key_figures(answers: Answers) -> list[KeyFigure]:
    """Return the numbers that the page begins with."""
    span, coverage = answers.range, answers.coverage
    free = sum(row.free_plays for row in answers.levels)
    paid = sum(row.paid_plays for row in answers.levels)
    days = max(span.days, 1)
    active = [row.users for row in answers.levels]
    mean = sum(active) / len(active) if active else None
    return [
        KeyFigure(
            "plays", wording.number(answers.plays), f"{wording.number(answers.plays / days)} a day"
        ),
        KeyFigure(
            "users",
            wording.number(answers.users),
            f"{wording.decimal(mean)} active per {span.fine}",
        ),
        KeyFigure(
            "sessions",
            wording.number(answers.sessions),
            f"{wording.decimal(answers.plays / answers.sessions if answers.sessions else None)}"
            " plays each",
        ),
        KeyFigure(
            "paid",
            wording.percent(paid / (free + paid) if free + paid else None),
            "of the plays",
        ),
        KeyFigure("known songs", wording.percent(coverage.plays_share), "of the plays"),
        KeyFigure(
            "songs played",
            wording.number(coverage.songs_played),
            f"of {wording.number(coverage.songs)} songs",
        ),
    ]


def _span(answers: Answers) -> str:
    if answers.range.first_play is None or answers.range.last_play is None:
        return "no plays"
    first, last = answers.range.first_play.date(), answers.range.last_play.date()
    return f"{wording.day(first)} to {wording.day(last)}"


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _json(value: Any) -> str:
    """Return JSON that cannot end the element it stands in, whatever the data is named."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _script(text: str) -> str:
    """Return JavaScript that cannot end the element it stands in: tags stand in strings only."""
    return re.sub(r"<(?=/?script|!--)", r"\\x3c", text, flags=re.IGNORECASE)
