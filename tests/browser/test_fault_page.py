"""The fault page as Chromium shows it: a matrix read at a glance, on any screen, in any light."""

import pytest
from playwright.sync_api import Browser, Page

from reports.judgement.fault_verdicts import INVARIANTS
from reports.publication import publish
from tests.browser.overlaps import OVERLAPS
from tests.unit.reports.sample_faults import faults_run

pytestmark = pytest.mark.timeout(120)

LEAST_CONTRAST = 4.5
# The contrast (WCAG 2) of every cell's sign with the ground that it is painted on.
CONTRASTS = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const light = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(one => one / 255)
      .map(one => one <= .04045 ? one / 12.92 : ((one + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  return [...document.querySelectorAll('td.cell')].map(one => {
    const style = getComputedStyle(one);
    const [a, b] = [light(style.color), light(style.backgroundColor)].sort((x, y) => y - x);
    return (a + .05) / (b + .05);
  });
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Publish a fault run and return its page's address."""
    return publish(faults_run(), tmp_path_factory.mktemp("site") / "faults").as_uri()


def opened(browser: Browser, address: str, **options: object) -> Page:
    page = browser.new_context(**options).new_page()  # type: ignore[arg-type] # passed on
    page.goto(address)
    return page


def test_the_page_is_quiet_and_asks_for_nothing(browser: Browser, address: str) -> None:
    said: list[str] = []
    asked: list[str] = []
    page = browser.new_context().new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address, wait_until="networkidle")

    assert said == []
    assert [url for url in asked if url != address and not url.startswith("data:")] == []


def test_each_engine_has_a_cell_for_every_fault_and_invariant(
    browser: Browser, address: str
) -> None:
    page = opened(browser, address)
    rows = page.locator("table.matrix tbody tr")

    assert page.locator("table.matrix").count() == 2
    assert rows.count() == len(faults_run().trials)
    assert page.locator("td.cell").count() == rows.count() * len(INVARIANTS)
    assert page.locator("td.cell.fail").count() == 4
    known = ":not(.pass):not(.fail):not(.unknown):not(.not-applicable)"
    assert page.locator(f"td.cell{known}").count() == 0


def test_every_cell_that_is_not_green_has_its_reason_on_the_page(
    browser: Browser, address: str
) -> None:
    page = opened(browser, address)
    reasons = page.locator("#reasons ~ .scroll td:last-child").all_inner_texts()

    assert "Never again 99 % while it was watched." in reasons
    assert any("RabbitMQ 3.10 knows no" in reason for reason in reasons)
    assert any("3 of 507" in reason for reason in reasons)


def test_a_fault_that_does_not_apply_is_a_grey_row_of_dashes_with_its_reason(
    browser: Browser, address: str
) -> None:
    page = opened(browser, address)
    row = page.locator("table.matrix tbody tr", has_text="transient-queues-forbidden").first
    void = page.locator("table.matrix tbody tr", has_text="link-black-holed").first
    cells, soft = row.locator("td.cell"), page.locator(".soft").first
    grey = soft.evaluate("one => getComputedStyle(one).color")
    why = page.locator("#reasons ~ .scroll tr", has_text="transient-queues-forbidden, processes")

    assert cells.locator("[aria-hidden]").all_inner_texts() == ["\N{EN DASH}"] * len(INVARIANTS)
    assert cells.locator(".aloud").all_inner_texts() == ["not applicable"] * len(INVARIANTS)
    assert cells.first.evaluate("one => getComputedStyle(one).color") == grey
    assert void.locator("td.cell").first.evaluate("one => getComputedStyle(one).color") != grey
    assert why.locator("td").first.inner_text() == "\N{EN DASH} not applicable"
    assert "RabbitMQ 3.10 knows no deprecated_features." in why.inner_text()


def test_a_fault_leads_to_its_timeline(browser: Browser, address: str) -> None:
    page = opened(browser, address)
    page.get_by_role("link", name="resolver-sigkill-last").first.click()
    target = page.locator(":target")

    assert target.locator("svg[role=img]").is_visible()
    assert "struck at 2.5 s" in target.locator("desc").inner_html()


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_body_never_scrolls_sideways(browser: Browser, address: str, width: int) -> None:
    page = opened(browser, address, viewport={"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_cells_sign_stands_out_from_its_ground(
    browser: Browser, address: str, scheme: str
) -> None:
    page = opened(browser, address, color_scheme=scheme)

    assert min(page.evaluate(CONTRASTS)) >= LEAST_CONTRAST


def test_no_two_labels_of_a_timeline_overlap(browser: Browser, address: str) -> None:
    page = opened(browser, address, viewport={"width": 360, "height": 800})

    assert page.evaluate(OVERLAPS) == []


def test_hostile_text_is_shown_as_text(browser: Browser, address: str) -> None:
    page = opened(browser, address)

    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 0
    assert page.get_by_text('fetch("http://evil.example/"').count() > 0
