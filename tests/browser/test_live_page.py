"""The live page in Chromium while a run goes."""

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from reports.record.record import LoadRun, read_record
from tests.browser.small_server import served

ROOT = Path(__file__).parent.parent.parent
WITHIN_MS = 20_000


class Rows(BaseHTTPRequestHandler):
    """Answers with a list, and now and then with 503."""

    protocol_version = "HTTP/1.1"
    asked = 0

    def do_GET(self) -> None:
        """Answer."""
        type(self).asked += 1
        self.send_response(503 if self.asked % 10 == 0 else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def target() -> Iterator[str]:
    """Give the URL of a server that is up."""
    with served(Rows) as url:
        yield url


@pytest.fixture
def run(target: str, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Give a run that is under way and has a live page."""
    command = [sys.executable, "-m", "loadtests", "--site", str(tmp_path), "--live"]
    command += ["--target", target, "--request", "GET /rows", "--rate", "60", "--duration", "8"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as made:
        yield made
        made.kill()


def address(run: "subprocess.Popen[str]") -> str:
    """Return the address of the live page, which is the first thing that a run prints."""
    assert run.stdout
    said = run.stdout.readline()
    assert said.startswith("Live page: http://127.0.0.1:"), said
    return said.removeprefix("Live page: ").strip()


def tile(page: Page, title: str) -> str:
    """Return the figure of a tile once it is there."""
    box = page.locator(".tile", has_text=title)
    box.wait_for(timeout=WITHIN_MS)
    return str(box.locator("p").inner_text())


def test_it_shows_a_run_under_way_and_points_to_its_page_at_the_end(
    browser: Browser, run: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    url, asked, complaints = address(run), list[str](), list[str]()
    page = browser.new_page()
    page.on("request", lambda one: asked.append(one.url))
    page.on("console", lambda one: complaints.append(one.text))
    page.on("pageerror", lambda one: complaints.append(str(one)))
    page.goto(url)
    expect(page.locator("#phase")).to_contain_text("open loop", timeout=WITHIN_MS)
    page.wait_for_timeout(2_500)

    rate = float(tile(page, "Answers a second").split()[0])
    assert 30 < rate < 90
    assert float(tile(page, "p99 of this second").split()[0]) > 0
    assert "requests, at most" in tile(page, "In flight")
    assert 0 < float(tile(page, "CPU of this machine").split()[0]) <= 100
    expect(page.locator("h1")).to_contain_text("1 of 1: http://127.0.0.1:")
    expect(page.locator("#rest")).to_contain_text("s to go.")
    # Who comes later is told what went before.
    late = browser.new_page()
    late.goto(url)
    expect(late.locator("h1")).to_contain_text("1 of 1", timeout=WITHIN_MS)
    late.screenshot(path=tmp_path / "live.png", full_page=True)

    expect(page.locator("#ended")).to_be_visible(timeout=WITHIN_MS)
    (folder,) = tmp_path.glob("*-load")
    record = read_record(folder)
    assert isinstance(record, LoadRun)
    assert page.locator("#ended code").inner_text() == str(folder / "index.html")
    assert "target, open: 10 %" in " ".join(page.locator("#phase").inner_text().split())
    row = page.locator("#phases tr").first.inner_text().split("\t")
    ((only,),) = [one.repetitions for one in record.configurations]
    assert only.open
    assert row[1] == "open loop"
    assert float(row[3]) == pytest.approx(only.open.latency_ms.p50, abs=0.06)
    assert {urlsplit(one).netloc for one in asked} == {urlsplit(url).netloc}
    assert complaints == []


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_window(
    browser: Browser, run: "subprocess.Popen[str]", width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(address(run))
    tile(page, "Answers a second")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
