"""A phase second by second: nothing is lost where seconds are taken together."""

import pytest
from msgspec.structs import replace

from reports.judgement.timeline import moments, top
from reports.record import latency
from reports.record.measurements import Latency, PartSeconds, Phase, QueueSeconds, Timeline
from tests.unit.reports.sample_runs import phase

LONG = phase(duration_s=10.0, rate_per_s=40.0)


def test_each_second_has_its_own_latencies() -> None:
    found = moments(LONG)

    assert [one.start_s for one in found] == [float(second) for second in range(10)]
    assert sum(one.latency_ms.samples for one in found) == LONG.samples


def test_seconds_taken_together_keep_every_sample_and_the_rest_at_the_end() -> None:
    found = moments(LONG, most=4)

    assert [(one.start_s, one.length_s) for one in found] == [(0, 3), (3, 3), (6, 3), (9, 1)]
    merged = latency.merge(latency.decode(text) for text in LONG.histograms.seconds[:3])
    assert found[0].latency_ms == latency.summary(merged)
    assert sum(one.latency_ms.samples for one in found) == LONG.samples


def _used() -> Phase:
    timeline = Timeline(
        in_flight=(2, 4, 6),
        parts={"gateway": PartSeconds(cpu=(0.2, 0.4))},
        queue=QueueSeconds(ready=(1, 1, 1)),
    )
    bare = replace(LONG.histograms, seconds=())
    return replace(LONG, timeline=timeline, histograms=bare)


def test_what_was_not_measured_stays_unknown() -> None:
    first, _, third = moments(_used())

    assert (first.histogram, first.latency_ms.p50) == (None, None)
    assert (first.cpu, third.cpu) == ({"gateway": 0.2}, {})
    assert (third.in_flight, third.ready, third.unacknowledged) == (6, 1, None)


def test_use_over_several_seconds_is_their_mean() -> None:
    whole = moments(_used(), most=1)

    assert whole[0].in_flight == pytest.approx(4.0)
    assert whole[0].cpu["gateway"] == pytest.approx(0.3)


def _seconds(*samples: int) -> list[Latency]:
    made = []
    for number in samples:
        histogram = latency.new_histogram()
        for _ in range(number):
            latency.record_us(histogram, 1_000)
        made.append(latency.summary(histogram))
    return made


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        pytest.param((459, 460, 458), "p99", id="most carry a p99"),
        pytest.param((459, 100, 100), "p90", id="most carry a p90 only"),
        pytest.param((99, 99, 100), "max", id="most carry neither"),
        pytest.param((), "max", id="no second at all"),
    ],
)
def test_the_upper_line_is_the_highest_percentile_that_most_seconds_carry(
    samples: tuple[int, ...], expected: str
) -> None:
    assert top(_seconds(*samples)) == expected
