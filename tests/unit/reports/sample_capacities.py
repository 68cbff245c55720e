"""Makes what a model predicts of a sweep, as a run record holds it."""

from msgspec.structs import replace

from reports.record.capacity import (
    Bound,
    Capacity,
    Estimate,
    Forecast,
    MeasuredVerdict,
    Prediction,
    Probe,
    Question,
    RateSearch,
    SizingAnswer,
    SizingTrial,
)
from reports.record.record import LoadRun
from tests.unit.reports.sample_runs import load_run

MEASURED = (1, 2)
SLO_MS = 50.0
WHY_NONE = "crud carried 2.10 times what its CPU times explain; no model is made."
CPU, WORKERS = "the machine's CPU", "the service workers, which take so many calls at a time"


def estimate(value: float, *, above: bool = True) -> Estimate:
    """Return a figure that may be half or twice as much."""
    sure = value * 1.25 if above else value / 1.25
    return Estimate(value=value, low=value / 2, high=value * 2, sure=sure)


def outlook(workers: int, *, measured: bool = False, resource: str = WORKERS) -> Prediction:
    """Return what is predicted of so many workers: each carries 100 requests a second."""
    most_per_s = 100.0 * workers
    steps = ((0.25, 40.0), (0.5, 60.0), (0.8, 120.0), (0.95, 400.0))
    return Prediction(
        resolvers=1,
        service_workers=workers,
        gateway_workers=1,
        prefetch=32,
        cost=2.0 + workers,
        measured=measured,
        carries_per_s=estimate(most_per_s, above=False),
        bounds=(
            Bound(resource=CPU, most_per_s=900.0),
            Bound(resource=resource, most_per_s=most_per_s),
        ),
        forecasts=tuple(
            Forecast(rate_per_s=share * most_per_s, p99_ms=estimate(ms)) for share, ms in steps
        ),
    )


def answer() -> SizingAnswer:
    """Return what came of asking for 120 requests a second within 200 ms."""
    trial = SizingTrial(
        configuration="1 resolver, 2 workers",
        foretold_ms=estimate(80.0),
        measured_ms=91.3,
        achieved_per_s=119.6,
        samples=2_400,
        verdict="pass",
        sentence="p99 was 91.3 ms, within 200 ms.",
    )
    return SizingAnswer(
        question=Question(rate_per_s=120.0, slo_p99_ms=200.0),
        verdict="pass",
        sentence="1 resolver, 2 workers hold 120 requests/s within 200 ms: "
        "p99 was 91.3 ms, within 200 ms.",
        binding=WORKERS,
        headroom_share=0.27,
        trials=(trial,),
    )


def capacity(scenario: str, *, asked: bool = True, resource: str = WORKERS) -> Capacity:
    """Return a scenario's model over one to four workers, of which two were measured."""
    return Capacity(
        scenario=scenario,
        bound_by=resource,
        outlooks=tuple(
            outlook(workers, measured=workers in MEASURED, resource=resource)
            for workers in (1, 2, 4)
        ),
        answer=answer() if asked else None,
        reasons={} if asked else {"answer": "nothing was asked"},
    )


def no_model(scenario: str) -> Capacity:
    """Return a scenario whose data support no model."""
    reasons = {"outlooks": WHY_NONE, "answer": "nothing was asked"}
    return Capacity(scenario=scenario, outlooks=None, reasons=reasons)


def probe(rate_per_s: float, p99_ms: float, *, confirms: bool = False) -> Probe:
    """Return one rate of a search for the most within 50 ms."""
    verdict: MeasuredVerdict = "pass" if p99_ms <= SLO_MS else "fail"
    return Probe(
        rate_per_s=rate_per_s,
        achieved_per_s=rate_per_s * 0.99,
        samples=round(rate_per_s * 6),
        failed=0,
        p50_ms=p99_ms / 4,
        p99_ms=p99_ms,
        verdict=verdict,
        sentence=f"p99 was {p99_ms:g} ms, {'within' if verdict == 'pass' else 'above'} 50 ms.",
        confirms=confirms,
    )


def rate_search(probes: tuple[Probe, ...] | None = None) -> RateSearch:
    """Return a search that kept 310 requests a second."""
    return RateSearch(
        scenario="crud",
        configuration="1 x 2",
        slo_p99_ms=SLO_MS,
        most_per_s=310.0,
        probes=probes
        or (
            probe(110.0, 21.0),
            probe(220.0, 28.0),
            probe(440.0, 610.0),
            probe(330.0, 64.0),
            probe(275.0, 36.0),
            probe(310.0, 45.0),
            probe(310.0, 47.0, confirms=True),
        ),
    )


def predicted_run(**changes: object) -> LoadRun:
    """Return a sweep with a model of one scenario, none of the other, and a search."""
    return replace(
        load_run(),
        **{
            "capacity": (no_model("crud"), capacity("supplier")),
            "rate_searches": (rate_search(),),
            **changes,
        },
    )
