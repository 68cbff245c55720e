"""The page of a run of mutants as Chromium shows it: what the suite missed is seen at once."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from reports.publication import publish
from tests.unit.reports.sample_mutants import LADDER, mutants_run

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """Open the page, at a width and height that a laptop has."""
    folder = tmp_path_factory.mktemp("site") / "run"
    publish(mutants_run(), folder)
    opened = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    opened.goto((Path(folder) / "index.html").as_uri())
    return opened


def test_what_was_not_killed_is_named_with_its_sentence_on_the_first_screen(page: Page) -> None:
    named = page.get_by_role("list", name="Not killed").get_by_role("listitem")
    box = named.last.bounding_box()

    assert [one.split(":")[0] for one in named.all_inner_texts()] == [
        "random-7-3, survived",
        "random-7-4, timed out",
    ]
    assert "'acceptx' <b>" in named.first.inner_text()
    assert box is not None
    assert box["y"] + box["height"] < 800


def test_a_name_leads_to_its_row(page: Page) -> None:
    page.get_by_role("list", name="Not killed").get_by_role("link").last.click()

    assert "random-7-4" in page.locator(":target th").inner_text()


def test_a_method_that_cries_wolf_is_marked_and_its_cry_is_text(page: Page) -> None:
    rows = page.get_by_role("region", name="The ladder").locator("tbody tr")

    assert rows.count() == len(LADDER)
    assert ["false alarm" in one for one in rows.all_inner_texts()] == [True, False, False]
    assert page.locator("main script, main img").count() == 0


def test_where_there_is_no_figure_there_is_a_dash(page: Page) -> None:
    cells = page.locator("main td").all_inner_texts()

    assert "\N{EN DASH}" in cells
    assert "None" not in cells


def test_a_bar_is_as_long_as_the_share_that_was_killed(page: Page) -> None:
    bars = page.get_by_role("region", name="The ladder").locator(".bar")
    parts = bars.evaluate_all("all => all.map(one => one.style.getPropertyValue('--part'))")

    assert [float(one.rstrip("%")) / 100 for one in parts] == [one.share for one in LADDER]
