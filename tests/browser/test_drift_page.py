"""The page of documents that differ, as Chromium shows it: at any width, in any light."""

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page

from reports.page.drift_page import drift_page
from tests.unit.reports.sample_drift import NOTE, SHARED, drift_report

pytestmark = pytest.mark.timeout(120)
LONG = "a_very_long_name_of_a_field_without_any_place_to_break_" * 4
COLOURS = """() => [...document.querySelectorAll('article.drift')].map(
  one => getComputedStyle(one).borderLeftColor)"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give a page of differences of two levels, with names that are long."""
    long = replace(SHARED, title=f"Item /{LONG}", level="warning", effects=("promises too little",))
    report = drift_report(differences=(SHARED, long, NOTE), unread=(LONG,), gateway=f"{LONG}.yaml")
    file = tmp_path_factory.mktemp("drift") / "drift.html"
    file.write_text(drift_page(report), encoding="utf-8")
    return file.as_uri()


def _opened(browser: Browser, address: str, **options: object) -> Page:
    page = browser.new_context(**options).new_page()  # type: ignore[arg-type]  # passed on
    page.goto(address)
    return page


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_body_never_scrolls_sideways(browser: Browser, address: str, width: int) -> None:
    page = _opened(browser, address, viewport={"width": width, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_level_has_a_colour_of_its_own(browser: Browser, address: str, scheme: str) -> None:
    colours = _opened(browser, address, color_scheme=scheme).evaluate(COLOURS)

    assert len(colours) == len(set(colours)) == 3


def test_each_difference_is_reached_from_the_top(browser: Browser, address: str) -> None:
    page = _opened(browser, address)
    page.click("ol.doubts li:nth-child(2) a")

    assert page.evaluate("document.querySelector('article:target').id") == "difference-2"
