"""The solver names the cheapest configuration that should hold, what binds it, and the room."""

import math

import pytest

from loadtests.capacity.solver import CopyCosts, costs_of, solve, without
from loadtests.capacity.utilisation_law import MACHINE, TURNS, Limit
from reports.record.capacity import Estimate, Question, no_estimate
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import SpecError

EACH_PER_S = 100.0
MACHINE_PER_S = 350.0


class Line:
    """A system on which each pair of resolver and worker adds 100 a second, up to 350."""

    def carries(self, at: CopyCounts) -> Estimate:
        value = min(MACHINE_PER_S, EACH_PER_S * min(at.resolvers, at.service_workers))
        return Estimate(value=value, low=0.9 * value, high=1.1 * value, sure=0.95 * value)

    def p99_ms(self, at: CopyCounts, rate_per_s: float) -> Estimate:
        most = self.carries(at).value or 0.0
        if rate_per_s >= most:
            return no_estimate("full")
        value = 10.0 / (1 - rate_per_s / most)
        return Estimate(value=value, low=value, high=2 * value, sure=1.2 * value)

    def limits(self, at: CopyCounts) -> tuple[Limit, ...]:
        each = EACH_PER_S * min(at.resolvers, at.service_workers)
        found = [Limit(resource=TURNS, most_per_s=each)]
        found.append(Limit(resource=MACHINE, most_per_s=MACHINE_PER_S))
        return tuple(sorted(found, key=lambda one: one.most_per_s))


GRID = [
    CopyCounts(resolvers=r, service_workers=w, gateway_workers=g)
    for r in range(1, 6)
    for w in range(1, 6)
    for g in (1, 2)
]


def question(rate_per_s: float, slo_p99_ms: float = 50.0, spare: int = 0) -> Question:
    return Question(rate_per_s=rate_per_s, slo_p99_ms=slo_p99_ms, spare=spare)


@pytest.mark.parametrize(
    ("rate_per_s", "copies"), [(50.0, 1), (75.0, 1), (80.0, 2), (150.0, 2), (220.0, 3), (260.0, 4)]
)
def test_the_cheapest_that_holds_is_taken(rate_per_s: float, copies: int) -> None:
    found = solve(Line(), GRID, question(rate_per_s), CopyCosts())

    assert found
    assert found.holds
    assert found.at == CopyCounts(resolvers=copies, service_workers=copies)
    assert found.cost == 2 * copies + 1


def test_with_a_spare_part_what_is_left_after_losing_one_still_holds() -> None:
    found = solve(Line(), GRID, question(150.0, spare=1), CopyCosts())

    assert found
    assert found.holds
    assert found.at == CopyCounts(resolvers=3, service_workers=3, gateway_workers=2)
    assert found.weakest in dict(without(found.at, 1)).values()
    assert found.lost


def test_what_binds_and_the_room_that_is_left_are_told() -> None:
    small = solve(Line(), GRID, question(150.0), CopyCosts())
    large = solve(Line(), GRID, question(300.0, slo_p99_ms=400.0), CopyCosts())

    assert small
    assert large
    assert small.limit.resource == TURNS
    assert large.limit.resource == MACHINE
    # p99 * 1.2 = 50 ms at 76 % of 200 a second: 152, of which 5 % steps see nothing above 150.
    assert small.headroom_share == pytest.approx(0.0, abs=0.05)
    assert large.headroom_share == pytest.approx(0.10, abs=0.06)


def test_where_none_holds_the_nearest_is_told_as_one_that_does_not() -> None:
    found = solve(Line(), GRID, question(320.0, slo_p99_ms=20.0), CopyCosts())

    assert found
    assert not found.holds
    assert Line().carries(found.at).value == MACHINE_PER_S


def test_costs_decide_between_configurations() -> None:
    def model_sum(at: CopyCounts) -> float:
        return at.resolvers + at.service_workers

    class Either(Line):
        """A system in which any copy adds as much."""

        def carries(self, at: CopyCounts) -> Estimate:
            value = EACH_PER_S * model_sum(at) / 2
            return Estimate(value=value, low=value, high=value, sure=value)

    dear_resolvers = solve(Either(), GRID, question(220.0), CopyCosts(resolver=3, worker=1))
    dear_workers = solve(Either(), GRID, question(220.0), CopyCosts(resolver=1, worker=3))

    assert dear_resolvers
    assert dear_workers
    assert dear_resolvers.at.service_workers > dear_resolvers.at.resolvers
    assert dear_workers.at.resolvers > dear_workers.at.service_workers


def test_what_a_measurement_refuted_is_not_named_again() -> None:
    first = solve(Line(), GRID, question(150.0), CopyCosts())
    assert first

    second = solve(Line(), GRID, question(150.0), CopyCosts(), refuted=[first.at])

    assert second
    assert second.at != first.at
    assert second.cost >= first.cost


def test_no_candidate_gives_no_answer() -> None:
    assert solve(Line(), [], question(10.0), CopyCosts()) is None
    assert solve(Line(), [CopyCounts()], question(10.0, spare=1), CopyCosts()) is None


def test_costs_are_read_from_the_command_line() -> None:
    assert costs_of(None) == CopyCosts()
    assert costs_of("resolver=1,worker=0.5") == CopyCosts(resolver=1.0, worker=0.5, gateway=1.0)
    assert math.isclose(costs_of("worker=0.5").of(CopyCounts(service_workers=4)), 4.0)


@pytest.mark.parametrize("text", ["resolver", "broker=1", "worker=-1", "worker=1;resolver=2"])
def test_a_cost_that_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match="--cost takes resolver=1"):
        costs_of(text)
