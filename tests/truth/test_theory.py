"""The theory that the truths are held against, itself held against closed forms."""

import math
import random
from collections.abc import Callable

import pytest

from tests.truth import theory

REQUESTS = 400_000
SERVICE_S = 0.02


def _arrivals_s(rate_per_s: float) -> list[float]:
    draw, moment_s, made = random.Random(1), 0.0, []  # noqa: S311 -- no secret
    for _ in range(REQUESTS):
        moment_s += draw.expovariate(rate_per_s)
        made.append(moment_s)
    return made


def _mean_wait_s(rate_per_s: float, service_s: Callable[[], float], servers: int) -> float:
    services_s = (service_s() for _ in range(REQUESTS))
    return theory.mean(list(theory.waits_s(_arrivals_s(rate_per_s), services_s, servers=servers)))


@pytest.mark.parametrize("servers", [1, 2, 4])
@pytest.mark.parametrize("load", [0.5, 0.8])
def test_the_recursion_gives_erlangs_mean_wait(servers: int, load: float) -> None:
    draw, rate_per_s = random.Random(2), load * servers / SERVICE_S  # noqa: S311 -- no secret
    seen_s = _mean_wait_s(rate_per_s, lambda: draw.expovariate(1 / SERVICE_S), servers)
    expected_s = theory.mean_wait_mmc_s(servers, rate_per_s=rate_per_s, service_s=SERVICE_S)

    assert seen_s == pytest.approx(expected_s, rel=0.05)


def test_the_recursion_gives_pollaczeks_and_khinchines_mean_wait() -> None:
    rate_per_s = 0.8 / SERVICE_S
    seen_s = _mean_wait_s(rate_per_s, lambda: SERVICE_S, 1)
    expected_s = theory.mean_wait_md1_s(rate_per_s=rate_per_s, service_s=SERVICE_S)

    assert seen_s == pytest.approx(expected_s, rel=0.05)


def test_one_server_waits_as_lindley_says() -> None:
    arrivals_s, services_s = [0.0, 1.0, 1.5, 9.0], [2.0, 2.0, 1.0, 1.0]
    expected_s, wait_s = [0.0], 0.0
    for gap_s, service_s in zip([1.0, 0.5, 7.5], services_s, strict=False):
        wait_s = max(0.0, wait_s + service_s - gap_s)
        expected_s.append(wait_s)

    assert list(theory.waits_s(arrivals_s, services_s, servers=1)) == expected_s


def test_a_free_server_is_taken_before_anybody_waits() -> None:
    waits_s = list(theory.waits_s([0.0, 0.0, 0.0], [3.0, 1.0, 1.0], servers=2))

    assert waits_s == [0.0, 0.0, 1.0]


def test_one_servers_erlang_c_is_its_load() -> None:
    assert theory.erlang_c(1, 0.7) == pytest.approx(0.7)
    # Two servers: a^2 / (2 + a) in closed form.
    assert theory.erlang_c(2, 1.6) == pytest.approx(1.6**2 / 3.6)


def test_the_tail_of_the_wait_is_erlangs() -> None:
    # P(W > t) = C exp(-(c mu - lambda) t): 51 ms at p99 for 10 ms of service, 4 servers, 80 %.
    wait_s = math.log(theory.erlang_c(4, 3.2) / 0.01) / (4 / 0.01 - 320)

    assert wait_s == pytest.approx(0.051, abs=0.001)


def test_a_freeze_shows_as_the_recursion_says() -> None:
    rate_per_s, run_s, frozen_s, capacity_per_s = 200.0, 30.0, 2.0, 5_000.0
    arrivals_s = [number / rate_per_s for number in range(int(run_s * rate_per_s))]
    begun, ended = 10.0, 10.0 + frozen_s
    # The freeze is a request of its own that takes as long.
    jobs = sorted([(at_s, 1 / capacity_per_s) for at_s in arrivals_s] + [(begun, ended - begun)])
    waits_s = theory.waits_s(*zip(*jobs, strict=True), servers=1)

    assert theory.quantile(waits_s, 0.99) == pytest.approx(
        theory.frozen_quantile_s(
            0.99,
            frozen_s=frozen_s,
            run_s=run_s,
            rate_per_s=rate_per_s,
            capacity_per_s=capacity_per_s,
        ),
        rel=0.005,
    )


def test_a_quantile_that_the_freeze_does_not_reach_is_refused() -> None:
    with pytest.raises(ValueError, match=r"above 0\.9333"):
        theory.frozen_quantile_s(
            0.9, frozen_s=2.0, run_s=30.0, rate_per_s=200.0, capacity_per_s=5_000.0
        )


def test_a_quantile_is_the_nearest_rank() -> None:
    assert theory.quantile(range(1, 101), 0.99) == 99
    assert theory.quantile(range(1, 1_001), 0.999) == 999
    assert theory.quantile([5.0], 0.5) == 5.0
