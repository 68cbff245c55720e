"""Waits until a part is ready, or has ended as it should, and says at once when it has died."""

import time
from collections.abc import Callable, Mapping

from testcontainers_fixtures.engines.engine import HasExitCode, Running
from testcontainers_fixtures.errors import NoAnswerError, NoTlsError, StartError
from testcontainers_fixtures.http_client.http_exchange import exchange

POLL_S = 0.05
CALL_TIMEOUT_S = 2.0
READY = ""
# Statuses: good ones, those that are no fault of the server's, and any.
GOOD = range(200, 300)
REACHED = range(100, 500)
ANY = range(100, 600)
# What to do about a gateway that answers its probe so for good.
_PROBE_HINTS = {
    "401": "; it asks who comes: [login], or `credentials` of [contract], lets the harness in",
    "403": "; whoever comes by [login], or `credentials` of [contract], may not do this",
    "404": "; `probe` is a request to the gateway, whose paths may be others than the service's",
    "405": "; `probe` is a request to the gateway, whose paths may be others than the service's",
}
# How a broker refuses the user by which twins come.
_TWIN, _REFUSED = "-twin", ".twin'"
Look = Callable[[], str]  # READY, or what was seen instead


def wait_ready(  # noqa: PLR0913 -- what is asked, of whom, by keyword
    running: Running,
    request_line: str,
    *,
    timeout_s: float,
    base_url: str | None = None,
    good: range = GOOD,
    headers: Mapping[str, str] | None = None,
    is_probe: bool = False,
) -> None:
    """Return once the request is answered 2xx; raise StartError with the last log lines.

    The request goes to the part itself, or to `base_url` where that stands before it. `good` has
    the statuses that are awaited: of a part of which only the address is known any shows that it
    is there. What a probe is refused with is told with what to do about it.
    """
    method, path = request_line.split(" ", 1)

    def look() -> str:
        seen = _attempt(base_url or running.url, method, path, headers or {}, good)
        return seen + (_PROBE_HINTS.get(seen[:3], "") if is_probe else "")

    awaited = "2xx" if good == GOOD else f"a status below {good.stop}"
    wait_for(running, look, what=f"answer {request_line} with {awaited}", timeout_s=timeout_s)


def wait_for(running: Running, look: Look, *, what: str, timeout_s: float) -> None:
    """Return once a look at a part says READY; raise StartError with the last log lines.

    `what` is what it is to do: "answer GET /ready with 2xx".
    """
    until = time.monotonic() + timeout_s
    seen = "no answer"
    while time.monotonic() < until:
        if not running.alive():
            raise StartError(died(running, "before it was ready"))
        seen = look()
        if seen == READY:
            return
        time.sleep(POLL_S)
    raise StartError(
        f"{running.name} did not {what} within {timeout_s:.1f} s (last: {seen}).{_logged(running)}"
    )


def wait_ended(running: Running, *, what: str, timeout_s: float) -> None:
    """Return once what was to end has ended with 0; raise StartError with the last log lines."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if not running.alive():
            if code_of(running) == 0:
                return
            raise StartError(died(running, f"{what} was to end with 0", joint=";"))
        time.sleep(POLL_S)
    raise StartError(
        f"{running.name}: {what} did not end within {timeout_s:.1f} s.{_logged(running)}"
    )


def _logged(running: Running) -> str:
    """Return a copy's last log lines; what was attached to has none, and may log elsewhere."""
    said = running.log_tail()
    return f" Last log lines:\n{said}" if said else " No log of it is here."


def code_of(running: Running) -> int | None:
    """Return what a copy ended with by itself; None where it did not, or nobody knows."""
    return running.exit_code() if isinstance(running, HasExitCode) else None


def died(running: Running, when: str, *, joint: str = "") -> str:
    """Return the sentence about a part that has ended, with its last log lines."""
    code = code_of(running)
    how = "" if code is None else f" (exit code {code})"
    said = running.log_tail()
    taking = running.name.endswith(_TWIN) and _REFUSED in said
    hint = " A twin takes no calls from a work queue: leave out `twin`." if taking else ""
    return f"{running.name} ended{joint} {when}{how}.{hint} Last log lines:\n{said}"


def wait_until(condition: Callable[[], bool], *, timeout_s: float, what: str) -> None:
    """Return once the condition holds; raise StartError saying what was waited for."""
    until = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > until:
            raise StartError(f"Waited {timeout_s:.1f} s for {what}; it did not come about.")
        time.sleep(POLL_S)


def _attempt(url: str, method: str, path: str, headers: Mapping[str, str], good: range) -> str:
    try:
        answer = exchange(url, method, path, within_s=CALL_TIMEOUT_S, headers=headers)
    except NoTlsError as error:
        raise StartError(f"Nobody will answer {method} {path}: {error}.") from error
    except NoAnswerError as error:
        return str(error)
    return READY if answer.status in good else f"{answer.status} {answer.text[:200]}"
