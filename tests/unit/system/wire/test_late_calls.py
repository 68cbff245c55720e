"""Calls that came late from another machine are all counted, and told once in a while."""

from structlog.testing import capture_logs

from system.wire.late_calls import SAID_EVERY_S, LateCalls


def test_each_is_counted_and_answered_and_one_line_tells_of_many() -> None:
    now_s = 1_000.0
    lateness = LateCalls(clock=lambda: now_s)
    with capture_logs() as lines:
        faults = [lateness.note("there", by_s=2.5) for _ in range(100)]
        now_s += SAID_EVERY_S
        lateness.note("there", by_s=3.0)

    assert lateness.count == 101
    assert repr(lateness) == "<LateCalls 101 calls>"
    assert {fault.reason for fault in faults} == {"late_on_arrival"}
    assert "2.500 s" in str(faults[0])
    assert [(one["count"], one["by_s"], one["boot"]) for one in lines] == [
        (1, 2.5, "there"),
        (101, 3.0, "there"),
    ]
