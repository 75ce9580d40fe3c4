"""The report in a real browser: it draws, asks for nothing, and answers to finger and pointer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sparkify_dwh.warehouse import Warehouse

for module, extra in (("altair", "report"), ("vl_convert", "report"), ("statsmodels", "trends")):
    pytest.importorskip(module, reason=f"needs {module}: pip install '.[{extra}]'")
playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install it")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="needs chromium: apt-get install chromium"
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHARTS = 16

#: Opens the report in a window of a kind; returns the page and what it complained of.
Open = Callable[..., "tuple[Page, list[str]]"]


@pytest.fixture(scope="module")
def report(sample_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from sparkify_dwh.report import write

    file = tmp_path_factory.mktemp("browser") / "report.html"
    write(sample_warehouse, file)
    return file


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def show(browser: Browser, report: Path) -> Iterator[Open]:
    contexts = []

    def opened(*, width: int = 1280, scheme: str = "light", **options: Any) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            # Far from UTC, so that a day that is drawn in the reader's zone is another one.
            timezone_id="America/Los_Angeles",
            **options,
        )
        contexts.append(context)
        page, complaints = context.new_page(), []
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.extend(_asked_for(request.url)))
        page.goto(report.as_uri())
        _drawn(page, scheme)
        return page, complaints

    yield opened
    for context in contexts:
        context.close()


def _asked_for(url: str) -> list[str]:
    return [] if url.startswith(("file:", "data:")) else [f"request: {url[:100]}"]


def _drawn(page: Page, scheme: str) -> None:
    page.wait_for_function("s => document.documentElement.dataset.drawn === s", arg=scheme)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 768, 390, 320])
def test_all_charts_are_drawn_without_a_complaint(show: Open, width: int, scheme: str) -> None:
    page, complaints = show(width=width, scheme=scheme)
    assert page.locator("[data-chart] svg").count() == CHARTS
    assert complaints == []


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_nothing_is_wider_than_the_window(show: Open, width: int) -> None:
    page, _ = show(width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    too_wide = page.evaluate(
        """() => [...document.querySelectorAll('[data-chart]')].filter((place) => {
            const svg = place.querySelector('svg').getBoundingClientRect();
            return svg.width > place.getBoundingClientRect().width + 1 || svg.height < 100;
        }).map((place) => place.dataset.chart)"""
    )
    assert too_wide == []


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_no_text_of_a_chart_covers_another(show: Open, width: int) -> None:
    page, _ = show(width=width)
    page.evaluate("document.fonts.ready")
    overlaps = page.evaluate(
        """() => [...document.querySelectorAll('[data-chart]')].flatMap((place) => {
            const texts = [...place.querySelectorAll('text')]
                .filter((text) => text.textContent && getComputedStyle(text).opacity !== '0')
                .map((text) => [text.textContent, text.getBoundingClientRect()])
                .filter(([, box]) => box.width && box.height);
            const found = [];
            for (let i = 0; i < texts.length; i++)
                for (let j = i + 1; j < texts.length; j++) {
                    const [one, a] = texts[i], [other, b] = texts[j];
                    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
                    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
                    if (wide > 1 && high > 4) found.push([place.dataset.chart, one, other]);
                }
            return found;
        })"""
    )
    assert overlaps == []


def test_filter_leaves_the_plays_of_a_level(show: Open) -> None:
    page, complaints = show()
    bars = page.locator("#plays .mark-rect.role-mark path")
    both = bars.count()
    page.get_by_label("Plays at level").select_option("paid")
    page.wait_for_function(
        "n => document.querySelectorAll('#plays .mark-rect.role-mark path').length < n", arg=both
    )
    assert 0 < bars.count() < both
    assert complaints == []


def test_filter_outlives_a_change_of_scheme(show: Open) -> None:
    page, _ = show()
    page.get_by_label("Plays at level").select_option("free")
    page.emulate_media(color_scheme="dark")
    _drawn(page, "dark")
    bars = page.locator("#plays .mark-rect.role-mark path").count()
    page.get_by_label("Plays at level").select_option("all")
    page.wait_for_function(
        "n => document.querySelectorAll('#plays .mark-rect.role-mark path').length > n", arg=bars
    )


def test_tooltip_tells_the_day_in_utc(show: Open) -> None:
    page, _ = show()
    page.locator("#plays .mark-rect.role-mark path").first.hover()
    tip = page.locator("#vg-tooltip-element.visible")
    tip.wait_for()
    assert "Thu 1 Nov 2018" in tip.inner_text()
    size = tip.locator("td.value").first.evaluate("cell => getComputedStyle(cell).fontSize")
    assert float(size.removesuffix("px")) < 16


def test_charts_follow_the_scheme(show: Open) -> None:
    page, complaints = show()

    def colours() -> list[str]:
        return page.evaluate(
            "[...document.querySelectorAll('#songs .mark-rect path')]"
            ".map((bar) => getComputedStyle(bar).fill)"
        )

    light = colours()
    page.emulate_media(color_scheme="dark")
    _drawn(page, "dark")
    assert light
    assert light != colours()
    assert page.locator("[data-chart] svg").count() == CHARTS
    assert complaints == []


def test_charts_follow_the_width(show: Open) -> None:
    page, complaints = show()
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_function(
        "[...document.querySelectorAll('[data-chart] svg')].every((svg) => svg.clientWidth < 390)"
    )
    assert complaints == []


def test_who_cannot_see_is_told(show: Open) -> None:
    page, _ = show()
    pictures = page.get_by_role("img")
    assert pictures.count() == CHARTS
    for index in range(CHARTS):
        assert len(pictures.nth(index).get_attribute("aria-label") or "") > 40
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.locator("html").get_attribute("lang") == "en"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the figures"


#: The README's pictures: width, height, scheme, pixels per point, where it is scrolled to.
PICTURES = {
    "report-light": (1200, 980, "light", 1, None),
    "report-dark": (1200, 980, "dark", 1, "outlook"),
    "report-phone": (390, 844, "light", 2, "plays"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_small(show: Open, name: str, tmp_path: Path) -> None:
    """REPORT_PICTURES=docs/images writes those of the README anew."""
    width, height, scheme, scale, anchor = PICTURES[name]
    page, _ = show(width=width, scheme=scheme, device_scale_factor=scale)
    page.set_viewport_size({"width": width, "height": height})
    page.add_style_tag(content="html { scroll-behavior: auto !important }")
    # The file lies elsewhere in each run.
    page.evaluate("document.querySelector('.url').textContent = 'duckdb:///sparkify.duckdb'")
    if anchor is not None:
        page.evaluate(
            "id => scrollTo(0, document.getElementById(id).getBoundingClientRect().top"
            " + scrollY - 12)",
            anchor,
        )
    if name == "report-phone":
        page.locator("#plays .mark-rect.role-mark path").nth(90).hover()
        page.locator("#vg-tooltip-element.visible").wait_for()
    folder = Path(os.environ.get("REPORT_PICTURES") or tmp_path)
    picture = folder / f"{name}.png"
    page.screenshot(path=picture)
    assert 20_000 < picture.stat().st_size < 200_000


def test_zero_on_an_axis_has_no_unit_of_the_others(show: Open) -> None:
    page, _ = show()
    texts = page.evaluate(
        "[...document.querySelectorAll('[data-chart] text')].map((text) => text.textContent)"
    )
    assert "0" in texts
    assert {"0k", "0M"}.isdisjoint(texts)


def test_tables_stand_in_without_a_script(show: Open, browser: Browser, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("noscript").is_visible()
    page.locator("#songs summary").click()
    assert page.locator("#songs table tbody tr").count() == 10
    context.close()
