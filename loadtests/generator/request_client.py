"""Sends one request of a traffic mix and tells locust about it: the HTTP event, and the RPC one.

The second event carries what the gateway said, in its `Server-Timing` header, about the round trip
over the queue; so whoever listens to locust sees the hop beside the whole.
"""

import random
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
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
from loadtests.plan.answer_checks import CheckBudget, Complaint
from loadtests.plan.calls import PreparedRequest, TrafficMix, prepared
from loadtests.plan.data_rows import RowsUsedUpError
from loadtests.plan.plan import PlannedCall

_TIMING: Final = "server-timing"
_MS_PER_S: Final = 1_000
_PROBLEM: Final = "application/problem+json"
_MOST_REASON_CHARACTERS: Final = 80


class RequestEvent(Protocol):
    """Locust's `request` event: it hands its keywords to every listener."""

    def fire(self, **keywords: Any) -> None:  # noqa: ANN401 -- locust's own open signature
        """Tell every listener."""


class ValueKeeper(Protocol):
    """Lends values to requests, and keeps those that their answers bring."""

    def settle(
        self,
        order: PreparedRequest,
        *,
        status: int | None,
        body: bytes = ...,
        headers: Mapping[bytes, bytes] = ...,
    ) -> None:
        """Take note of an answer, or with no status that none came; LookupError for a poor one."""

    def give_back(self, order: PreparedRequest) -> None:
        """Take note that a request never left."""


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
        self._budget = CheckBudget()
        self._draw = random.Random(str(seed))  # noqa: S311 -- reproducible traffic, not a secret
        self._metric = metric_pattern(rpc_metric) if rpc_metric else None
        self._worker_header = worker_header
        self._note_header = note_header

    def send(self, call: PlannedCall, *, intended_s: float, tally: PhaseTally | None) -> None:
        """Send the request of a call, or of the one that must come first; never raises for it."""
        try:
            order = self.mix.order(call, self._draw)
        except RowsUsedUpError as error:
            self.leave_out(call, str(error), intended_s=intended_s, tally=tally)
        else:
            self.send_order(order, intended_s=intended_s, tally=tally)

    def leave_out(
        self, call: PlannedCall, reason: str, *, intended_s: float, tally: PhaseTally | None
    ) -> None:
        """Count a request that cannot be made as one that failed."""
        now_s = time.monotonic()
        sample = Sample(
            intended_s=intended_s, began_s=now_s, ended_s=now_s, outcome="failed", reason=reason
        )
        self._tell(prepared(call, {}), sample, None, tally)

    def send_order(
        self,
        order: PreparedRequest,
        *,
        intended_s: float,
        tally: PhaseTally | None,
        keeper: ValueKeeper | None = None,
    ) -> Sample:
        """Send a request, tell locust how it ended, and return that.

        What was lent to it, and what its answer brings, is the mix's, or the `keeper`'s.
        """
        self._sent = number = self._sent + 1
        began_s = time.monotonic()
        answer, outcome, reason = self._outcome(order, number, keeper or self.mix)
        if order.complaint and answer and outcome == "ok":
            reason = self._complaint(order.complaint, answer, tally)
            outcome = "failed" if reason else "ok"
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
        return sample

    def clear_up(self, *, within_s: float) -> None:
        """Send the calls that take what is still kept, so that no row stays behind."""
        until_s = time.monotonic() + within_s
        # Rows may be used up: then what is kept stays.
        with suppress(RowsUsedUpError):
            for order in self.mix.leftovers(self._draw):
                self.send_order(order, intended_s=time.monotonic(), tally=None)
                if time.monotonic() > until_s:
                    break

    def _outcome(
        self, order: PreparedRequest, number: int, keeper: ValueKeeper
    ) -> tuple[HttpResponse | None, Outcome, str | None]:
        asks = self.identities.lines(number) if self.identities else ""
        headers = order.headers + asks + self.trace_ids.header(number)
        try:
            answer = self.connections.exchange(order.method, order.target, order.body, headers)
        except NotSentError as error:
            keeper.give_back(order)
            return None, "failed", str(error)
        except NoResponseError as error:
            keeper.settle(order, status=None)
            return None, "unknown", str(error)
        try:
            keeper.settle(order, status=answer.status, body=answer.body, headers=answer.headers)
        except LookupError as error:
            return answer, "failed", str(error)
        if answer.status in order.call.status:
            return answer, "ok", None
        if answer.status == UNAUTHORIZED and self.identities:
            self.identities.refused(number, asks)
        return answer, "failed", reason_of(answer)

    def _complaint(
        self, complaint: Complaint, answer: HttpResponse, tally: PhaseTally | None
    ) -> str | None:
        """Return what is wrong with a good answer; None too where a check would cost too much."""
        if not self._budget.allows:
            if tally:
                tally.unchecked += 1
            return None
        if tally:
            tally.checked += 1
        return self._budget.spend(
            partial(complaint, status=answer.status, body=answer.body, headers=answer.headers)
        )

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
