"""What the stack file promises of headers is what the system does, and nothing else passes."""

from pathlib import Path

import pytest

from contract_tests.hops.header_rules import LEFT_OUT
from system.wire.passed_headers import LEFT_BEHIND, REQUEST_HEADERS, answered, passing
from testcontainers_fixtures.stack_spec import read_stack_file

CONTRACT = read_stack_file(Path(__file__).parents[4] / "system" / "stack.toml").contract


def lower(names: tuple[str, ...]) -> set[str]:
    return {name.lower() for name in names}


def test_every_header_that_is_promised_to_a_service_passes() -> None:
    # The id passes as the gateway's own, which is the client's where that is usable.
    assert lower(CONTRACT.request_headers) - {"x-request-id"} <= REQUEST_HEADERS


def test_every_header_that_is_left_behind_is_written_down_and_no_other() -> None:
    written = lower(CONTRACT.dropped_headers)

    assert written == LEFT_BEHIND - LEFT_OUT - lower(CONTRACT.volatile_headers)
    assert not lower(CONTRACT.response_headers) & LEFT_BEHIND


def test_what_may_pass_to_a_service_passes_in_its_order_and_spelling_repeated_or_not() -> None:
    sent = [("Accept", "a"), ("X-User-Id", "1"), ("cookie", "b"), ("Host", "c"), ("ACCEPT", "d")]

    assert passing(sent, REQUEST_HEADERS) == (("Accept", "a"), ("cookie", "b"), ("ACCEPT", "d"))


def test_all_that_a_service_says_passes_but_for_what_is_left_behind() -> None:
    said = [("Set-Cookie", "a"), ("Date", "b"), ("X-Own", "c"), ("set-cookie", "d"), ("TE", "e")]

    assert answered(said, method="GET") == (
        ("Set-Cookie", "a"),
        ("X-Own", "c"),
        ("set-cookie", "d"),
    )


@pytest.mark.parametrize(("method", "passes"), [("GET", False), ("HEAD", True)])
def test_only_of_an_answer_to_head_its_length_passes(method: str, *, passes: bool) -> None:
    length = ("Content-Length", "7")

    assert answered([length], method=method) == ((length,) if passes else ())


@pytest.mark.parametrize("to_service", [True, False], ids=["to a service", "to a client"])
def test_what_any_connection_header_names_does_not_pass(*, to_service: bool) -> None:
    pairs = [
        ("Connection", "close, If-Match"),
        ("if-match", "a"),
        ("Prefer", "b"),
        ("Range", "c"),
        ("connection", " prefer ,"),
    ]
    passed = passing(pairs, REQUEST_HEADERS) if to_service else answered(pairs, method="GET")

    assert passed == (("Range", "c"),)
