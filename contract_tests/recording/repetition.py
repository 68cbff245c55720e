"""Repeats what a test found once, from a clean state: it is reproducible, or flaky.

A request that fails alone needs nothing before it. One that does not is sent again behind the
writes that came before it; only what fails neither way is flaky.
"""

import time
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from contract_tests.hops.http_methods import SAFE
from contract_tests.recording.failures import PARITY
from contract_tests.recording.replay import FailureCase, again
from contract_tests.recording.session_findings import Findings
from reports.record.failures import Failure, Identity, RecordedRequest
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.stack import Stack

NO_TIME: Final = "there was no time left for it"
NO_REQUEST: Final = "it is shown by no single request"


def by_request(stack: Stack, findings: Findings, test: str) -> None:
    """Repeat every failure of a test by its request; reads first, which leave the data clean."""
    resend = Resend(stack, findings)
    for failure in sorted(findings.of_test(test), key=lambda one: not _safe(one)):
        findings.repeated(_timed(findings, failure, resend))


def by_rerun(
    stack: Stack, findings: Findings, test: str, rerun: Callable[[], set[Identity]]
) -> None:
    """Repeat what no request alone shows again by telling the whole story anew."""
    failures = [one for one in findings.of_test(test) if one.repeated != "reproducible"]
    if not failures:
        return
    began_s = time.monotonic()
    if not findings.time_left(began_s):
        return
    if stack.ours:
        stack.reset()
        findings.fresh()
    seen = rerun()
    findings.time_left(began_s)
    for one in failures:
        findings.repeated(_labelled(one, "told again", fails=one.identity in seen))


def _timed(findings: Findings, failure: Failure, send: Callable[[Failure], Failure]) -> Failure:
    began_s = time.monotonic()
    if not findings.time_left(began_s):
        return replace(failure, repetition=NO_TIME)
    try:
        return send(failure)
    except StackError as error:
        return replace(failure, repetition=str(error))
    finally:
        findings.time_left(began_s)


class Resend:
    """Sends the request of one failure after the other again, over data that is clean."""

    def __init__(self, stack: Stack, findings: Findings) -> None:
        self._stack = stack
        self._findings = findings
        self._clean: str | None = None  # the kind of data that is as it was at first

    def __call__(self, failure: Failure) -> Failure:
        """Return the failure with its label."""
        if failure.request is None or failure.gateway is None or not failure.service:
            return replace(failure, repetition=NO_REQUEST)
        if self._fails(failure):
            return _labelled(failure, "sent alone", fails=True)
        before = self._findings.writes_before(failure)
        if not before or not self._stack.ours:
            return _labelled(failure, "sent alone", fails=False)
        behind = replace(failure, before=before)
        if self._fails(behind):
            return _labelled(behind, f"sent behind {len(before)} writes", fails=True)
        return _labelled(failure, f"sent alone and behind {len(before)} writes", fails=False)

    def _fails(self, failure: Failure) -> bool:
        one = kept(failure)
        start_over = self._clean != failure.data
        places = self._findings.places.get(failure.service)
        found = again(
            *(self._stack, one, self._findings.agreement),
            promises=places.promises if places else None,
            start_over=start_over,
        )
        self._clean = failure.data if all(r.method in SAFE for r in one.requests) else None
        return bool(found)


def _safe(failure: Failure) -> bool:
    return failure.request is None or failure.request.method in SAFE


def kept(failure: Failure) -> FailureCase:
    """Return what shows a failure."""
    request, gateway = failure.request, failure.gateway
    if request is None or gateway is None:
        raise ValueError(f"Expected a failure with a request and its answer: {failure.sentence}")
    requests: tuple[RecordedRequest, ...] = (*failure.before, request)
    return FailureCase(
        service=failure.service,
        operation=failure.operation,
        check=PARITY if failure.method == "paper" else failure.check,
        data=failure.data,
        requests=requests,
        status=gateway.status,
        answer=gateway.body.content,
    )


def _labelled(failure: Failure, how: str, *, fails: bool) -> Failure:
    if fails:
        return replace(failure, repeated="reproducible", repetition=f"it fails again, {how}")
    return replace(failure, repeated="flaky", repetition=f"it does not fail again, {how}")
