"""Sends one request of a traffic mix and tells locust about it: the HTTP event, and the RPC one.

The second event carries what the gateway said, in its `Server-Timing` header, about the round trip
over the queue; so whoever listens to locust sees the hop beside the whole.
"""

import random
import re
import time
from typing import Any, Final, Protocol

import msgspec

from loadtests.generator.connection_pool import (
    ConnectionPool,
    HttpResponse,
    NoResponseError,
    NotSentError,
)
from loadtests.generator.identities import UNAUTHORIZED, Identities
from loadtests.generator.recorder import RPC, Outcome, PhaseTally, Sample
from loadtests.generator.slowest_requests import TraceIds
from loadtests.plan.calls import PreparedRequest, TrafficMix
from loadtests.plan.plan import PlannedCall

_TIMING: Final = "server-timing"
_MS_PER_S: Final = 1_000
_PROBLEM: Final = "application/problem+json"
_MOST_REASON_CHARACTERS: Final = 80


class RequestEvent(Protocol):
    """Locust's `request` event: it hands its keywords to every listener."""

    def fire(self, **keywords: Any) -> None:  # noqa: ANN401 -- locust's own open signature
        """Tell every listener."""


class UnsuccessfulRequestError(Exception):
    """A request did not end well; the message is its reason."""


class RequestClient:
    """Sends requests on shared connections; any number of greenlets may use one at once."""

    def __init__(  # noqa: PLR0913 -- all by keyword, each with one meaning
        self,
        *,
        mix: TrafficMix,
        connections: ConnectionPool,
        event: RequestEvent,
        seed: object,
        trace_seed: object = None,
        rpc_metric: str | None = None,
        worker_header: str | None = None,
        note_header: str | None = None,
        identities: Identities | None = None,
    ) -> None:
        self.mix = mix
        self.connections = connections
        self._event = event
        # Where requests are written down their ids are to be found among those of other runs.
        self.trace_ids = TraceIds(trace_seed or seed)
        self.identities = identities
        self._sent = 0
        self._draw = random.Random(str(seed))  # noqa: S311 -- reproducible traffic, not a secret
        self._metric = metric_pattern(rpc_metric) if rpc_metric else None
        self._worker_header = worker_header
        self._note_header = note_header

    def send(self, call: PlannedCall, *, intended_s: float, tally: PhaseTally | None) -> None:
        """Send the request of a call, or of the one that must come first; never raises for it."""
        self.send_order(self.mix.order(call, self._draw), intended_s=intended_s, tally=tally)

    def send_order(
        self, order: PreparedRequest, *, intended_s: float, tally: PhaseTally | None
    ) -> None:
        """Send a request and tell locust how it ended."""
        self._sent = number = self._sent + 1
        began_s = time.monotonic()
        answer, outcome, reason = self._outcome(order, number)
        sample = Sample(
            intended_s=intended_s,
            began_s=began_s,
            ended_s=time.monotonic(),
            outcome=outcome,
            reason=reason,
            worker=_header(answer, self._worker_header),
            note=_header(answer, self._note_header) or "",
            timing=_header(answer, _TIMING) or "",
            number=number,
            status=answer.status if answer else 0,
        )
        self._tell(order, sample, answer, tally)

    def clear_up(self, *, within_s: float) -> None:
        """Send the calls that take what is still kept, so that no row stays behind."""
        until_s = time.monotonic() + within_s
        for order in self.mix.leftovers(self._draw):
            self.send_order(order, intended_s=time.monotonic(), tally=None)
            if time.monotonic() > until_s:
                break

    def _outcome(
        self, order: PreparedRequest, number: int
    ) -> tuple[HttpResponse | None, Outcome, str | None]:
        asks = self.identities.lines(number) if self.identities else ""
        headers = order.headers + asks + self.trace_ids.header(number)
        try:
            answer = self.connections.exchange(order.method, order.target, order.body, headers)
        except NotSentError as error:
            self.mix.give_back(order)
            return None, "failed", str(error)
        except NoResponseError as error:
            self.mix.settle(order, status=None)
            return None, "unknown", str(error)
        try:
            self.mix.settle(order, status=answer.status, body=answer.body)
        except LookupError as error:
            return answer, "failed", str(error)
        if answer.status in order.call.status:
            return answer, "ok", None
        if answer.status == UNAUTHORIZED and self.identities:
            self.identities.refused(number, asks)
        return answer, "failed", reason_of(answer)

    def _tell(
        self,
        order: PreparedRequest,
        sample: Sample,
        answer: HttpResponse | None,
        tally: PhaseTally | None,
    ) -> None:
        about = {
            "name": order.call.name,
            "context": {"sample": sample, "tally": tally},
            "exception": UnsuccessfulRequestError(sample.reason) if sample.reason else None,
            "response": answer,
            "response_length": len(answer.body) if answer else 0,
        }
        response_ms = (sample.ended_s - sample.intended_s) * _MS_PER_S
        self._event.fire(request_type=order.method, response_time=response_ms, **about)
        round_trip_ms = self._round_trip_ms(sample)
        if round_trip_ms is not None:
            self._event.fire(request_type=RPC, response_time=round_trip_ms, **about)

    def _round_trip_ms(self, sample: Sample) -> float | None:
        if self._metric is None or not sample.timing:
            return None
        found = self._metric.search(sample.timing)
        return float(found[1]) if found else None


def _header(answer: HttpResponse | None, name: str | None) -> str | None:
    return answer.header(name) if answer and name else None


def metric_pattern(name: str) -> re.Pattern[str]:
    """Return what finds a metric's duration in ms in a Server-Timing header (W3C)."""
    duration = r"dur=([0-9]{1,12}(?:\.[0-9]+)?)"
    return re.compile(rf"(?:^|,)\s*{re.escape(name)}\s*(?:;[^,;]*)*?;\s*{duration}")


def reason_of(answer: HttpResponse) -> str:
    """Return an answer's status, and the reason or title of its problem document (RFC 9457)."""
    if not (answer.header("content-type") or "").startswith(_PROBLEM):
        return f"HTTP {answer.status}"
    try:
        problem = msgspec.json.decode(answer.body, type=dict[str, Any])
    except msgspec.MsgspecError:
        return f"HTTP {answer.status}"
    reason = str(problem.get("reason") or problem.get("title") or "")
    return f"HTTP {answer.status} {reason[:_MOST_REASON_CHARACTERS]}".rstrip()
