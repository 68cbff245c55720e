"""Comparisons and histories as Chromium shows them: coloured by what came out, in any light."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page

from reports.judgement import reference_run
from reports.publication import publish, publish_comparison
from reports.record.record import LoadRun, Repetition
from tests.browser.overlaps import OVERLAPS
from tests.unit.reports.sample_runs import load_run

pytestmark = pytest.mark.timeout(120)

LEAST_CONTRAST = 4.5
PAGES = ["comparisons/before--after/index.html", "comparisons/before--few/index.html", "index.html"]
# What the words of a plot's rows say, and whether they, the dot and the bar beside them are in the
# colour that the style sheet has for it.
ROWS = """() => {
  const probe = document.body.appendChild(document.createElement('i'));
  const meant = name => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const inks = {worse: meant('--fail'), better: meant('--pass'), inconclusive: meant('--unknown'),
    unknown: meant('--unknown'), same: meant('--soft')};
  return [...document.querySelectorAll('svg text.word')].map(word => {
    const said = word.textContent, marks = document.querySelectorAll(`svg .${said}`);
    const right = [...marks].every(one =>
      getComputedStyle(one)[one.localName === 'path' ? 'stroke' : 'fill'] === inks[said]);
    return [said, right];
  });
}"""
# Words in pictures whose contrast (WCAG 2) with the page is under a limit.
FAINT = """least => {
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(one => one / 255)
      .map(one => one <= .04045 ? one / 12.92 : ((one + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll('svg text')].filter(one => {
    const ink = light(getComputedStyle(one).fill);
    return (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05) < least;
  }).map(one => one.textContent);
}"""


def changed(one: Repetition) -> Repetition:
    """Return a repetition with a median six times as long and a throughput of twice as much."""
    assert one.common
    assert one.common.latency_ms.p50
    assert one.closed
    slow = replace(one.common.latency_ms, p50=one.common.latency_ms.p50 * 6)
    return replace(
        one,
        common=replace(one.common, latency_ms=slow),
        closed=replace(one.closed, throughput_per_s=one.closed.throughput_per_s * 2),
    )


def holding(run: LoadRun, repetitions: list[Repetition]) -> LoadRun:
    (one,) = run.configurations
    return replace(run, configurations=(replace(one, repetitions=tuple(repetitions)),))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish three runs, a comparison that decides, and one with too few repetitions."""
    folder = tmp_path_factory.mktemp("site")
    for day in range(3):
        run = load_run(points=[(1, 1), (2, 2)])
        publish(
            replace(run, started_at=run.started_at + timedelta(days=day)), folder / f"run-{day}"
        )
    before = reference_run.found("reference-1x1-crud", folder)[1]
    repetitions = list(before.configurations[0].repetitions)
    after = holding(before, [changed(one) for one in repetitions])
    publish_comparison(("before", before), ("after", after), folder)
    publish_comparison(("before", before), ("few", holding(before, repetitions[:4])), folder)
    return folder


@pytest.fixture(params=PAGES)
def address(request: pytest.FixtureRequest, site: Path) -> str:
    """Return each page's address in turn."""
    return (site / str(request.param)).as_uri()


def _opened(browser: Browser, address: str, **options: object) -> Page:
    page = browser.new_context(**options).new_page()  # type: ignore[arg-type]  # passed on
    page.goto(address)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("after", "said"),
    [
        pytest.param("after", {"worse", "better", "inconclusive"}, id="decided"),
        pytest.param("few", {"unknown"}, id="too few repetitions"),
    ],
)
def test_each_row_is_in_the_colour_of_what_came_out(
    browser: Browser, site: Path, after: str, said: set[str], scheme: str
) -> None:
    at = (site / "comparisons" / f"before--{after}" / "index.html").as_uri()
    rows = _opened(browser, at, color_scheme=scheme).evaluate(ROWS)

    assert {word for word, _ in rows} == said
    assert [word for word, right in rows if not right] == []


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_body_never_scrolls_sideways_and_no_label_covers_another(
    browser: Browser, address: str, width: int
) -> None:
    page = _opened(browser, address, viewport={"width": width, "height": 800})
    overlaps = page.evaluate(OVERLAPS)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")

    assert overlaps == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_in_pictures_stand_out(browser: Browser, address: str, scheme: str) -> None:
    assert _opened(browser, address, color_scheme=scheme).evaluate(FAINT, LEAST_CONTRAST) == []


def test_the_index_leads_to_every_run_and_comparison(browser: Browser, site: Path) -> None:
    page = _opened(browser, (site / "index.html").as_uri())
    links = page.evaluate(
        "[...document.querySelectorAll('a[href$=\"index.html\"]')].map(a => a.href)"
    )

    expected = [(file.parent / "index.html").as_uri() for file in site.glob("run-*/run.json")]
    expected += [(site / name).as_uri() for name in PAGES[:2]]
    assert set(links) == set(expected)
    for link in expected:
        page.goto(link)
        assert page.locator("h1").is_visible()
