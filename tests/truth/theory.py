"""What a queue and a frozen server must show: closed forms and recursions, without a clock."""

import heapq
import math
from collections.abc import Iterable, Iterator, Sequence


def frozen_quantile_s(
    q: float, *, frozen_s: float, run_s: float, rate_per_s: float, capacity_per_s: float
) -> float:
    """Return the response time at quantile `q` of a run in which the server once stood still.

    Constant arrivals at `rate_per_s` for `run_s`; a request that is due u seconds into the freeze
    waits S - u for its end and then for the backlog r*u before it, which drains at `capacity_per_s`
    m: S - u (1 - r/m) in all. The longest n of the r*T requests are those due first, so the
    quantile is S - (1 - q) T (1 - r/m). Holds for q > 1 - S/T, raises ValueError below.
    """
    if q <= 1 - frozen_s / run_s:
        raise ValueError(
            f"Expected a quantile above {1 - frozen_s / run_s:.4f}, the share of the run in which "
            f"nothing stood still, got {q}."
        )
    return frozen_s - (1 - q) * run_s * (1 - rate_per_s / capacity_per_s)


def waits_s(
    arrivals_s: Iterable[float], services_s: Iterable[float], *, servers: int
) -> Iterator[float]:
    """Yield how long each request waits for one of `servers` servers, first come, first served.

    Kiefer and Wolfowitz's recursion (On the theory of queues with many servers, 1955): the sorted
    work ahead of each server is carried from one arrival to the next. With one server it is
    Lindley's. Arrivals ascend; both in seconds.
    """
    free_s = [0.0] * servers
    for arrival_s, service_s in zip(arrivals_s, services_s, strict=True):
        start_s = max(arrival_s, free_s[0])
        heapq.heapreplace(free_s, start_s + service_s)
        yield start_s - arrival_s


def quantile(values: Iterable[float], q: float) -> float:
    """Return the smallest value that at least a share `q` of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(q * len(ordered) - 1e-9) - 1)]


def mean(values: Sequence[float]) -> float:
    """Return the mean."""
    return math.fsum(values) / len(values)


def erlang_c(servers: int, offered: float) -> float:
    """Return the probability that a request of an M/M/c queue must wait; `offered` is in erlangs.

    By Erlang B's recursion, which does not overflow (Cooper, Introduction to Queueing Theory).
    """
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


def mean_wait_mmc_s(servers: int, *, rate_per_s: float, service_s: float) -> float:
    """Return the mean wait of an M/M/c queue: C(c, a) / (c mu - lambda)."""
    return erlang_c(servers, rate_per_s * service_s) / (servers / service_s - rate_per_s)


def mean_wait_md1_s(*, rate_per_s: float, service_s: float) -> float:
    """Return the mean wait of an M/D/1 queue (Pollaczek and Khinchine)."""
    load = rate_per_s * service_s
    return load * service_s / (2 * (1 - load))
