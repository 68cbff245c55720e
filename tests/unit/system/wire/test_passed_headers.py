"""What the stack file promises of headers is what the system does."""

from pathlib import Path

from contract_tests.hops.header_rules import LEFT_OUT
from system.wire.passed_headers import LEFT_BEHIND, REQUEST_HEADERS
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
