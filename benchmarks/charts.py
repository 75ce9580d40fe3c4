"""Charts as SVG text: nothing to install, readable on a light and on a dark page."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

_WIDTH = 760
_ROW = 30
#: As wide as the longest name of a point in a line chart.
_NAME_WIDTH = 90
_STYLE = (
    "<style>text{font:13px system-ui,sans-serif;fill:#1f2328}.bar{fill:#8c959f}"
    ".ours{fill:#1a7f37}.line{fill:none;stroke:#1a7f37;stroke-width:2}.axis{stroke:#8c959f}"
    "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#6e7681}"
    ".ours{fill:#3fb950}.line{stroke:#3fb950}}</style>"
)


def bars(title: str, values: Sequence[tuple[str, float]]) -> str:
    """Return a bar chart; bars that would be off the chart are cut, and their number told."""
    left, right = 300, 70
    space = _WIDTH - left - right
    # One peer that is a hundred times slower would make all the others look alike.
    most = min(max((value for _, value in values), default=1.0), 12.0)
    height = 44 + _ROW * len(values)
    parts = [_head(title, height)]
    for row, (name, value) in enumerate(values):
        y = 40 + row * _ROW
        width = max(1.0, space * min(value, most) / most)
        kind = "ours" if name.startswith("sparkify") else "bar"
        more = " →" if value > most else ""
        parts += [
            f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>',
            f'<rect class="{kind}" x="{left}" y="{y}" width="{width:.1f}" height="20" rx="2"/>',
            f'<text x="{left + width + 6:.1f}" y="{y + 14}">{value:.2f}{more}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def lines(title: str, points: Sequence[tuple[float, float]]) -> str:
    """Return a line chart of seconds over a number, both axes from zero.

    Every point is drawn; those are named that leave room for the names of the points before.
    """
    left, top, bottom, height = 60, 44, 40, 280
    most_x = max((x for x, _ in points), default=1.0) or 1.0
    most_y = max((y for _, y in points), default=1.0) or 1.0
    most_y *= 1.15
    span_x, span_y = _WIDTH - left - 40, height - top - bottom

    def place(x: float, y: float) -> tuple[float, float]:
        return left + span_x * x / most_x, height - bottom - span_y * y / most_y

    drawn = [place(x, y) for x, y in points]
    floor = height - bottom
    parts = [
        _head(title, height),
        f'<line class="axis" x1="{left}" y1="{floor}" x2="{left + span_x}" y2="{floor}"/>',
        f'<line class="axis" x1="{left}" y1="{top}" x2="{left}" y2="{floor}"/>',
        f'<polyline class="line" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)}"/>',
    ]
    named = float("-inf")
    for (x, y), (number, seconds) in zip(drawn, points, strict=True):
        parts.append(f'<circle class="ours" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
        if x - named < _NAME_WIDTH:
            continue
        named = x
        parts += [
            f'<text x="{x:.1f}" y="{y - 10:.1f}" text-anchor="middle">{seconds:.2f} s</text>',
            f'<text x="{x:.1f}" y="{floor + 20}" text-anchor="middle">{_short(number)}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def _head(title: str, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">'
        f"<title>{escape(title)}</title>{_STYLE}"
        f'<text x="8" y="22" font-weight="600">{escape(title)}</text>'
    )


def _short(number: float) -> str:
    if number >= 1e6:
        return f"{number / 1e6:.1f} million"
    return f"{number:,.0f}"
