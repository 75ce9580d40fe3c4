"""Tables for people: as text in a terminal, as HTML in a notebook."""

import datetime as dt
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import URL

#: Rows that are shown of a long table; the rest is counted.
ROWS_SHOWN = 50
#: Characters that are shown of a long text in a terminal.
_TEXT_SHOWN = 60

Rows = Sequence[Sequence[Any]]


#: Parts of a URL's query that may be shown; anything else might be a secret.
_PLAIN_QUERY = frozenset({"sslmode", "sslrootcert", "connect_timeout", "application_name"})


def shown_url(url: "URL") -> str:
    """Return a database URL without its password and without what may be one."""
    query = {name: value if name in _PLAIN_QUERY else "***" for name, value in url.query.items()}
    return url.set(query=query).render_as_string(hide_password=True)


def html_table(columns: Sequence[str], rows: Rows, *, caption: str | None = None) -> str:
    """Return a table as HTML, everything in it escaped, numbers aligned to the right."""
    head = "".join(f"<th>{escape(str(column))}</th>" for column in columns)
    body = "".join(f"<tr>{_html_cells(row)}</tr>" for row in rows[:ROWS_SHOWN])
    title = "" if caption is None else f"<caption>{escape(caption)}</caption>"
    more = f"<p>{_more(rows)}</p>" if len(rows) > ROWS_SHOWN else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def html_facts(facts: Mapping[str, Any], *, caption: str | None = None) -> str:
    """Return names and values as an HTML table of two columns."""
    body = "".join(
        f'<tr><th style="text-align: left">{escape(name)}</th>{_html_cells([value])}</tr>'
        for name, value in facts.items()
    )
    title = "" if caption is None else f"<caption>{escape(caption)}</caption>"
    return f"<table>{title}<tbody>{body}</tbody></table>"


def text_table(columns: Sequence[str], rows: Rows) -> str:
    """Return a table as text, numbers aligned to the right."""
    lines = [[_short(cell(value)) for value in row] for row in rows[:ROWS_SHOWN]]
    numeric = [
        all(row[index] is None or _is_number(row[index]) for row in rows[:ROWS_SHOWN])
        for index in range(len(columns))
    ]
    widths = [
        max(len(text) for text in (name, *(line[index] for line in lines)))
        for index, name in enumerate(columns)
    ]

    def aligned(texts: Sequence[str]) -> str:
        parts = zip(texts, widths, numeric, strict=True)
        return "  ".join(
            text.rjust(width) if right else text.ljust(width) for text, width, right in parts
        ).rstrip()

    table = [aligned(columns), aligned(["-" * width for width in widths]), *map(aligned, lines)]
    if len(rows) > ROWS_SHOWN:
        table.append(_more(rows))
    return "\n".join(table)


def cell(value: Any) -> str:
    """Return a value as people read it: whole numbers and ids in full, floats in four digits."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.1f}"
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="auto" if value.microsecond else "seconds")
    return str(value)


def _html_cells(row: Sequence[Any]) -> str:
    return "".join(
        f'<td style="text-align: {"right" if _is_number(value) else "left"}">'
        f"{escape(cell(value))}</td>"
        for value in row
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _short(text: str) -> str:
    # A line break would break the table.
    text = " ".join(text.split())
    return text if len(text) <= _TEXT_SHOWN else f"{text[: _TEXT_SHOWN - 1]}…"


def _more(rows: Rows) -> str:
    return f"… and {len(rows) - ROWS_SHOWN:,} more rows"
