"""What keeps a connection from standing is said once, told to callers, and waited out."""

import itertools

import pytest
from structlog.testing import capture_logs

from system.wire.broker_errors import BrokerRefusedError
from system.wire.broker_login import BrokerSettings
from system.wire.outage import JITTER, REFUSED_PAUSE_S, Outage
from system.wire.rpc_errors import AccessRefusedError, BrokerDownError, QueueMismatchError

SETTINGS = BrokerSettings(url="amqp://somebody:secret@127.0.0.1:1/somewhere")


@pytest.fixture
def outage() -> Outage:
    return Outage(SETTINGS, "test")


def refused(said: str = "It is not allowed.") -> BrokerRefusedError:
    return BrokerRefusedError(AccessRefusedError(said))


def test_callers_are_told_the_present_reason_and_each_an_error_of_their_own(
    outage: Outage,
) -> None:
    before = outage.fault()
    outage.refused(refused())
    one, other = outage.fault(), outage.fault()
    outage.refused(BrokerRefusedError(QueueMismatchError("It is a stream.")))
    then = outage.fault()
    outage.broken(OSError("gone"))

    assert isinstance(before, BrokerDownError)
    assert (one.reason, str(one), one.retry_after_s) == (
        "access_refused",
        "It is not allowed.",
        REFUSED_PAUSE_S,
    )
    assert one is not other
    assert (then.reason, outage.fault().reason) == ("queue_mismatch", "broker_down")
    assert repr(outage) == "<Outage broker_down>"


def test_the_same_is_said_once_and_again_after_it_was_over(outage: Outage) -> None:
    with capture_logs() as lines:
        for _ in range(3):
            outage.refused(refused())
        outage.refused(refused("Something else."))
        outage.over()
        outage.refused(refused("Something else."))

    assert len(lines) == 3
    assert {(one["user"], one["vhost"]) for one in lines} == {("somebody", "somewhere")}
    assert "secret" not in str(lines)


def test_refusals_are_tried_again_ever_more_seldom_but_not_too_seldom(outage: Outage) -> None:
    pauses_s = []
    for _ in range(30):
        outage.refused(refused())
        pauses_s.append(outage.pause_s())
    outage.broken(OSError("gone"))

    bounds_s = [min(SETTINGS.reconnect_interval_s * 2**n, REFUSED_PAUSE_S) for n in range(1, 31)]
    for pause_s, bound_s in zip(pauses_s, bounds_s, strict=True):
        assert bound_s * (1 - JITTER) <= pause_s <= bound_s * (1 + JITTER)
    assert outage.pause_s() <= SETTINGS.reconnect_interval_s * (1 + JITTER)


def test_a_defect_is_an_error_with_its_traceback(outage: Outage) -> None:
    error = ZeroDivisionError("out of the blue")
    with capture_logs() as lines:
        for _ in itertools.repeat(None, 3):
            outage.defect(error)

    assert [(one["log_level"], one["exc_info"]) for one in lines] == [("error", error)]
