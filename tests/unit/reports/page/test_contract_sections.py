"""A contract run's page shows both answers as text, whatever stands in them."""

from msgspec.structs import replace

from reports.page.page import run_page
from reports.record.failures import Failure, RecordedRequest, RecordedResponse, body
from tests.unit.reports.sample_runs import e2e_run

HOSTILE = b'<script>alert(1)</script>\x1b[31m\x00 "' + b"x" * 5_000
FAILURE = Failure(
    service="shop",
    operation="GET /things",
    check="answers_as_its_twin",
    kind="answer",
    method="parity",
    sentence="GET /things: status: the gateway answers 500, the twin 200",
    hops=("gateway",),
    request=RecordedRequest(method="GET", target="/things?a='b'"),
    gateway=RecordedResponse(
        status=500, headers={"x": "<img src=x onerror=1>"}, body=body(HOSTILE)
    ),
    twin=RecordedResponse(status=200, headers={}, body=body(b'{"a": 1}')),
)


def test_a_hostile_body_is_text_of_a_bounded_length() -> None:
    html = run_page(e2e_run(failures=(FAILURE,)))

    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\x1b[31m\\x00" in html
    assert "<script" not in html
    assert "<img" not in html
    assert "characters more" in html
    assert "x" * 1_000 not in html


def test_a_known_failure_is_called_known_and_stands_behind_a_new_one() -> None:
    old = replace(FAILURE, known=True, operation="GET /old")

    html = run_page(e2e_run(failures=(old, FAILURE), baseline="earlier"))

    assert html.index('id="failure-1"') < html.index("known before")
    assert "Compared with earlier: 1 new failure, 1 known failure." in html
