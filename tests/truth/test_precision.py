"""A difference of 0.05 ms between two calls is seen; locust's own statistics say 0 ms twice."""

from pathlib import Path

import pytest

from loadtests.plan.plan import PlannedCall
from tests.truth import stubs
from tests.truth.figures import Figure, Tell
from tests.truth.trial import plan, try_until_it_counts

# Both in one run, request by request, so that whatever else the machine does befalls both alike.
CALLS = (
    PlannedCall(name="0.20 ms", request="GET /busy/200"),
    PlannedCall(name="0.25 ms", request="GET /busy/250"),
)


@pytest.mark.timeout(60)
def test_medians_of_servers_that_work_200_and_250_us_differ_by_50_us(
    tmp_path: Path, tell: Tell
) -> None:
    with stubs.stub() as stub:
        trial = try_until_it_counts(plan(stub.url, CALLS, tmp_path, rate_per_s=400.0, run_s=5.0))
    fast_ms, slow_ms = (trial.endpoint_ms(call.name, 0.5) for call in CALLS)
    tell(
        Figure(
            truth="medians of 0.20 and 0.25 ms apart",
            expected="0.050 ms",
            measured=f"{slow_ms - fast_ms:.3f} ms ({fast_ms:.3f} and {slow_ms:.3f})",
            bound="0.03 to 0.07 ms",
        )
    )

    assert fast_ms >= 0.2
    assert 0.03 <= slow_ms - fast_ms <= 0.07
