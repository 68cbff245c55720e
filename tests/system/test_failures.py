"""A part fails on purpose: each call still gets its answer, within its deadline."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from testcontainers_fixtures.engines.engine import Killable, Pausable
from testcontainers_fixtures.stack import CopyCounts, Stack

pytestmark = pytest.mark.timeout(180)

TOLERANCE_S = 0.1


@pytest.fixture
def gateway(stack: Stack) -> Iterator[httpx.Client]:
    """Give a client whose connection stands, so that its set-up is not measured."""
    with httpx.Client(base_url=stack.gateway, timeout=20) as client:
        client.get("/health")
        yield client


@contextmanager
def gone(stack: Stack, part: str) -> Iterator[None]:
    """Have a part killed, and there again afterwards."""
    [copy] = stack.copies(part)
    assert isinstance(copy, Killable)
    copy.kill()
    try:
        yield
    finally:
        stack.restart(part)


def test_without_a_resolver_a_call_is_refused_at_once(stack: Stack, gateway: httpx.Client) -> None:
    for resolver in stack.copies("resolver"):
        assert isinstance(resolver, Killable)
        resolver.kill()
    time.sleep(0.2)  # the broker notices closed connections by itself

    begun_s = time.monotonic()
    answer = gateway.get("/clients")
    took_s = time.monotonic() - begun_s
    stack.restart("resolver")

    assert (answer.status_code, answer.json()["reason"]) == (503, "no_responder")
    assert answer.headers["Retry-After"] == "1"
    assert took_s <= 0.05


def test_a_stopped_service_is_answered_504_at_the_deadline(
    stack: Stack, gateway: httpx.Client
) -> None:
    [service] = stack.copies("srv_clients")
    assert isinstance(service, Pausable)
    service.pause()
    try:
        begun_s = time.monotonic()
        answer = gateway.get("/clients", headers={"X-Request-Timeout-Ms": "1500"})
        took_s = time.monotonic() - begun_s
        other = gateway.get("/goods")
    finally:
        service.resume()

    assert (answer.status_code, answer.json()["reason"]) == (504, "deadline")
    assert took_s == pytest.approx(1.5, abs=TOLERANCE_S)
    assert other.status_code == 200


def test_a_service_that_is_gone_is_answered_502_and_the_other_answers_on(
    stack: Stack, gateway: httpx.Client
) -> None:
    with gone(stack, "srv_clients"):
        answer, other = gateway.get("/clients"), gateway.get("/goods")

    assert (answer.status_code, answer.json()["reason"]) == (502, "upstream_refused")
    assert other.status_code == 200


def test_the_gateway_shows_which_services_the_resolver_rests(
    stack: Stack, gateway: httpx.Client
) -> None:
    with gone(stack, "srv_clients"):
        failed = [gateway.get("/clients").json()["reason"] for _ in range(6)]
        rested = gateway.get("/ready")
    mended = gateway.get("/ready")

    assert failed == ["upstream_refused"] * 5 + ["upstream_open"]
    assert (rested.status_code, rested.json()["status"]) == (200, "ready")
    assert rested.json()["resolver"]["breakers"] == {"clients": "open", "goods": "closed"}
    assert mended.json()["resolver"]["breakers"] == {"clients": "closed", "goods": "closed"}


def test_a_resolver_more_is_ready_soon_and_everything_else_keeps_running(stack: Stack) -> None:
    before = {part: repr(stack.copies(part)[0]) for part in ("gateway", "srv_clients", "resolver")}
    begun_s = time.monotonic()
    stack.scale(CopyCounts(resolvers=2))
    took_s = time.monotonic() - begun_s
    count = len(stack.copies("resolver"))
    after = {part: repr(stack.copies(part)[0]) for part in before}
    stack.scale(CopyCounts())

    assert count == 2
    assert after == before
    assert took_s <= 3.0
    assert len(stack.copies("resolver")) == 1
