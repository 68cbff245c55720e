"""How many are needed, asked on the page itself: in Chromium, offline."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from reports.publication import publish
from tests.browser.overlaps import OVERLAPS
from tests.unit.reports.sample_capacities import WHY_NONE, predicted_run

pytestmark = pytest.mark.timeout(120)

FIRST = "Type a rate and a p99"
ASKED = "120 requests/s within 20 ms"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Publish a run that holds a model, an answer and a search."""
    folder = tmp_path_factory.mktemp("site") / "load"
    publish(predicted_run(), folder)
    return (folder / "index.html").as_uri()


def _opened(browser: Browser, address: str, **options: object) -> Page:
    page = browser.new_context(**options).new_page()  # type: ignore[arg-type]  # passed on
    page.goto(address)
    return page


def _answer(page: Page, rate: str, slo: str) -> Locator:
    """Type a question and return where its answer appears."""
    for name, value in (("rate", rate), ("slo", slo)):
        field = page.locator(f".asking input[name={name}]")
        field.fill("")
        field.press_sequentially(value)
    return page.locator(".asking output")


def test_asking_is_quiet_and_needs_no_network(browser: Browser, address: str) -> None:
    said: list[str] = []
    asked: list[str] = []
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address, wait_until="networkidle")

    expect(_answer(page, "120", "200")).to_contain_text("should hold")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)

    assert said == []
    assert [url for url in asked if url != address and not url.startswith("data:")] == []


def test_typing_names_the_cheapest_configuration_that_should_hold(
    browser: Browser, address: str
) -> None:
    told = _answer(_opened(browser, address), "120", "200")

    # Of the 200 predicted it carries 160 with 80 %.
    expect(told).to_have_text(
        "1 resolver, 2 workers (cost 4) should hold 120 requests/s within 200 ms: "
        "p99 80 ms (40 to 160), with 80 % at most 100 ms; up to 160 requests/s. "
        "What binds: the service workers, which take so many calls at a time."
    )


@pytest.mark.parametrize(
    ("rate", "slo", "expected"),
    [
        (
            "120",
            "90",
            "1 resolver, 4 workers (cost 6) should hold",
        ),  # two workers: 100 ms with 80 %
        (
            "120",
            "20",
            f"should hold {ASKED}; nearest comes 1 resolver, 4 workers",
        ),
        ("5000", "200", "each carries less"),
        ("10", "200", "Not known for 10 requests/s within 200 ms: figures are there from 25 to"),
    ],
)
def test_an_answer_follows_the_slo_and_says_where_it_ends(
    browser: Browser, address: str, rate: str, slo: str, expected: str
) -> None:
    expect(_answer(_opened(browser, address), rate, slo)).to_contain_text(expected)


@pytest.mark.parametrize("rate", ["-5", "0", "1e9", "e"])
def test_what_is_no_rate_is_said_to_be_none(browser: Browser, address: str, rate: str) -> None:
    page = _opened(browser, address)
    told = _answer(page, rate, "200")

    expect(told).to_have_text("Expected are a rate and a p99 above 0, at most 1,000,000.")
    assert page.locator(".asking input[name=rate]").get_attribute("aria-invalid") == "true"


def test_the_answer_is_read_aloud_and_the_fields_have_names(browser: Browser, address: str) -> None:
    page = _opened(browser, address)

    assert page.locator(".asking output").get_attribute("aria-live") == "polite"
    for name in ("Requests/s", "p99 within, ms"):
        assert page.get_by_role("spinbutton", name=name, exact=True).count() == 1
    assert page.locator(".asking output").inner_text().startswith(FIRST)


def test_without_scripts_the_tables_answer_and_no_field_is_shown(
    browser: Browser, address: str
) -> None:
    page = _opened(browser, address, java_script_enabled=False)

    assert page.locator(".asking").is_hidden()
    assert page.locator("table.needed").first.is_visible()
    assert page.get_by_text("measured 91.3 ms").is_visible()
    assert page.get_by_text(WHY_NONE).is_visible()


@pytest.mark.parametrize("size", [(1_280, 800), (360, 740)], ids=["a laptop", "a telephone"])
def test_what_was_asked_is_answered_on_the_first_screen(
    browser: Browser, address: str, size: tuple[int, int]
) -> None:
    page = _opened(browser, address, viewport={"width": size[0], "height": size[1]})

    for answer in page.locator(".answers li").all():
        box = answer.bounding_box()
        assert box
        assert box["y"] + box["height"] <= size[1]
    assert page.locator(".answers li").count() == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_telephone_nothing_is_cut_off(browser: Browser, address: str, scheme: str) -> None:
    page = _opened(browser, address, viewport={"width": 360, "height": 800}, color_scheme=scheme)
    expect(_answer(page, "120", "200")).to_contain_text("should hold")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(OVERLAPS) == []
    field = page.locator(".asking input").first
    colours = field.evaluate(
        "one => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]"
    )
    ink, ground = (sum(map(int, one[4:-1].split(", "))) for one in colours)
    assert (ink > ground) == (scheme == "dark")
