"""Contract runs as the page's tests need them: one with failures of every look, one without any."""

from msgspec.structs import replace

from reports.record.failures import (
    Exercised,
    Failure,
    KeywordCoverage,
    Method,
    MethodCoverage,
    RecordedRequest,
    RecordedResponse,
    ResponseDifference,
    body,
)
from reports.record.record import Check, E2eRun
from tests.unit.reports.sample_runs import HOSTILE, e2e_run

HOSTILE_BODY = b"<script>alert(1)</script><img src=x onerror=alert(1)>\x1b[31m\x00 " + b"x" * 5_000
METHODS: tuple[Method, ...] = ("paper", "parity", "received", "promises", "schema")
OPERATIONS = (
    ("srv_goods", "GET /goods"),
    ("srv_goods", "POST /goods"),
    ("srv_goods", "GET /goods/{goods_id}"),
    ("srv_clients", "PATCH /clients/{client_id}/addresses/{address_id_that_has_a_long_name}"),
)
POST = Failure(
    service="srv_goods",
    operation="POST /goods",
    check="answers_as_its_twin",
    kind="answer",
    method="parity",
    sentence="POST /goods: status: the gateway answers 500, the twin 422",
    hops=("gateway",),
    data="seeded",
    request=RecordedRequest(
        method="POST",
        target="/goods?tag='a'&tag=b",
        headers={"content-type": "application/json"},
        body=body(b'{"name": "it\'s \\u2028", "qty": 2147483648}'),
    ),
    gateway=RecordedResponse(
        status=500, headers={"x-note": "<img src=x onerror=1>"}, body=body(HOSTILE_BODY)
    ),
    twin=RecordedResponse(
        status=422,
        headers={"content-type": "application/problem+json"},
        body=body(b'{"detail": [{"loc": ["body", "qty"], "type": "less_than_equal"}]}'),
    ),
    differences=(
        ResponseDifference(what="status", gateway="500", twin="422"),
        ResponseDifference(
            what="header content-type", gateway="none", twin="application/problem+json"
        ),
        ResponseDifference(what="body", gateway=HOSTILE, twin="w" * 400),
    ),
    repeated="reproducible",
    file="failures/test_01_post_goods_answers_as_its_twin_answer.py",
)
LIST = replace(
    POST,
    operation="GET /goods",
    check="received_equals_sent",
    kind="query",
    method="received",
    sentence="GET /goods: query tag: sent ['a', 'b'], received ['b']",
    hops=("wire", "resolver"),
    request=RecordedRequest(method="GET", target="/goods?tag=a&tag=b"),
    gateway=RecordedResponse(status=200, headers={}, body=body(b'[{"id": 1, "price": "2.50"}]')),
    twin=RecordedResponse(status=200, headers={}, body=body(b'[{"id": 1, "price": 2.5}]')),
    differences=(ResponseDifference(what="body /0/price", gateway='"2.50"', twin="2.5"),),
    repeated="flaky",
    repetition="it held when it was sent again",
    file=None,
)
BYTES = replace(
    POST,
    operation="GET /goods/{goods_id}",
    check="answers_as_its_twin",
    kind="body",
    sentence="GET /goods/{goods_id}: body: other bytes",
    hops=(),
    gateway=RecordedResponse(status=200, headers={}, body=body(b"\xff\xfe\x00" * 30)),
    twin=RecordedResponse(status=200, headers={}, body=body(b"")),
    differences=(),
    known=True,
    file=None,
)
WHOLE = Failure(
    operation="",
    check="no_responder",
    kind="whole",
    method="whole",
    sentence="The gateway answered 500 where 503 no_responder was expected.",
)


LEFT_OUT = Check(
    name="deadline passed",
    verdict="not applicable",
    sentence="A deadline that nobody can keep is said to have passed.",
    reason=f"The stack file names no deadline_header. {HOSTILE}",
    seconds=0.0,
)


def failing_run() -> E2eRun:
    """Return a run with failures of every look, hostile in each of its texts."""
    missing = MethodCoverage(
        service="srv_clients",
        operation=OPERATIONS[3][1],
        method="parity",
        applies=False,
        reason="it has no twin",
    )
    skipped = replace(
        missing, method="schema", applies=True, reason="no request of it was generated"
    )
    grey = {_place(one): one for one in (missing, skipped)}
    return e2e_run(
        [*e2e_run().checks, LEFT_OUT],
        failures=(BYTES, POST, LIST, WHOLE),
        cells=tuple(grey.get(_place(one), one) for one in _cells()),
        exercised=_exercised(never=("POST /goods: never answered 409", HOSTILE)),
        baseline="2026-11-23T090211Z-e2e",
        har="requests.har",
        requests="9f" * 32,
    )


def clean_run() -> E2eRun:
    """Return a run in which all is well."""
    checks = [
        Check(name=name, verdict="pass", sentence=f"{name} held.", seconds=3.2)
        for name in ("golden trial", "srv_goods as its schema says", "no responder")
    ]
    return e2e_run(checks, cells=_cells(), exercised=_exercised(), requests="3c" * 32)


def _place(cell: MethodCoverage) -> tuple[str, str, str]:
    return cell.service, cell.operation, cell.method


def _cells() -> tuple[MethodCoverage, ...]:
    return tuple(
        MethodCoverage(service=service, operation=operation, method=method, asked=200 + 37 * number)
        for number, (service, operation) in enumerate(OPERATIONS)
        for method in METHODS
    )


def _exercised(never: tuple[str, ...] = ()) -> tuple[Exercised, ...]:
    return tuple(
        Exercised(
            service=service,
            operation=operation,
            requests=412,
            documented=("200", "409", "422"),
            statuses={"200": 300, "409": 0 if never else 3, "422": 109, "500": 3 if never else 0},
            keywords=(KeywordCoverage(where="body /qty", keyword="maximum", fits=40, breaks=8),),
            headers={"200 etag": 300},
            never=never if operation == "POST /goods" else (),
        )
        for service, operation in OPERATIONS
    )
