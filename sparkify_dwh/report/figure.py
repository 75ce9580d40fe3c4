"""What a page is made of: sections of figures, each a chart with its finding and its table."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """A table of finished texts; the columns after the first ``texts`` hold numbers."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    texts: int = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """One answer: in words, as a chart where that helps, and as a table for who cannot see it."""

    name: str  #: of the element in the page
    title: str
    finding: str  #: the answer in a sentence or two
    table: Table
    chart: dict[str, Any] | None = None  #: a Vega-Lite specification
    note: str = ""  #: what a reader has to know besides
    by_level: bool = False  #: whether the page's filter applies


@dataclass(frozen=True, slots=True)
class Section:
    """Figures that belong together."""

    name: str
    title: str
    figures: list[Figure]


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A number to begin with."""

    label: str
    value: str
    about: str
