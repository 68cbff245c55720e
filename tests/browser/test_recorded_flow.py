"""What a browser recorded of a user becomes a flow, and the load process makes sessions of it."""

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from reports.record.record import LoadRun, read_record
from tests.browser.small_server import served

ROOT = Path(__file__).parent.parent.parent
PAGE = """<!doctype html><title>Orders</title><p id=said>nothing</p><script>
const json = {method: "POST", headers: {"Content-Type": "application/json"}};
(async () => {
  await fetch("/sessions", {...json, body: "{}"});
  const made = await (await fetch("/orders", {...json, body: '{"note": "tea {2}"}'})).json();
  await fetch(`/orders/${made.id}`);
  document.querySelector("#said").textContent = "done";
})();
</script>"""


class Orders(BaseHTTPRequestHandler):
    """Keeps orders by session: another's cannot be read."""

    protocol_version = "HTTP/1.1"
    numbers = itertools.count(1)
    made: dict[str, tuple[str, str]] = {}  # noqa: RUF012 -- the server's memory

    def do_POST(self) -> None:
        """Begin a session, or take an order in one."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        number = str(next(self.numbers))
        if self.path == "/sessions":
            self._answer(201, {}, cookie=f"sid=s{number}; Path=/")
        elif self._session():
            self.made[number] = self._session(), body["note"]
            self._answer(201, {"id": int(number)})
        else:
            self._answer(403, {})

    def do_GET(self) -> None:
        """Show the page, or an order to whoever made it."""
        session, _ = self.made.get(self.path.rpartition("/")[2], ("", ""))
        if self.path == "/":
            self._answer(200, PAGE, kind="text/html")
        else:
            self._answer(200 if session and session == self._session() else 403, {})

    def _session(self) -> str:
        sent = SimpleCookie(self.headers.get("Cookie", ""))
        return sent["sid"].value if "sid" in sent else ""

    def _answer(
        self, status: int, said: object, *, cookie: str = "", kind: str = "application/json"
    ) -> None:
        body = (said if isinstance(said, str) else json.dumps(said)).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def shop() -> Iterator[str]:
    """Give the URL of a server that is up."""
    with served(Orders) as url:
        yield url


def harness(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "loadtests", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(120)
def test_sessions_of_a_recorded_user_keep_to_their_own_rows(
    browser: Browser, shop: str, tmp_path: Path
) -> None:
    har, requests = tmp_path / "user.har", tmp_path / "requests.toml"
    with browser.new_context(record_har_path=har) as context:
        page = context.new_page()
        page.goto(shop)
        expect(page.locator("#said")).to_have_text("done")

    requests.write_text(harness("scenario", f"--har={har}", "--for-target"), encoding="utf-8")
    words = (f"--target={shop}", f"--requests={requests}", "--rate=30", "--duration=4")
    harness(*words, f"--site={tmp_path}")

    [run] = tmp_path.glob("*-load")
    record = read_record(run)
    assert isinstance(record, LoadRun)
    phase = record.configurations[0].repetitions[0].open
    assert phase
    [flow] = phase.flows
    assert flow.sessions > 20
    assert (flow.broken, phase.failed) == (0, 0)
    assert {note for _, note in Orders.made.values()} == {"tea {2}"}
