"""Every wait in a queue is the one that queueing theory gives, path by path.

The stub says for how long each request truly held its slot; the recursion, fed with the planned
arrivals and those times, says how long each must have waited. Nothing is left to the luck of a
draw, so 20 s suffice where a comparison with the textbook's means would need hours.
"""

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from loadtests.plan.plan import PlannedCall
from tests.truth import figures, stubs, theory
from tests.truth.figures import Figure, Tell
from tests.truth.trial import Request, Trial, plan, try_until_it_counts

MEAN_S: Final = 0.02
P99_WITHIN: Final = 0.07
MEAN_WITHIN: Final = 0.10
MEAN_WITHIN_MS: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A queue: its servers, the kind of its service times, its load, and how long it is watched."""

    servers: int
    kind: str
    load: float
    run_s: float = 20.0

    def __str__(self) -> str:
        """Name it as a test's id."""
        return f"{self.servers} x {self.kind} at {self.load:.0%}"


CELLS: Final = [
    Cell(servers=servers, kind=kind, load=load)
    for servers, kind, load in product((1, 2, 4), ("fixed", "exponential"), (0.5, 0.8, 0.9))
]
SHORT_CELLS: Final = [
    Cell(servers=1, kind="exponential", load=0.5, run_s=6.0),
    Cell(servers=2, kind="fixed", load=0.8, run_s=6.0),
    Cell(servers=4, kind="exponential", load=0.9, run_s=6.0),
]


def expected_ms(requests: tuple[Request, ...], servers: int) -> list[float]:
    """Return the response time in ms that theory gives for each request, in order of arrival."""
    services_s = [int(request.note) / 1e6 for request in requests]
    arrivals_s = [request.intended_s for request in requests]
    waits_s = theory.waits_s(arrivals_s, services_s, servers=servers)
    return [(w + s) * 1_000 for w, s in zip(waits_s, services_s, strict=True)]


def holds(cell: Cell, folder: Path, tell: Tell) -> None:
    """Assert that a cell's p99 and mean are those of the theory."""
    call = PlannedCall(name="queue", request=f"GET /{cell.kind}/{MEAN_S * 1e6:.0f}")
    rate_per_s = cell.load * cell.servers / MEAN_S
    with stubs.stub(slots=cell.servers) as stub:
        asked = plan(
            stub.url,
            (call,),
            folder,
            rate_per_s=rate_per_s,
            run_s=cell.run_s,
            arrivals="poisson",
        )
        trial = try_until_it_counts(asked, before=lambda: stubs.seed(stub, cell.servers))
    assert trial.phase.samples == round(rate_per_s * cell.run_s) == len(trial.requests)
    agrees(trial, str(cell), tell, servers=cell.servers)


def agrees(trial: Trial, title: str, tell: Tell, *, servers: int) -> None:
    """Assert that a trial's p99 and mean wait are those of the theory, and tell them."""
    whole_ms = expected_ms(trial.requests, servers)
    service_ms = theory.mean([int(request.note) / 1e3 for request in trial.requests])
    p99_ms, wait_ms = theory.quantile(whole_ms, 0.99), theory.mean(whole_ms) - service_ms
    seen_p99_ms, seen_wait_ms = trial.ms(0.99), trial.mean_ms - service_ms
    tell(figures.ms(f"{title}, p99", expected_ms=p99_ms, measured_ms=seen_p99_ms, bound="7 %"))
    tell(
        Figure(
            truth=f"{title}, mean wait",
            expected=f"{wait_ms:.2f} ms",
            measured=f"{seen_wait_ms:.2f} ms ({seen_wait_ms - wait_ms:+.2f} ms)",
            bound="10 % or 1.5 ms",
        )
    )

    assert seen_p99_ms == pytest.approx(p99_ms, rel=P99_WITHIN)
    assert seen_wait_ms == pytest.approx(wait_ms, rel=MEAN_WITHIN, abs=MEAN_WITHIN_MS)


@pytest.mark.timeout(90)
@pytest.mark.parametrize("cell", SHORT_CELLS, ids=str)
def test_a_queue_watched_for_a_moment_waits_as_theory_says(
    cell: Cell, tmp_path: Path, tell: Tell
) -> None:
    holds(cell, tmp_path, tell)


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_queue_waits_as_theory_says(cell: Cell, tmp_path: Path, tell: Tell) -> None:
    holds(cell, tmp_path, tell)


@pytest.mark.timeout(90)
def test_calls_of_unlike_length_are_one_whole(tmp_path: Path, tell: Tell) -> None:
    # Nine short ones to a long one: the whole's p99 lies among the long ones, and an average of the
    # two calls' own p99 is far from it.
    calls = (
        PlannedCall(name="short", request="GET /fixed/2000", weight=9.0),
        PlannedCall(name="long", request="GET /fixed/80000", weight=1.0),
    )
    with stubs.stub(slots=4) as stub:
        asked = plan(stub.url, calls, tmp_path, rate_per_s=100.0, run_s=6.0, arrivals="poisson")
        trial = try_until_it_counts(asked, before=lambda: stubs.seed(stub, 1))

    assert {name for name, count in _counts(trial).items() if count > 40} == {"short", "long"}
    assert trial.endpoint_ms("short", 0.99) < trial.ms(0.99)
    agrees(trial, "calls of unlike length", tell, servers=4)


def _counts(trial: Trial) -> dict[str, int]:
    return {one.name: one.samples for one in trial.phase.endpoints}
