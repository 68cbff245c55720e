"""Counts the requests of tasks, as locust's clients tell of them by its `request` event."""

import socket
import time
from collections.abc import Iterator
from typing import Any, Final

from locust.contrib.fasthttp import LocustBadStatusCode
from requests.exceptions import ConnectTimeout, HTTPError
from urllib3.exceptions import NewConnectionError

from loadtests.generator.request_client import metric_pattern, reason_of
from loadtests.generator.response import HttpResponse
from loadtests.generator.samples import Outcome, Sample
from loadtests.generator.users.task_execution import (
    MARK,
    UNDER_WAY,
    AskedRequest,
    TaskExecution,
    reason_of_error,
)
from loadtests.plan.plan import Plan

# A path with a number in it is a call of its own, unless it is given a `name`.
MOST_CALLS: Final = 200
OTHER_CALLS: Final = "other requests"
_TIMING: Final = "server-timing"
_MS_PER_S: Final = 1_000
# With these nothing has left: the request did not happen.
_NOT_SENT: Final = (ConnectionRefusedError, socket.gaierror, ConnectTimeout, NewConnectionError)
_MOST_CAUSES: Final = 16
_BAD_STATUS: Final = (HTTPError, LocustBadStatusCode)


class RequestListener:
    """Listens to locust's `request` event; what no task made is not measured."""

    def __init__(self, plan: Plan) -> None:
        self._metric = metric_pattern(plan.rpc_metric) if plan.rpc_metric else None
        self._worker_header = plan.worker_header
        self._note_header = plan.note_header
        self._calls: set[str] = set()

    def __repr__(self) -> str:
        """Show how many calls were heard of."""
        return f"<RequestListener {len(self._calls)} calls>"

    def __call__(  # noqa: PLR0913 -- as locust has its event
        self,
        *,
        request_type: str,
        name: str,
        response_time: float,
        exception: BaseException | None = None,
        context: dict[str, Any] | None = None,
        response: Any = None,  # noqa: ANN401 -- any client's
        **_: object,
    ) -> None:
        """Count one request."""
        asked: AskedRequest | None = (context or {}).get(MARK)
        execution = asked.execution if asked else UNDER_WAY.get()
        if execution is None:
            return
        asked = asked or _told_of(execution, name, response_time)
        sample = self._sample(asked, exception, response)
        call = self.call_of(request_type, name)
        execution.take(call, sample, asked)
        if self._metric and (found := self._metric.search(sample.timing)):
            execution.tally.add_rpc(call, sample, float(found[1]))

    def call_of(self, method: str, name: str) -> str:
        """Return what a request is called in the tables: a path has its method before it."""
        call = f"{method} {name}" if name.startswith(("/", "http://", "https://")) else name
        if call not in self._calls and len(self._calls) >= MOST_CALLS:
            return OTHER_CALLS
        self._calls.add(call)
        return call

    def _sample(
        self,
        asked: AskedRequest,
        exception: BaseException | None,
        response: Any,  # noqa: ANN401 -- any client's
    ) -> Sample:
        outcome, reason = _ended(exception, response)
        return Sample(
            intended_s=asked.intended_s,
            began_s=asked.began_s,
            ended_s=asked.ends(),
            outcome=outcome,
            reason=reason,
            worker=_header(response, self._worker_header) or None,
            note=_header(response, self._note_header),
            timing=_header(response, _TIMING),
            number=asked.number,
            status=_status(response),
        )


def _told_of(execution: TaskExecution, name: str, response_ms: float) -> AskedRequest:
    """Return a request of a client that is not locust's, of which only its end is heard."""
    asked = AskedRequest(execution, name, 0)
    asked.began_s = time.monotonic() - (response_ms or 0.0) / _MS_PER_S
    asked.intended_s = min(execution.due_s, asked.began_s)
    return asked


def unanswered(response: Any) -> tuple[Outcome, str] | None:  # noqa: ANN401 -- any client's
    """Return what it means that a client of locust's came back without an answer, and why it did.

    None where it has one. Clients wrap what happened several times over: its root is the reason.
    """
    error: BaseException | None = getattr(response, "error", None)
    if error is None or _status(response):
        return None
    causes = list(_causes(error))
    sent = not any(isinstance(one, _NOT_SENT) for one in causes)
    return "unknown" if sent else "failed", reason_of_error(causes[-1])


def _ended(exception: BaseException | None, response: Any) -> tuple[Outcome, str | None]:  # noqa: ANN401 -- any client's
    if exception is None:
        return "ok", None
    if nothing := unanswered(response):
        return nothing
    if isinstance(exception, _BAD_STATUS) and response is not None:
        return "failed", reason_of(_plain(response))
    return "failed", reason_of_error(exception)


def _causes(error: BaseException) -> Iterator[BaseException]:
    inner: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if inner is None:
            return
        yield inner
        # geventhttpclient keeps what it wraps under a name of its own.
        inner = getattr(inner, "original", None) or inner.__cause__ or inner.__context__


def _status(response: Any) -> int:  # noqa: ANN401 -- any client's
    return int(getattr(response, "status_code", 0) or 0)


def _header(response: Any, name: str | None) -> str:  # noqa: ANN401 -- any client's
    headers = getattr(response, "headers", None)
    value = headers.get(name) if headers and name else None
    return ", ".join(value) if isinstance(value, list) else value or ""


def _plain(response: Any) -> HttpResponse:  # noqa: ANN401 -- any client's
    kind = _header(response, "content-type").encode("latin-1", "replace")
    return HttpResponse(
        status=_status(response), headers={b"content-type": kind}, body=response.content or b""
    )
