"""Which level of a closed loop counts as what the system carries."""

from loadtests.plan.plan import EndpointCounts, PhaseCounts, most_through


def level(users: int, *, samples: int, failed: int = 0, unknown: int = 0) -> PhaseCounts:
    endpoint = EndpointCounts(samples=samples, failed=failed, unknown=unknown, latency="", rpc=None)
    return PhaseCounts(
        arrivals="closed",
        begin_s=0.0,
        users=users,
        duration_s=1.0,
        offered_per_s=None,
        elapsed_s=1.0,
        sending_s=1.0,
        endpoints={"read": endpoint},
        seconds=(),
        service_time="",
        lag=None,
        workers={},
        errors={},
        host_cpu=None,
        generator_cpu=0.0,
    )


def test_the_level_with_the_most_good_answers_counts() -> None:
    levels = [level(1, samples=100), level(2, samples=190), level(4, samples=180)]

    assert most_through(levels).users == 2


def test_a_level_that_refuses_many_does_not_count_however_many_it_answers() -> None:
    levels = [level(64, samples=500), level(128, samples=900, failed=300)]

    assert most_through(levels).users == 64


def test_where_every_level_has_failures_the_best_of_them_counts() -> None:
    levels = [level(1, samples=100, unknown=50), level(2, samples=100, failed=20)]

    assert most_through(levels).users == 2
