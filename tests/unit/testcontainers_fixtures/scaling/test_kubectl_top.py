"""What `kubectl top` tells is counted up, once for each thing that it newly says."""

import threading
from typing import Any

import pytest

from testcontainers_fixtures.engines.engine import Usage
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.scaling import kubectl_top, polled_usage
from testcontainers_fixtures.scaling.kubectl_top import KubectlTop
from testcontainers_fixtures.scaling.polled_usage import PolledUsage
from testcontainers_fixtures.stack_file.attach_spec import Attach
from tests.unit.testcontainers_fixtures.scaling.engine_answers import answering

ATTACH = Attach(gateway="http://g", engine="kubernetes", namespace="n")
FIRST = "rpc-1  app      500m  40Mi\nrpc-1  sidecar  100m  10Mi\nrpc-2  app  400m  50Mi\n"
PODS = {"rpc": ("rpc-1", "rpc-2"), "young": ("young-1",), "none": ()}


class Clock:
    """A clock that a test sets, in the place of the modules' own."""

    now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(kubectl_top, "time", made)
    monkeypatch.setattr(polled_usage, "time", made)
    return made


def test_a_rate_counts_for_the_time_since_the_last_and_no_part_without_all_its_pods(
    clock: Clock,
) -> None:
    known: dict[str, Any] = {"top pod --containers": FIRST}
    top = KubectlTop(ATTACH, answering(known), lambda: PODS)
    clock.now_s += 10
    [first] = top().values()
    clock.now_s += 5
    [same] = top().values()
    clock.now_s += 10
    known["top pod --containers"] = FIRST.replace("400m", "900m")
    [second] = top().values()

    assert first.cpu_s == pytest.approx(10.0)
    assert first.memory_bytes == 100 * 2**20
    assert same == first
    assert second.cpu_s - first.cpu_s == pytest.approx(15 * 1.5)


def test_what_is_said_again_is_as_old_as_it_was_after_a_gap_too(clock: Clock) -> None:
    known: dict[str, Any] = {"top pod --containers": FIRST}
    top = KubectlTop(ATTACH, answering(known), lambda: PODS)
    polled = PolledUsage(top, where="it", every_s=5.0)
    seen = []
    new = FIRST.replace("400m", "900m")
    for said in (FIRST, FIRST, new, None, new):
        clock.now_s += 6
        known["top pod --containers"] = said
        polled.renew()
        seen.append(polled.of("rpc"))

    assert [one.told_s if one else None for one in seen] == [106.0, 106.0, 118.0, None, 118.0]
    assert polled.of("young") is None


def test_it_is_asked_again_until_it_is_closed() -> None:
    asked = threading.Semaphore(0)

    def ask() -> dict[str, Usage]:
        asked.release()
        return {"rpc": Usage(cpu_s=1.0, memory_bytes=None, throttled_s=None)}

    polled = PolledUsage(ask, where="it", every_s=0.01)
    polled.require(["rpc"])
    again = [asked.acquire(timeout=30) for _ in range(3)]
    polled.close()

    assert again == [True, True, True]
    assert "usage" not in {one.name for one in threading.enumerate()}


def test_what_is_no_table_of_pods_is_refused() -> None:
    top = KubectlTop(ATTACH, answering({"top": "No resources found"}), lambda: PODS)
    with pytest.raises(StackError, match="Expected lines POD NAME CPU MEMORY"):
        top()
