"""The pages as Chromium shows them: quiet, self-contained, readable on any screen, in any light."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

from reports.publication import publish
from tests.unit.reports.sample_runs import e2e_run, hostile_load_run, load_run

pytestmark = pytest.mark.timeout(120)

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
ARGUMENTS = [
    "--headless",
    "--no-sandbox",  # a container's root may not make one
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGES = ["load/index.html", "hostile/index.html", "e2e/index.html", "index.html"]
LEAST_CONTRAST = 4.5


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the Chromium of this machine, once."""
    if not CHROMIUM.exists():
        reason = f"no Chromium at {CHROMIUM}: install it, or name it in CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish a sweep, one with hostile text in it, and a contract run."""
    folder = tmp_path_factory.mktemp("site")
    publish(load_run(), folder / "load")
    publish(hostile_load_run(), folder / "hostile")
    publish(e2e_run(), folder / "e2e")
    return folder


@pytest.fixture(params=PAGES)
def address(request: pytest.FixtureRequest, site: Path) -> str:
    """Return each page's address in turn."""
    return (site / str(request.param)).as_uri()


def _opened(browser: Browser, address: str, **options: object) -> Page:
    page = browser.new_context(**options).new_page()  # type: ignore[arg-type]  # passed on
    page.goto(address)
    return page


def test_a_page_is_quiet_and_asks_for_nothing(browser: Browser, address: str) -> None:
    said: list[str] = []
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page = browser.new_context().new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", note)
    page.goto(address, wait_until="networkidle")

    assert said == []
    assert [url for url in asked if url != address and not url.startswith("data:")] == []


def test_a_page_reads_the_same_with_scripts_off(browser: Browser, address: str) -> None:
    without = _opened(browser, address, java_script_enabled=False)

    assert (
        without.locator("h1").inner_text() == _opened(browser, address).locator("h1").inner_text()
    )
    assert without.locator("table").first.is_visible()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_body_never_scrolls_sideways(browser: Browser, address: str, width: int) -> None:
    page = _opened(browser, address, viewport={"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Browser, address: str, scheme: str) -> None:
    page = _opened(browser, address, color_scheme=scheme)
    colours = page.evaluate(
        """() => {
          const seen = new Set(), ground = getComputedStyle(document.body).backgroundColor;
          for (const one of document.querySelectorAll('h1, p, td, th, a, span, svg text')) {
            const style = getComputedStyle(one);
            seen.add(one.closest('svg') ? style.fill : style.color);
          }
          return {ground, inks: [...seen]};
        }"""
    )
    ground = _luminance(colours["ground"])

    assert (ground < 0.1) == (scheme == "dark")
    for ink in colours["inks"]:
        light, dark = sorted([_luminance(ink), ground], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= LEAST_CONTRAST, ink


def test_a_picture_takes_its_colours_from_the_readers_light(browser: Browser, site: Path) -> None:
    address = (site / "load/index.html").as_uri()
    fills = [
        _opened(browser, address, color_scheme=scheme)
        .locator("svg .bar")
        .first.evaluate("one => getComputedStyle(one).fill")
        for scheme in ("light", "dark")
    ]

    assert fills[0] != fills[1]


def test_everything_to_scroll_or_open_is_reached_by_keyboard(browser: Browser, site: Path) -> None:
    page = _opened(browser, (site / "load/index.html").as_uri())

    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".scroll:not([tabindex='0'])").count() == 0
    assert page.locator("svg:not([role='img'])").count() == 0


def test_hostile_text_is_shown_as_text(browser: Browser, site: Path) -> None:
    page = _opened(browser, (site / "hostile/index.html").as_uri())

    assert page.locator("script, img, [onmouseover]").count() == 0
    assert page.get_by_text('fetch("http://evil.example/"').count() > 0


def test_a_printed_page_opens_what_is_folded(browser: Browser, site: Path) -> None:
    page = _opened(browser, (site / "load/index.html").as_uri())
    page.emulate_media(media="print")

    assert page.locator("details table").first.evaluate("one => one.checkVisibility()")
    assert page.locator("summary").first.is_hidden()


def _luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2) of `rgb(r, g, b)`."""
    red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", colour)[:3])

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
