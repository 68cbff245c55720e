"""Finds the highest open-loop rate that keeps an SLO: doubled until it fails, halved until narrow.

The search is pure: `probe` offers a rate and says what came of it. What is found is confirmed by
one more probe, with other arrivals, and lowered where that fails. A p99 varies by a third at one
rate, so near the knee a rate holds or not by luck: after two small steps down come larger ones,
and what holds at last was twice seen to hold, there and above.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from reports.judgement import validity_gates
from reports.judgement.comparison import DISTURBED_BY
from reports.judgement.machine_share import machine_was_its_own
from reports.record.capacity import Probe
from reports.record.measurements import Phase

NARROW: Final = 1.05
GROWTH: Final = 2.0
MOST_PROBES: Final = 14
# What is found is confirmed at itself, then at it over each of these, one after the other.
LOWERED: Final = (1.0, NARROW, NARROW, 1.1, 1.25)
# Where the maximum of the closed loop is known, the search begins at this share of it.
FIRST_SHARE: Final = 0.5
Offer = Callable[[float, int], Probe]
_SHOWN: Final = ("p50", "p99")


@dataclass(slots=True)
class RateFinder:
    """A search under way; `offer(rate, number)` is asked at most `most` times, and confirms.

    Rates below `least_per_s` are not offered: they are too few requests to tell a p99 by.
    """

    offer: Offer
    most: int = MOST_PROBES
    least_per_s: float = 0.0
    probes: list[Probe] = field(default_factory=list)

    def find(self, first_per_s: float) -> float | None:
        """Return the highest rate that held and was confirmed; None where none did.

        A probe that says nothing (`unknown`) is made once more, and then counts as one that failed.
        """
        low, high = self._bracket(first_per_s)
        while low and high and high > low * NARROW and self._may:
            middle = (low * high) ** 0.5
            low, high = (middle, high) if self._holds(middle) else (low, middle)
        return self._confirmed(low) if low else None

    @property
    def _may(self) -> bool:
        return len(self.probes) < self.most

    def _bracket(self, first_per_s: float) -> tuple[float, float]:
        """Return a rate that held and one that did not; 0 where there is none of it."""
        low = high = 0.0
        rate = max(first_per_s, self.least_per_s)
        while self._may and rate >= self.least_per_s and not (low and high):
            if self._holds(rate):
                low, rate = rate, rate * GROWTH
            else:
                high, rate = rate, rate / GROWTH
        return low, high

    def _confirmed(self, rate: float) -> float | None:
        for step in LOWERED:
            rate /= step
            if self._holds(rate, confirms=True):
                return rate
        return None

    def _holds(self, rate: float, *, confirms: bool = False) -> bool:
        for _ in range(2):
            probe = self.offer(rate, len(self.probes))
            self.probes.append(replace(probe, confirms=confirms))
            if probe.verdict != "unknown":
                break
        return probe.verdict == "pass"


def judged(phase: Phase, rate_per_s: float, slo_p99_ms: float) -> Probe:
    """Return what an open phase says of a rate and an SLO.

    A rate at which p99 is above the SLO, or more than 1 % of the requests fail, does not hold,
    unless the generator or something else on the machine may have made it so: then nothing is
    said, and the gate that tripped is named.
    """
    verdict, sentence = _verdict(phase, slo_p99_ms)
    latency = phase.latency_ms
    reasons = {f"{name}_ms": text for name, text in latency.reasons.items() if name in _SHOWN}
    return Probe(
        rate_per_s=round(rate_per_s, 3),
        achieved_per_s=phase.achieved_per_s,
        samples=phase.samples,
        failed=phase.failed + phase.unknown,
        p50_ms=latency.p50,
        p99_ms=latency.p99,
        verdict=verdict,
        sentence=sentence,
        reasons=reasons,
    )


def _verdict(phase: Phase, slo_p99_ms: float) -> validity_gates.Said:
    if not phase.samples:
        return validity_gates.few_failed(phase)
    kept, sentence = validity_gates.rate_was_kept(phase)
    if kept != "pass":
        return _void("rate kept", sentence)
    verdict, sentence = _held(phase, slo_p99_ms)
    # What disturbs a measurement adds to its latencies: within the SLO they were so all the same.
    return (verdict, sentence) if verdict != "fail" else _undisturbed(phase) or (verdict, sentence)


def _held(phase: Phase, slo_p99_ms: float) -> validity_gates.Said:
    """Say whether what was measured is within the SLO, whoever made it so."""
    few_failed, sentence = validity_gates.few_failed(phase)
    if few_failed != "pass":
        return "fail", sentence
    p99_ms = phase.latency_ms.p99
    if p99_ms is None:
        return "unknown", f"p99 is not known: {phase.latency_ms.reasons['p99']}."
    if p99_ms > slo_p99_ms:
        return "fail", f"p99 was {p99_ms:.1f} ms, above {slo_p99_ms:g} ms."
    return "pass", f"p99 was {p99_ms:.1f} ms, within {slo_p99_ms:g} ms."


def _undisturbed(phase: Phase) -> validity_gates.Said | None:
    """Return the first gate by which not the system made a phase what it is; None: it was it."""
    for name in DISTURBED_BY:
        verdict, sentence = validity_gates.GATES[name](phase)
        if verdict == "unknown":
            return _void(name, sentence)
    if not phase.used:
        return _void("machine its own", "what the parts used is not known.")
    verdict, sentence = machine_was_its_own(phase, os.cpu_count() or 1)
    return _void("machine its own", sentence) if verdict == "unknown" else None


def _void(gate: str, sentence: str) -> validity_gates.Said:
    return "unknown", f'The run is void, by the check "{gate}": {sentence}'
