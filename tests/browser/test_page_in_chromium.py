"""The pages as Chromium shows them: quiet, self-contained, readable on any screen, in any light."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request

from reports.publication import publish
from tests.browser.overlaps import OVERLAPS
from tests.unit.reports.sample_runs import e2e_run, hostile_load_run, load_run, target_run

pytestmark = pytest.mark.timeout(120)

PAGES = [
    "load/index.html",
    "hostile/index.html",
    "target/index.html",
    "e2e/index.html",
    "index.html",
]
LEAST_CONTRAST = 4.5
# How many panels the data of a page's charts over time ask for.
PANELS = """[...document.querySelectorAll('figure.time script')]
  .map(one => JSON.parse(one.textContent).panels.length).reduce((all, one) => all + one, 0)"""
SHOWN = """() => document.querySelector('figure.time').plots
  .map(plot => [plot.scales.x.min, plot.scales.x.max])"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish a sweep, one with hostile text in it, a target's run, and a contract run."""
    folder = tmp_path_factory.mktemp("site")
    publish(load_run(), folder / "load")
    publish(hostile_load_run(), folder / "hostile")
    publish(target_run(), folder / "target")
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
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.wait_for_timeout(200)

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
    page.wait_for_timeout(200)

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("figure.time .uplot").count() == page.evaluate(PANELS)


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

    assert page.locator("img, [onmouseover]").count() == 0
    assert page.locator("script:not([type='application/json'])").count() == 1
    assert page.get_by_text('fetch("http://evil.example/"').count() > 0


def test_a_printed_page_opens_what_is_folded(browser: Browser, site: Path) -> None:
    page = _opened(browser, (site / "load/index.html").as_uri())
    page.emulate_media(media="print")

    assert page.locator("details table").first.evaluate("one => one.checkVisibility()")
    assert page.locator("summary").first.is_hidden()


def _zoomable(browser: Browser, site: Path, **options: object) -> Page:
    page = _opened(browser, (site / "load/index.html").as_uri(), **options)
    page.locator("details.inside > summary").first.click()
    page.locator("figure.time.zooms").first.wait_for(timeout=5_000)
    return page


def test_dragging_zooms_into_every_panel_and_the_button_shows_all_again(
    browser: Browser, site: Path
) -> None:
    page = _zoomable(browser, site)
    whole = page.evaluate(SHOWN)
    plot = page.locator("figure.time .u-over").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2

    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, middle, steps=5)
    page.mouse.up()
    page.locator("figure.time button").first.wait_for(state="visible", timeout=5_000)
    zoomed = page.evaluate(SHOWN)
    page.locator("figure.time button").first.click()
    page.wait_for_timeout(100)

    assert len(whole) == 4
    for (low, high), (least, most) in zip(zoomed, whole, strict=True):
        span = most - least
        assert low == pytest.approx(least + 0.3 * span, abs=0.05 * span)
        assert high == pytest.approx(least + 0.6 * span, abs=0.05 * span)
    assert page.evaluate(SHOWN) == whole
    assert page.locator("figure.time button").first.is_hidden()


def test_without_scripts_the_still_chart_stays(browser: Browser, site: Path) -> None:
    with_scripts = _zoomable(browser, site)
    without = _opened(browser, (site / "load/index.html").as_uri(), java_script_enabled=False)
    without.locator("details.inside > summary").first.click()

    assert without.locator("figure.time > svg").first.is_visible()
    assert without.locator("figure.time .hint").first.is_hidden()
    assert with_scripts.locator("figure.time > svg").first.is_hidden()
    assert with_scripts.locator("figure.time canvas").first.is_visible()


def test_a_chart_to_zoom_into_follows_the_readers_light(browser: Browser, site: Path) -> None:
    page = _zoomable(browser, site, color_scheme="light")
    light = page.evaluate("document.querySelector('figure.time').plots[0].series[1].stroke()")
    drawn = page.evaluate("document.querySelector('figure.time canvas').toDataURL()")

    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(200)

    assert (
        page.evaluate("document.querySelector('figure.time').plots[0].series[1].stroke()") != light
    )
    assert page.evaluate("document.querySelector('figure.time canvas').toDataURL()") != drawn


def test_a_chart_to_zoom_into_fits_a_window_that_changes(browser: Browser, site: Path) -> None:
    page = _zoomable(browser, site, viewport={"width": 1_280, "height": 800})

    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_timeout(300)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("document.querySelector('figure.time').plots[0].width") < 360


@pytest.mark.parametrize("name", ["load", "target"])
def test_no_two_labels_of_a_picture_overlap(browser: Browser, site: Path, name: str) -> None:
    page = _opened(
        browser,
        (site / f"{name}/index.html").as_uri(),
        viewport={"width": 360, "height": 800},
        java_script_enabled=True,
    )
    page.add_style_tag(content=".zooms > svg { display: block !important; }")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")

    assert page.evaluate(OVERLAPS) == []


def _luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2) of `rgb(r, g, b)`."""
    red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", colour)[:3])

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
