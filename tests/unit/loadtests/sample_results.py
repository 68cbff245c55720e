"""Makes what a load process brings back, the same every time."""

from loadtests.plan.plan import EndpointCounts, PhaseCounts, Results
from reports.record import latency


def counts(
    begin_s: float, *, users: int | None = None, samples: int = 600, middle_us: float = 1_000.0
) -> PhaseCounts:
    """Return a phase of 2 s: a closed loop with users, an open one without."""
    histogram = latency.new_histogram()
    for number in range(samples):
        latency.record_us(histogram, middle_us + number)
    encoded = latency.encode(histogram)
    one = EndpointCounts(samples=samples, failed=0, unknown=0, latency=encoded, rpc=None)
    return PhaseCounts(
        arrivals="closed" if users else "constant",
        users=users,
        duration_s=2.0,
        offered_per_s=None if users else samples / 2.0,
        begin_s=begin_s,
        elapsed_s=2.0,
        sending_s=2.0,
        endpoints={"read": one},
        seconds=(),
        service_time=encoded,
        lag=None if users else encoded,
        workers={},
        errors={},
        host_cpu=0.5,
        generator_cpu=0.1,
    )


def results(
    *, opened: bool = True, users: int = 8, common_per_s: float = 210.0, samples: int = 600
) -> Results:
    """Return a trial's results: a closed loop of one level, and the open phases."""
    return Results(
        niceness=-10,
        common_per_s=common_per_s,
        warm_up=counts(0.0, users=4),
        levels=(counts(3.0, users=users, samples=samples),),
        open=counts(6.0) if opened else None,
        common=counts(9.0),
    )
