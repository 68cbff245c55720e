"""What Prometheus tells of parts is read, and what cannot be read is one sentence."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from testcontainers_fixtures.errors import SpecError, StackError
from testcontainers_fixtures.http_client.http_exchange import HttpReply
from testcontainers_fixtures.scaling import prometheus_usage
from testcontainers_fixtures.scaling.polled_usage import PolledUsage
from testcontainers_fixtures.scaling.prometheus_usage import PrometheusUsage

PARTS = {"srv-rows": "srv_rows", "srv_rows": "srv_rows", "gate": "gate"}
USAGE = PrometheusUsage.of("prometheus:http://p:9090/?query=x", PARTS)


def series(label: str, value: object) -> dict[str, Any]:
    return {"metric": {"container": label}, "value": [1, value]}


def wait_until(holds: Callable[[], bool]) -> bool:
    """Return whether something came to hold, within half a minute."""
    until_s = time.monotonic() + 30
    while not holds() and time.monotonic() < until_s:
        time.sleep(0.01)
    return holds()


@pytest.fixture
def result(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return the list that is the result of every query."""
    found: list[dict[str, Any]] = []

    def exchange(*_: object, **__: object) -> HttpReply:
        data = {"resultType": "vector", "result": found}
        body = json.dumps({"status": "success", "data": data}).encode()
        return HttpReply(status=200, reason="OK", headers=(), body=body)

    monkeypatch.setattr(prometheus_usage, "exchange", exchange)
    return found


def test_each_part_has_its_cpu_seconds_and_others_and_no_numbers_are_left_out(
    result: list[dict[str, Any]],
) -> None:
    result += [series("srv-rows", "12.5"), series("gate", "NaN"), series("another", "1")]

    assert {name: one.cpu_s for name, one in USAGE().items()} == {"srv_rows": 12.5}


@pytest.mark.parametrize(
    ("one", "seen"),
    [
        ({"metric": {"container": "gate"}, "histogram": [1, {}]}, "missing required field `value`"),
        (series("gate", "x"), "could not convert string to float: 'x'"),
        (series("gate", 5), "Expected `str`, got `int`"),
    ],
    ids=["a histogram", "no number", "another type"],
)
def test_what_is_no_series_of_numbers_is_told_in_a_sentence(
    result: list[dict[str, Any]], one: dict[str, Any], seen: str
) -> None:
    result.append(one)
    with pytest.raises(StackError, match=r"Expected Prometheus at .* one number each") as found:
        USAGE()

    assert seen in str(found.value)


def test_two_series_of_one_part_are_refused(result: list[dict[str, Any]]) -> None:
    result += [series("srv-rows", "1"), series("srv_rows", "2")]

    with pytest.raises(SpecError, match=r"one series of part 'srv_rows' .* called 'srv_rows'"):
        USAGE()


def test_an_answer_that_cannot_be_read_leaves_a_gap_and_is_asked_for_again(
    result: list[dict[str, Any]],
) -> None:
    result.append(series("gate", "1"))
    polled = PolledUsage(USAGE, where="it", every_s=0.01)
    polled.require(["gate"])
    result[:] = [series("gate", "x")]
    has_gap = wait_until(lambda: polled.of("gate") is None)
    result[:] = [series("gate", "2")]
    goes_on = wait_until(lambda: polled.of("gate") is not None)
    polled.close()

    assert has_gap
    assert goes_on
