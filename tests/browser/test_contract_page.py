"""The contract page as Chromium shows it: failures from all sides, hostile bodies as mere text."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from reports.publication import publish
from tests.unit.reports.sample_contract import OPERATIONS, clean_run, failing_run
from tests.unit.reports.sample_mutants import mutants_run

pytestmark = pytest.mark.timeout(120)

LEAST_CONTRAST = 4.5
OPENED = "document.querySelectorAll('details').forEach(one => one.open = true)"
# Words whose contrast (WCAG 2) with the grounds painted below them is under a limit. Grounds are
# laid over each other on a canvas, which knows every colour that CSS can name.
FAINT = """least => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const light = colours => {
    canvas.clearRect(0, 0, 1, 1);
    for (const one of colours) { canvas.fillStyle = one; canvas.fillRect(0, 0, 1, 1); }
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(one => one / 255)
      .map(one => one <= .04045 ? one / 12.92 : ((one + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const grounds = one => one
    ? [...grounds(one.parentElement), getComputedStyle(one).backgroundColor] : ['Canvas'];
  const found = [];
  for (const one of document.querySelectorAll('main *')) {
    const words = [...one.childNodes].filter(node => node.nodeType === Node.TEXT_NODE)
      .map(node => node.textContent.trim()).join('');
    if (!words || !one.checkVisibility()) continue;
    const below = grounds(one), ink = getComputedStyle(one).color;
    const [a, b] = [light([...below, ink]), light(below)].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < least)
      found.push(`${one.localName}.${one.className} ${words.slice(0, 40)}: ${(a + .05) /
        (b + .05)}`);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish a run with failures, one without, and one of mutants."""
    folder = tmp_path_factory.mktemp("site")
    publish(failing_run(), folder / "failing")
    publish(clean_run(), folder / "clean")
    publish(mutants_run(), folder / "mutants")
    return folder


@pytest.fixture(params=["failing", "clean", "mutants"])
def address(request: pytest.FixtureRequest, site: Path) -> str:
    """Return each page's address in turn."""
    return (site / str(request.param) / "index.html").as_uri()


@pytest.fixture
def failing(site: Path) -> str:
    """Return the address of the page with failures."""
    return (site / "failing" / "index.html").as_uri()


def opened(browser: Browser, address: str, **options: object) -> Page:
    page = browser.new_context(**options).new_page()  # type: ignore[arg-type] # passed on
    page.goto(address)
    return page


def test_the_page_is_quiet_and_asks_for_nothing(browser: Browser, address: str) -> None:
    said: list[str] = []
    asked: list[str] = []
    page = browser.new_context().new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address, wait_until="networkidle")
    page.evaluate(OPENED)
    page.wait_for_timeout(200)

    assert said == []
    assert [url for url in asked if url != address and not url.startswith("data:")] == []


def test_hostile_bodies_are_shown_as_text(browser: Browser, failing: str) -> None:
    page = opened(browser, failing)
    gateway = page.get_by_role("group", name="body of the gateway").first

    assert page.locator("script, img, [onerror], [onmouseover]").count() == 0
    assert "<script>alert(1)</script><img src=x onerror=alert(1)>\\x1b[31m\\x00" in (
        gateway.inner_text()
    )


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_body_never_scrolls_sideways(browser: Browser, address: str, width: int) -> None:
    page = opened(browser, address, viewport={"width": width, "height": 800})
    page.evaluate(OPENED)

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_words_stand_out_from_their_ground(browser: Browser, address: str, scheme: str) -> None:
    page = opened(browser, address, color_scheme=scheme)
    page.evaluate(OPENED)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    least = min(int(part) for part in ground.removeprefix("rgb(").removesuffix(")").split(","))

    assert (least < 128) == (scheme == "dark")
    assert page.evaluate(FAINT, LEAST_CONTRAST) == []


def test_the_page_reads_the_same_with_scripts_off(browser: Browser, failing: str) -> None:
    with_scripts = opened(browser, failing).locator("body").inner_text()

    without = opened(browser, failing, java_script_enabled=False)
    assert without.locator("body").inner_text() == with_scripts


def test_a_red_cell_leads_to_its_failure(browser: Browser, failing: str) -> None:
    page = opened(browser, failing)

    page.locator("table.matrix td.fail a").last.click()

    target = page.locator(":target")
    assert target.is_visible()
    assert "POST /goods" in target.locator("h3").inner_text()
    assert page.evaluate("document.querySelector(':target').getBoundingClientRect().top") < 720


def test_every_grey_cell_says_whether_it_applies_and_why_it_is_grey(
    browser: Browser, failing: str
) -> None:
    page = opened(browser, failing)

    assert page.locator("table.matrix td").count() == 5 * len(OPERATIONS)
    assert page.locator("table.matrix td.none").all_inner_texts() == [
        "\N{EN DASH} not applicable\nit has no twin",
        "not asked\nno request of it was generated",
    ]


def test_a_promise_that_does_not_apply_is_grey_and_the_last_with_its_reason(
    browser: Browser, failing: str
) -> None:
    page = opened(browser, failing)
    row = page.locator("#promises ~ .scroll tbody tr").last
    badge = row.locator(".verdict")
    soft = page.locator(".soft").first.evaluate("one => getComputedStyle(one).color")

    assert badge.inner_text() == "\N{EN DASH} not applicable"
    assert badge.evaluate("one => getComputedStyle(one).color") == soft
    assert "The stack file names no deadline_header." in row.inner_text()
    assert "1 not applicable" in page.locator("h1").inner_text()


@pytest.mark.parametrize("run", ["failing", "clean"])
def test_what_is_not_documented_and_never_came_is_a_dash(
    browser: Browser, site: Path, run: str
) -> None:
    cells = (
        opened(browser, (site / run / "index.html").as_uri())
        .locator("table.reach td.num")
        .all_inner_texts()
    )

    assert "\N{EN DASH}" in cells
    assert "None" not in cells


def test_the_two_answers_stand_side_by_side_and_what_differs_is_marked(
    browser: Browser, failing: str
) -> None:
    page = opened(browser, failing, viewport={"width": 1280, "height": 800})
    article = page.locator("article", has_text="the gateway answers 500, the twin 422")
    boxes = [one.bounding_box() for one in article.locator(".answer").all()]
    marked = article.locator(".answer h4 mark").all_inner_texts()

    assert None not in boxes
    left, right = [box for box in boxes if box]
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert [one.split()[0] for one in marked] == ["500", "422"]


def test_a_run_without_failures_shows_neither_failure_nor_red(browser: Browser, site: Path) -> None:
    page = opened(browser, (site / "clean" / "index.html").as_uri())

    assert page.locator("article, td.fail, #failures").count() == 0
    assert page.locator("table.matrix td.pass").count() == 5 * len(OPERATIONS)
    assert page.get_by_text("Nothing that the documents name was left out.").is_visible()
