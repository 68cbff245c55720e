"""The live page's server: who may ask, what is streamed, and that it ends."""

import http.client
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from loadtests.sweep.live.live_feed import END, LiveFeed
from loadtests.sweep.live.live_server import MOST_READERS, LiveServer


@pytest.fixture
def feed() -> LiveFeed:
    """Give a feed that has begun."""
    made = LiveFeed()
    made.tell("trial", {"what": "one\ntwo"})
    made.tell("said", {"text": "ready"})
    return made


@pytest.fixture
def server(feed: LiveFeed) -> Iterator[LiveServer]:
    """Give a server of it."""
    with LiveServer(feed) as made:
        yield made


def ask(server: LiveServer, path: str, **headers: str) -> http.client.HTTPResponse:
    link = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
    link.request("GET", path, headers={name.replace("_", "-"): v for name, v in headers.items()})
    return link.getresponse()


def test_the_page_may_load_nothing_but_its_own_events(server: LiveServer) -> None:
    answer = ask(server, "/")
    policy, text = answer.headers["Content-Security-Policy"], answer.read().decode()

    assert answer.status == 200
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text


def test_what_was_told_is_streamed_and_the_stream_ends_with_the_run(
    server: LiveServer, feed: LiveFeed
) -> None:
    answer = ask(server, "/events")
    threading.Timer(0.05, feed.tell, (END, {"page": "/run"})).start()

    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.read().decode() == (
        'id: 1\nevent: trial\ndata: {"what": "one\\ntwo"}\n\n'
        'id: 2\nevent: said\ndata: {"text": "ready"}\n\n'
        'id: 3\nevent: end\ndata: {"page": "/run"}\n\n'
    )


def test_who_comes_back_is_told_the_rest(server: LiveServer, feed: LiveFeed) -> None:
    feed.tell(END, {})

    assert ask(server, "/events", Last_Event_ID="2").read() == b"id: 3\nevent: end\ndata: {}\n\n"
    assert ask(server, "/events", Last_Event_ID="x").read().startswith(b"id: 1\n")


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [("/", "evil.example", 403), ("/events", "127.0.0.1", 403), ("/../etc", None, 404)],
    ids=["a name that was pointed here", "another port", "another path"],
)
def test_what_is_not_the_page_s_own_is_refused(
    server: LiveServer, path: str, host: str | None, status: int
) -> None:
    assert ask(server, path, **({"Host": host} if host else {})).status == status


def test_so_many_may_read_and_no_more(server: LiveServer) -> None:
    streams = [ask(server, "/events") for _ in range(MOST_READERS)]

    assert {one.status for one in streams} == {200}
    assert ask(server, "/events").status == 503


def test_a_run_that_ends_early_says_so_and_the_server_ends_with_it(feed: LiveFeed) -> None:
    def broken() -> bytes:
        with LiveServer(feed) as made:
            urls.append(made.url)
            answers.append(ask(made, "/events"))
            raise KeyboardInterrupt

    urls: list[str] = []
    answers: list[http.client.HTTPResponse] = []
    began_s = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        broken()

    assert b"The run ended early." in answers[0].read()
    assert time.monotonic() - began_s < 4
    with pytest.raises(OSError):  # noqa: PT011 -- refused or reset, either way nobody is there
        http.client.HTTPConnection(urlsplit(urls[0]).netloc, timeout=2).request("GET", "/")
