"""Tells a wait that is no work: an answer that is held back until TCP acknowledges its beginning.

A server that writes head and body in two pieces, on a socket without TCP_NODELAY, sends the second
only once the first is acknowledged (Nagle, RFC 896), and Linux lets an acknowledgement wait 40 ms
for something to travel with. It waits by the kernel's ticks: 40 to 44 ms at 250 of them a second.
Spaced requests do not meet it, since a connection that was idle is acknowledged at once.
"""

from collections.abc import Mapping
from typing import Final, Literal

from reports.judgement.pooling import pooled
from reports.record import latency, number_formats
from reports.record.measurements import Configuration, Phase

# The timer, less what clocks may differ by; what the ticks may add; an answer's own time beside it.
LEAST_MS: Final = 39.5
MOST_MS: Final = 45.0
WITH_WORK_MS: Final = 60.0
QUICK_MS: Final = 20.0
FEW: Final = 20
# Of so many percent of the answers it may be otherwise: a connection's first do not wait.
EDGE: Final = 1.0
BUSY_SHARE: Final = 0.9
CAUSE: Final = (
    "a delayed acknowledgement (Nagle, no TCP_NODELAY): the server writes an answer in two pieces, "
    "and the second leaves when the first is acknowledged, 40 ms later"
)
CURE: Final = "Have it set TCP_NODELAY; `uvicorn --workers` does with `--loop uvloop`"
Seen = Literal["shown", "alike", ""]


def seen(configuration: Configuration) -> Seen:
    """Tell whether answers wait for an acknowledgement: shown, only alike, or not.

    It is shown where nearly all answers to a call wait in the closed loop, in which one request
    follows the other, be there but one user, and most are quick once requests are spaced: a fixed
    wait inside the system would be there both times. Where it is, it is alike and no more.
    """
    closed, spaced = pooled(configuration, "closed"), _spaced(configuration)
    if spaced is None or not LEAST_MS <= alone_ms(closed or spaced) <= WITH_WORK_MS:
        return ""
    first, usual = _by_call(closed or spaced, EDGE), _by_call(spaced, 50.0)
    waiting = {name for name, ms in first.items() if LEAST_MS <= ms <= WITH_WORK_MS}
    if any(usual.get(name, WITH_WORK_MS) < QUICK_MS for name in waiting):
        return "shown"
    at_once = _by_call(spaced, EDGE)
    exact = [name for name in waiting if LEAST_MS <= at_once.get(name, 0.0) <= MOST_MS]
    idle = spaced.host_cpu is None or spaced.host_cpu < BUSY_SHARE
    return "alike" if exact and idle else ""


def sentence(configuration: Configuration) -> str:
    """Return what a reader should know of it; empty where nothing was seen."""
    closed, spaced = pooled(configuration, "closed"), _spaced(configuration)
    found = seen(configuration)
    if found == "shown" and closed and spaced:
        alone, apart = map(number_formats.ms, (alone_ms(closed), spaced.latency_ms.p50))
        return (
            f"Answers take {alone} ms where one request follows another, be there but one user, "
            f"and {apart} ms where they are spaced: they wait for no core. "
            f"It is the mark of {CAUSE}. {CURE}."
        )
    if found == "alike":
        return (
            f"Nearly all answers take 40 ms and hardly more, while cores idle: a fixed wait in the "
            f"system, or what looks like {CAUSE}. {CURE}, and see whether it goes."
        )
    return ""


def holds_up(configuration: Configuration) -> bool:
    """Tell whether the closed loop was held up by this wait at its maximum, and by no core."""
    closed = pooled(configuration, "closed")
    return (
        closed is not None
        and (closed.latency_ms.p50 or WITH_WORK_MS) < WITH_WORK_MS
        and seen(configuration) == "shown"
    )


def alone_ms(phase: Phase) -> float:
    """Return the median with the fewest users, among whom no answer waits for another."""
    known = [(one.users, one.latency_ms.p50) for one in phase.levels if one.latency_ms.p50]
    _, median_ms = min(known, default=(0, phase.latency_ms.p50))
    return median_ms or 0.0


def _spaced(configuration: Configuration) -> Phase | None:
    return pooled(configuration, "common") or pooled(configuration, "open")


def _by_call(phase: Phase, percentile: float) -> Mapping[str, float]:
    """Return a percentile of each call that was answered often enough, in ms."""
    read = {name: latency.decode(text) for name, text in phase.histograms.endpoints.items() if text}
    return {
        name: latency.values_ms(one, [percentile])[percentile]
        for name, one in read.items()
        if latency.summary(one).samples >= FEW
    }
