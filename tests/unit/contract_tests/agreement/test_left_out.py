"""What the stack file leaves out is not sent, and no failure."""

import pytest
from msgspec.structs import replace

from contract_tests.agreement.left_out import LETS_IN, OPEN, LeftOut
from contract_tests.recording.session_findings import Findings
from reports.record.failures import Failure, Method
from testcontainers_fixtures.stack_file.contract_spec import LeaveOut
from testcontainers_fixtures.stack_file.login_spec import Login
from testcontainers_fixtures.stack_spec import Contract

PROMISES = Contract(
    leave_out=(
        LeaveOut(route="POST /files", because="an upload"),
        LeaveOut(check="parity", where="GET /clock", because="two clocks"),
        LeaveOut(check="unsupported_method", because="a proxy answers"),
        LeaveOut(check="drift on paper", where="/old/*", because="it goes"),
    ),
    open=("POST /login",),
)


def failure(operation: str, check: str, method: Method, kind: str = "answer") -> Failure:
    return Failure(operation=operation, check=check, kind=kind, method=method, sentence="It fails.")


def test_a_request_that_is_left_out_is_not_to_be_sent() -> None:
    left = LeftOut(PROMISES)

    assert left.because("POST", "/files?a=1") == "an upload"
    assert left.because("GET", "/files") == ""


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (failure("GET /clock", "answers_as_its_twin", "parity"), "two clocks"),
        (failure("GET /orders", "answers_as_its_twin", "parity"), ""),
        (failure("GET /clock", "not_a_server_error", "schema"), ""),
        (failure("GET /orders", "unsupported_method", "schema"), "a proxy answers"),
        (failure("GET /old/{a}", "drift on paper", "paper", "body"), "it goes"),
        (failure("POST /login", "who may come in", "promises"), OPEN),
        (failure("POST /login", "ignored_auth", "schema"), OPEN),
        (failure("POST /orders", "ignored_auth", "schema"), ""),
        (failure("GET /files", "allow_header_conformance", "schema"), "an upload"),
        (failure("GET /orders", "allow_header_conformance", "schema"), ""),
    ],
    ids=lambda one: f"{one.operation} {one.check}" if isinstance(one, Failure) else one,
)
def test_a_failure_of_what_is_left_out_is_none(one: Failure, why: str) -> None:
    findings = Findings()
    findings.left_out = LeftOut(PROMISES)

    assert findings.left_out.excuse(one) == why
    assert findings.note(one) == (not why)
    assert len(findings.failures) == (not why)


@pytest.mark.parametrize(
    ("operation", "where", "why"),
    [
        ("POST /login", "security", OPEN),
        ("POST /login", "answer 401", OPEN),
        ("POST /login", "body", ""),
        ("POST /orders", "security", ""),
        ("GET /old/{a}", "query limit", "it goes"),
    ],
)
def test_a_difference_on_paper_is_none_where_it_is_open_or_left_out(
    operation: str, where: str, why: str
) -> None:
    assert LeftOut(PROMISES).on_paper(operation, where) == why


@pytest.mark.parametrize(
    ("operation", "where", "why"),
    [
        ("POST /auth/token", "operation", LETS_IN),
        ("POST /auth/token", "answer 401", LETS_IN),
        ("POST /auth/token", "body", ""),
        ("POST /orders", "operation", ""),
    ],
)
def test_what_logs_users_in_is_the_gateways_own_and_asks_nobody(
    operation: str, where: str, why: str
) -> None:
    login = Login(request="POST /auth/token?scope=all", token="/t", header={"A": "{token}"})
    left = LeftOut(PROMISES, login)

    assert left.on_paper(operation, where) == why
    assert left.excuse(failure("POST /auth/token", "ignored_auth", "schema")) == LETS_IN
    assert left.is_open("POST", "/auth/token")
    assert not left.is_open("POST", "/orders")


def test_a_method_that_is_left_out_of_an_operation_does_not_apply_to_it() -> None:
    left = LeftOut(PROMISES)

    assert left.of_method("parity", "GET /clock") == "two clocks"
    assert left.of_method("parity", "GET /orders") == ""


def test_what_both_do_alike_is_left_out_and_what_the_gateway_does_alone_is_not() -> None:
    check = "status_code_conformance"
    left = LeftOut(Contract(leave_out=(LeaveOut(check=check, alike=True, because="the 400"),)))
    both = replace(failure("POST /orders", check, "schema"), alike=True)

    assert left.excuse(both) == "the 400"
    assert left.excuse(replace(both, alike=False)) == ""


def test_a_route_or_a_place_that_no_document_has_is_told() -> None:
    left = LeftOut(PROMISES)
    left.because("POST", "/files")

    assert left.unused([("POST", "/files"), ("GET", "/old/{a}")]) == [
        "`leave_out` of [contract] has 'GET /clock', which is no published operation."
    ]
