"""Draws percentile spectra: response beside service time, the round trip, and what is certain."""

from collections.abc import Iterable, Sequence

from reports.drawing import curves
from reports.drawing.pictures import Picture
from reports.judgement.confidence_intervals import interval
from reports.judgement.configuration_rows import ConfigurationRow
from reports.judgement.pooling import phases_of
from reports.record import latency
from reports.record.measurements import Configuration, Floor

LEAST_MS = 0.01
# Dense where a curve bends: the tail counts more than the middle.
CURVE_STOPS = (
    *(10.0, 30.0, 50.0, 60.0, 70.0, 80.0, 86.0, 90.0, 93.0, 95.0),
    *(96.5, 97.5, 98.3, 99.0, 99.3, 99.5, 99.7, 99.8, 99.9),
)
BAND_STOPS = (10.0, 30.0, 50.0, 70.0, 80.0, 90.0, 95.0, 97.0, 98.0, 99.0, 99.5, 99.9)
Points = list[tuple[float, float]]
Band = list[tuple[float, float, float]]


def spectra(scenario: str, rows: Sequence[ConfigurationRow], floor: Floor | None) -> list[Picture]:
    """Return one picture per configuration, all on one scale: at the common rate, else the own."""
    ground = _points(floor.histogram, BAND_STOPS) if floor else []
    drawn = {row.label: courses for row in rows if (courses := _courses(row, ground))}
    bands = {row.label: _band(row) for row in rows}
    heights = [ms for courses in drawn.values() for course in courses for _, ms in course.points]
    heights += [ms for label in drawn for _, low, high in bands[label] for ms in (low, high)]
    return [
        Picture(
            title=label,
            caption="",
            svg=curves.percentile_curves(
                f"{scenario}: latency percentiles, {label}",
                courses,
                low_ms=min(heights),
                high_ms=max(heights),
                shaded=bands[label],
            ),
        )
        for label, courses in drawn.items()
    ]


def _courses(row: ConfigurationRow, ground: Points) -> list[curves.Curve]:
    phase = row.planned
    if phase is None:
        return []
    encoded = phase.histograms
    known = {
        ("response", "http"): _points(encoded.total),
        ("service", "s3 dashed"): _points(encoded.service_time),
        ("RPC", "rpc"): _points(encoded.rpc),
        ("floor", "floor"): ground,
    }
    return [
        curves.Curve(name=name, class_=class_, points=points)
        for (name, class_), points in known.items()
        if points
    ]


def _points(text: str | None, stops: Iterable[float] = CURVE_STOPS) -> Points:
    return [(stop, max(ms, LEAST_MS)) for stop, ms in _values(text, stops).items()]


def _values(text: str | None, stops: Iterable[float]) -> dict[float, float]:
    """Return the latencies that the samples can carry."""
    if not text:
        return {}
    histogram = latency.decode(text)
    carried = [stop for stop in stops if latency.carries(histogram, stop)]
    return latency.values_ms(histogram, carried) if carried else {}


def _band(row: ConfigurationRow) -> Band:
    """Return the interval of each percentile that at least three repetitions carry."""
    repetitions = _repetitions(row.configuration)
    found = ((stop, interval(_known(repetitions, stop))) for stop in BAND_STOPS)
    return [
        (stop, max(one.low, LEAST_MS), one.high)
        for stop, one in found
        if one.low is not None and one.high is not None
    ]


def _known(repetitions: Sequence[dict[float, float]], stop: float) -> list[float]:
    return [one[stop] for one in repetitions if stop in one]


def _repetitions(configuration: Configuration) -> list[dict[float, float]]:
    phases = phases_of(configuration, "common") or phases_of(configuration, "open")
    return [_values(phase.histograms.total, BAND_STOPS) for phase in phases]
