"""What the charts look like, in the light and in the dark.

The colours of lines and bars have a contrast of 3:1 at least to their ground, those of text
4.5:1 (WCAG 2.2, AA), and the two levels can be told apart without seeing red and green.
"""

from typing import Any

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"


#: Share of the way from weak to strong up to which text on a cell is that for weak ones.
TURNING_POINT = 0.6


def _theme(
    *,
    text: str,
    muted: str,
    grid: str,
    main: str,
    second: str,
    third: str,
    weak: str,
    strong: str,
    on_weak: str,
    on_strong: str,
) -> dict[str, Any]:
    """Return a Vega-Lite configuration."""
    return {
        "background": None,
        "font": _FONT,
        "view": {"stroke": None},
        "padding": {"left": 2, "right": 6, "top": 4, "bottom": 2},
        "axis": {
            "labelColor": muted,
            "titleColor": muted,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "gridColor": grid,
            "domainColor": grid,
            "tickColor": grid,
            "labelPadding": 6,
            "titlePadding": 8,
        },
        "legend": {
            "labelColor": text,
            "titleColor": muted,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "orient": "top",
            "direction": "horizontal",
            "symbolType": "square",
            "gradientLength": 120,
            "gradientThickness": 10,
        },
        "range": {
            "category": [main, second, third],
            "heatmap": [weak, strong],
            "ramp": [weak, strong],
            "ordinal": [weak, strong],
        },
        "bar": {"color": main},
        "line": {"color": main, "strokeWidth": 2},
        "rect": {"color": main},
        "rule": {"color": muted},
        "text": {"color": text, "fontSize": 12},
        "point": {"color": main, "filled": True},
        "style": {
            # Only `color` beats what is said above of a kind of mark; `fill` would not.
            "ranked": {"color": main, "cornerRadiusEnd": 3},
            "name": {"color": text, "fontSize": 13},
            "count": {"color": text, "fontSize": 13, "fontWeight": 600},
            "future": {"color": second, "strokeDash": [5, 3]},
            "band80": {"color": second, "opacity": 0.32},
            "band95": {"color": second, "opacity": 0.16},
            # Only there to be found by a pointer.
            "target": {"opacity": 0},
            "zero": {"color": muted},
            "on-weak": {"color": on_weak, "fontSize": 11},
            "on-strong": {"color": on_strong, "fontSize": 11},
        },
    }


LIGHT = _theme(
    text="#1c2128",
    muted="#57606a",
    grid="#dde2e8",
    main="#1f6fb5",
    second="#c2570c",
    third="#6b7280",
    weak="#e6f0f9",
    strong="#002b52",
    on_weak="#000000",
    on_strong="#ffffff",
)

DARK = _theme(
    text="#e8ebef",
    muted="#a5afbb",
    grid="#36404c",
    main="#6cb4f5",
    second="#ffb066",
    third="#9aa4b2",
    weak="#1f2b38",
    strong="#63b0f2",
    on_weak="#ffffff",
    on_strong="#000000",
)
