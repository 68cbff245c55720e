"""What locust is told about one request."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from loadtests.generator.connection_pool import HttpResponse, NoResponseError, NotSentError
from loadtests.generator.recorder import RPC, PhaseTally
from loadtests.generator.request_client import RequestClient, metric_pattern, reason_of
from loadtests.plan.calls import TrafficMix
from loadtests.plan.data_rows import DataRows, RowSupply
from loadtests.plan.plan import PlannedCall

CALL = PlannedCall(name="list", request="GET /rows")


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> HttpResponse:
    named = {name.replace("_", "-").encode(): text.encode() for name, text in headers.items()}
    return HttpResponse(status=status, headers=named, body=body)


@dataclass
class Wire:
    """Connections on which every exchange ends alike."""

    outcome: HttpResponse | Exception
    headers: list[str] = field(default_factory=list)

    def exchange(self, _method: str, _target: str, _body: bytes, headers: str) -> HttpResponse:
        """End as told."""
        self.headers.append(headers)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@dataclass
class Events:
    """Locust's request event, remembered."""

    fired: list[dict[str, Any]] = field(default_factory=list)

    def fire(self, **keywords: Any) -> None:  # noqa: ANN401 -- locust's own open signature
        """Remember."""
        self.fired.append(keywords)


def told(outcome: HttpResponse | Exception, *, metric: str | None = "rpc") -> list[dict[str, Any]]:
    events = Events()
    client = RequestClient(
        mix=TrafficMix([CALL]),
        connections=Wire(outcome),  # type: ignore[arg-type]
        event=events,
        seed=1,
        rpc_metric=metric,
        worker_header="X-Served-By",
    )
    client.send(CALL, intended_s=0.0, tally=None)
    return events.fired


def test_locust_hears_of_the_request_and_of_the_rpc_round_trip() -> None:
    http, rpc = told(answer(server_timing="gw;dur=3.1, rpc;dur=2.125, service;dur=1"))

    assert (http["request_type"], http["name"], http["exception"]) == ("GET", "list", None)
    assert (rpc["request_type"], rpc["name"], rpc["response_time"]) == (RPC, "list", 2.125)


@pytest.mark.parametrize(
    ("made", "metric"),
    [
        pytest.param(answer(server_timing="gw;dur=3"), "rpc", id="no such metric"),
        pytest.param(answer(), "rpc", id="no such header"),
        pytest.param(answer(server_timing="rpc;dur=3"), None, id="none named in the stack file"),
        pytest.param(NoResponseError("time-out"), "rpc", id="no answer"),
    ],
)
def test_without_the_metric_there_is_only_the_request(
    made: HttpResponse | Exception, metric: str | None
) -> None:
    assert len(told(made, metric=metric)) == 1


@pytest.mark.parametrize(
    ("made", "outcome", "reason"),
    [
        pytest.param(answer(200), "ok", None, id="a good status"),
        pytest.param(answer(500), "failed", "HTTP 500", id="another status"),
        pytest.param(NotSentError("refused"), "failed", "refused", id="it never left"),
        pytest.param(NoResponseError("time-out"), "unknown", "time-out", id="it may have happened"),
    ],
)
def test_an_outcome_is_ok_failed_or_unknown(
    made: HttpResponse | Exception, outcome: str, reason: str | None
) -> None:
    sample = told(made)[0]["context"]["sample"]

    assert (sample.outcome, sample.reason) == (outcome, reason)


def test_the_worker_that_answered_is_kept() -> None:
    sample = told(answer(x_served_by="clients/42"))[0]["context"]["sample"]

    assert sample.worker == "clients/42"


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("rpc;dur=2.5", "2.5"),
        ("gw;dur=9, rpc;dur=2", "2"),
        ('rpc;desc="queue";dur=2', "2"),
        ("myrpc;dur=9", None),
        ("rpc, gw;dur=9", None),
        ("", None),
    ],
)
def test_a_metric_is_found_by_its_whole_name(header: str, found: str | None) -> None:
    match = metric_pattern("rpc").search(header)

    assert (match[1] if match else None) == found


def test_each_request_bears_the_trace_id_that_its_sample_is_known_by() -> None:
    wire, events = Wire(answer(server_timing="gw;dur=3")), Events()
    client = RequestClient(
        mix=TrafficMix([CALL]),
        connections=wire,  # type: ignore[arg-type]  # what is used of them
        event=events,
        seed=1,
    )
    for _ in range(2):
        client.send(CALL, intended_s=0.0, tally=None)
    samples = [told["context"]["sample"] for told in events.fired]

    assert [f"traceparent: 00-{client.trace_ids.of(one.number)}-" for one in samples] == [
        headers[:49] for headers in wire.headers
    ]
    assert len(set(wire.headers)) == 2
    assert samples[0].timing == "gw;dur=3"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"reason": "no_responder", "title": "x"}', "HTTP 503 no_responder"),
        (b'{"title": "Gateway is busy"}', "HTTP 503 Gateway is busy"),
        (b"{}", "HTTP 503"),
        (b"not json", "HTTP 503"),
    ],
)
def test_a_problem_document_says_why(body: bytes, reason: str) -> None:
    problem = answer(503, body, content_type="application/problem+json")

    assert reason_of(problem) == reason


def test_a_request_for_which_no_row_is_left_failed_and_is_not_sent() -> None:
    data = DataRows(file="f.csv", columns=("who",), rows=(("Ann",),), order="once")
    call = PlannedCall(name="one", request="GET /{who}")
    wire, events = Wire(answer()), Events()
    client = RequestClient(
        mix=TrafficMix([call], RowSupply(data, seed=1)),
        connections=wire,  # type: ignore[arg-type]  # what is used of them
        event=events,
        seed=1,
    )
    for _ in range(2):
        client.send(call, intended_s=0.0, tally=None)
    first, second = (event["context"]["sample"] for event in events.fired)

    assert (first.outcome, second.outcome) == ("ok", "failed")
    assert second.reason == "no row of f.csv is left"


@pytest.mark.parametrize(
    ("expected", "outcome", "reason"),
    [(200, "ok", None), (201, "failed", "status is not 201")],
)
def test_a_good_answer_that_is_not_as_expected_has_failed(
    expected: int, outcome: str, reason: str | None
) -> None:
    call = PlannedCall(name="one", request="GET /", expect={"status": expected})
    events = Events()
    client = RequestClient(
        mix=TrafficMix([call]),
        connections=Wire(answer(200)),  # type: ignore[arg-type]  # what is used of them
        event=events,
        seed=1,
    )
    tally = PhaseTally(arrivals="constant", begin_s=0.0, duration_s=1.0, offered_per_s=1.0)
    client.send(call, intended_s=0.0, tally=tally)
    sample = events.fired[0]["context"]["sample"]

    assert (sample.outcome, sample.reason) == (outcome, reason)
    assert (tally.checked, tally.unchecked) == (1, 0)
