"""HdrHistograms of latencies in microseconds, and the percentiles that their samples can carry.

The load generator records with this module too, from inside locust: it stays light, and one
recording costs about 3 us.
"""

# mypy: allow-untyped-calls
# hdrh ships no types; its calls stand in this module alone.

from collections.abc import Iterable
from typing import Final

from hdrh.histogram import HdrHistogram

from reports.record.measurements import Latency

LOWEST_US: Final = 1
HIGHEST_US: Final = 120_000_000
DIGITS: Final = 3

CONFIDENCE: Final = 0.99

# How many samples a percentile needs before it is shown. The tail: the smallest n with
# 1 - q^n >= 0.99, so that with 99 % confidence a sample lies above the quantile at all.
# The middle: ten samples on the thinner side of the percentile.
SAMPLES_NEEDED: Final = {"p50": 20, "p90": 100, "p99": 459, "p99_9": 4_603, "max": 1}
PERCENTILES: Final = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p99_9": 99.9, "max": 100.0}


def new_histogram() -> HdrHistogram:
    """Return an empty histogram: 1 us to 120 s, three significant digits."""
    return HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)


def record_us(histogram: HdrHistogram, latency_us: float) -> None:
    """Count one latency; what lies outside the range counts at the range's end."""
    histogram.record_value(min(max(round(latency_us), LOWEST_US), HIGHEST_US))


def encode(histogram: HdrHistogram) -> str:
    """Return the histogram in HdrHistogram's own compressed text form (base64)."""
    return str(histogram.encode().decode("ascii"))


def decode(text: str) -> HdrHistogram:
    """Return the histogram that `encode` wrote."""
    histogram: HdrHistogram = HdrHistogram.decode(text)
    return histogram


def merge(histograms: Iterable[HdrHistogram]) -> HdrHistogram:
    """Return all samples in one histogram: percentiles cannot be averaged, counts can be added."""
    total = new_histogram()
    for histogram in histograms:
        total.add(histogram)
    return total


def values_ms(histogram: HdrHistogram, percentiles: Iterable[float]) -> dict[float, float]:
    """Return latencies in ms by percentile (0 to 100), in one walk; none of an empty histogram."""
    values_us: dict[float, int] = histogram.get_percentile_to_value_dict(list(percentiles))
    return {percentile: round(value_us / 1_000, 3) for percentile, value_us in values_us.items()}


def value_ms(histogram: HdrHistogram, percentile: float) -> float:
    """Return the latency in ms at one percentile; 0 of an empty histogram."""
    return values_ms(histogram, [percentile]).get(percentile, 0.0)


def count(histogram: HdrHistogram) -> int:
    """Return how many latencies were counted."""
    return int(histogram.get_total_count())


def carries(histogram: HdrHistogram, percentile: float) -> bool:
    """Return whether, with 99 % confidence, a sample lies above the percentile at all."""
    samples = count(histogram)
    return samples > 0 and (percentile / 100) ** samples <= 1 - CONFIDENCE


def summary(histogram: HdrHistogram) -> Latency:
    """Return the percentiles that the samples can carry; the others are null with the reason."""
    samples = count(histogram)
    short = {name: need for name, need in SAMPLES_NEEDED.items() if samples < need}
    known = values_ms(histogram, PERCENTILES.values())
    values = {
        name: None if name in short else known[percentile]
        for name, percentile in PERCENTILES.items()
    }
    reasons = {name: not_enough(samples, need) for name, need in short.items()}
    return Latency(samples=samples, reasons=reasons, **values)


def not_enough(samples: int, needed: int) -> str:
    """Return the reason that stands beside a percentile without enough samples."""
    return f"not enough samples ({samples:,} of {needed:,})"
