"""The sessions of a phase, a column a figure, and what is made of them when it is over."""

from array import array
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from loadtests.generator.samples import OUTCOMES, Outcome
from loadtests.plan.counts import FlowCounts
from reports.record import latency

_US_PER_S: Final = 1_000_000
_OK: Final = OUTCOMES.index("ok")
_FAILED: Final = OUTCOMES.index("failed")


class SessionSample(Struct, frozen=True, kw_only=True, gc=False):
    """One session: its steps, planned and sent, the seconds it waited for them, how it ended.

    `began_s` is when its first step was sent, in seconds of `time.monotonic()`.
    """

    began_s: float
    planned: int
    sent: int
    waited_s: float
    outcome: Outcome


class SessionSamples:
    """Sessions in the order in which they ended."""

    def __init__(self) -> None:
        self.began_s = array("d")
        self.planned = array("L")
        self.sent = array("L")
        self.waited_s = array("d")
        self.outcomes = array("b")

    def __len__(self) -> int:
        """Return how many sessions there are."""
        return len(self.planned)

    def add(self, sample: SessionSample) -> None:
        """Add a session that has ended."""
        self.began_s.append(sample.began_s)
        self.planned.append(sample.planned)
        self.sent.append(sample.sent)
        self.waited_s.append(sample.waited_s)
        self.outcomes.append(OUTCOMES.index(sample.outcome))

    def counts(self) -> FlowCounts | None:
        """Return what is counted of them; None where there were none.

        As of requests, the time of one that failed does not count: it ended before its time.
        """
        if not self.planned:
            return None
        histogram = latency.new_histogram()
        for waited_s, outcome in zip(self.waited_s, self.outcomes, strict=True):
            if outcome != _FAILED:
                latency.record_us(histogram, waited_s * _US_PER_S)
        return FlowCounts(
            sessions=len(self),
            broken=len(self) - self.outcomes.count(_OK),
            planned=sum(self.planned),
            sent=sum(self.sent),
            latency=latency.encode(histogram),
        )


def merged_flows(flows: Iterable[FlowCounts | None]) -> FlowCounts | None:
    """Return what several processes counted as one; None where none of them had a session."""
    known = [one for one in flows if one]
    if not known:
        return None
    return FlowCounts(
        sessions=sum(one.sessions for one in known),
        broken=sum(one.broken for one in known),
        planned=sum(one.planned for one in known),
        sent=sum(one.sent for one in known),
        latency=latency.encode(latency.merge(latency.decode(one.latency) for one in known)),
    )
