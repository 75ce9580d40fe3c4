"""Colours: readable by the numbers of WCAG, in the light and in the dark."""

import re
from pathlib import Path

import pytest

import sparkify_dwh.report.theme as themes
from sparkify_dwh.report.theme import DARK, LIGHT, TURNING_POINT

STYLE = (Path(themes.__file__).parent / "page.css").read_text(encoding="utf-8")
GROUNDS = dict(zip(("light", "dark"), re.findall(r"--card: (#\w{6})", STYLE), strict=True))


def channels(colour: str) -> list[float]:
    return [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]


def luminance(rgb: list[float]) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: list[float], other: list[float]) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("name", "theme"), [("light", LIGHT), ("dark", DARK)])
def test_text_and_marks_stand_out_from_their_ground(name: str, theme: dict) -> None:
    ground = channels(GROUNDS[name])
    for text in (theme["axis"]["labelColor"], theme["axis"]["titleColor"], theme["text"]["color"]):
        assert contrast(channels(text), ground) >= 4.5
    for mark in theme["range"]["category"]:
        assert contrast(channels(mark), ground) >= 3


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_numbers_on_cells_can_be_read_at_every_share(theme: dict) -> None:
    weak, strong = map(channels, theme["range"]["heatmap"])
    for step in range(101):
        share = step / 100
        style = "on-weak" if share <= TURNING_POINT else "on-strong"
        cell = [w + (s - w) * share for w, s in zip(weak, strong, strict=True)]
        assert contrast(cell, channels(theme["style"][style]["color"])) >= 4.4


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_of_the_page_stands_out(scheme: str) -> None:
    index = ("light", "dark").index(scheme)

    def colour(name: str) -> list[float]:
        return channels(re.findall(rf"--{name}: (#\w{{6}})", STYLE)[index])

    for ground in ("page", "card"):
        for text in ("text", "muted", "link"):
            assert contrast(colour(text), colour(ground)) >= 4.5
