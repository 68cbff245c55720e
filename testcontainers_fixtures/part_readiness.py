"""Proves by a real call that a part is ready, and says at once when it has died."""

import time
from collections.abc import Callable, Mapping

from testcontainers_fixtures.engines.engine import Running
from testcontainers_fixtures.errors import NoAnswerError, StartError
from testcontainers_fixtures.http_client.http_exchange import exchange

POLL_S = 0.05
CALL_TIMEOUT_S = 2.0
_READY = "2xx"
_GOOD = range(200, 300)


def wait_ready(  # noqa: PLR0913 -- what is asked, of whom, by keyword
    running: Running,
    request_line: str,
    *,
    timeout_s: float,
    base_url: str | None = None,
    any_status: bool = False,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Return once the request is answered 2xx; raise StartError with the last log lines.

    The request goes to the part itself, or to `base_url` where that stands before it. `any_status`
    is for a part of which only the address is known: any answer shows that it is there.
    """
    method, path = request_line.split(" ", 1)
    until = time.monotonic() + timeout_s
    seen = "no answer"
    while time.monotonic() < until:
        if not running.alive():
            raise StartError(_died(running))
        seen = _attempt(base_url or running.url, method, path, headers or {})
        if seen == _READY or (any_status and seen[:1].isdigit()):
            return
        time.sleep(POLL_S)
    raise StartError(
        f"{running.name} did not answer {request_line} with 2xx within {timeout_s:.1f} s"
        f" (last: {seen}). Last log lines:\n{running.log_tail()}"
    )


def wait_until(condition: Callable[[], bool], *, timeout_s: float, what: str) -> None:
    """Return once the condition holds; raise StartError saying what was waited for."""
    until = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > until:
            raise StartError(f"Waited {timeout_s:.1f} s for {what}; it did not come about.")
        time.sleep(POLL_S)


def _attempt(url: str, method: str, path: str, headers: Mapping[str, str]) -> str:
    try:
        answer = exchange(url, method, path, within_s=CALL_TIMEOUT_S, headers=headers)
    except NoAnswerError as error:
        return str(error)
    return _READY if answer.status in _GOOD else f"{answer.status} {answer.text[:200]}"


def _died(running: Running) -> str:
    return f"{running.name} ended before it was ready. Last log lines:\n{running.log_tail()}"
