"""Waiting for a part ends when it answers, when it dies, or when its time is up."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from testcontainers_fixtures import part_readiness
from testcontainers_fixtures.errors import StartError
from testcontainers_fixtures.http_client.http_exchange import HttpReply
from testcontainers_fixtures.part_readiness import POLL_S, wait_ready


@dataclass
class Part:
    """A part that needs no process."""

    name: str = "part"
    url: str = "http://part"
    lives: bool = True

    def alive(self) -> bool:
        return self.lives

    def log_tail(self, lines: int = 20) -> str:
        return f"the last {lines} lines"

    def stop(self, *, grace_s: float) -> None:
        self.lives = grace_s < 0


Answering = Callable[..., None]


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Answering:
    """Have what is asked answered with one status after the other, the last for ever."""

    def answer(*statuses: int) -> None:
        left = list(statuses)

        def exchange(*_: object, **__: object) -> HttpReply:
            status = left.pop(0) if len(left) > 1 else left[0]
            return HttpReply(status=status, reason="", headers=(), body=b"busy")

        monkeypatch.setattr(part_readiness, "exchange", exchange)

    return answer


def test_it_asks_until_the_part_answers(answering: Answering) -> None:
    answering(503, 503, 200)

    wait_ready(Part(), "GET /ready", timeout_s=5)


def test_a_redirect_is_no_answer_of_a_part_that_is_ready(answering: Answering) -> None:
    answering(307)

    with pytest.raises(StartError, match=r"\(last: 307 busy\)"):
        wait_ready(Part(), "GET /ready", timeout_s=0.2)


@pytest.mark.parametrize(("status", "step"), [(401, r"\[login\]"), (404, "`probe` is a request")])
def test_a_probe_that_is_refused_says_what_to_do(
    answering: Answering, status: int, step: str
) -> None:
    answering(status)

    with pytest.raises(StartError, match=rf"last: {status} busy; .*{step}"):
        wait_ready(Part(), "GET /orders", timeout_s=0.2, is_probe=True)


def test_a_twin_that_takes_calls_is_told_that_it_may_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = "ACCESS_REFUSED - access to queue 'q' in vhost '/' refused for user 'shop.twin'"
    monkeypatch.setattr(Part, "log_tail", lambda *_: refused)

    told = [part_readiness.died(Part(name=one), "early") for one in ("orders-twin", "orders")]

    assert ["leave out `twin`" in one for one in told] == [True, False]


def test_a_part_that_logs_elsewhere_has_no_lines_to_show(
    answering: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(503)
    monkeypatch.setattr(Part, "log_tail", lambda *_: "")

    with pytest.raises(StartError, match=r"busy\)\. No log of it is here\.$"):
        wait_ready(Part(), "GET /ready", timeout_s=0.2)


def test_a_dead_part_is_reported_at_once_with_its_last_log_lines(answering: Answering) -> None:
    answering(503)
    begun_s = time.monotonic()

    with pytest.raises(StartError, match=r"ended before it was ready.*\nthe last 20 lines"):
        wait_ready(Part(lives=False), "GET /ready", timeout_s=5)
    assert time.monotonic() - begun_s < 1


def test_a_part_that_is_never_ready_is_reported_with_its_last_answer(answering: Answering) -> None:
    answering(503)

    with pytest.raises(StartError, match=r"within 0\.2 s \(last: 503 busy\)"):
        wait_ready(Part(), "GET /ready", timeout_s=0.2)


def test_the_answer_is_asked_for_at_least_ten_times_a_second() -> None:
    assert POLL_S <= 0.1
