"""Searches the highest rate at which a configuration keeps an SLO."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from loadtests.sweep.load_process import LoadFailedError, WorkersMissingError
from loadtests.sweep.rate_probe import LEAST_PER_S, RateProber, probe_length_s
from loadtests.sweep.rate_search import FIRST_SHARE, RateFinder, judged
from loadtests.sweep.trial import SweepTrial
from reports.judgement.pooling import pooled
from reports.record.capacity import Probe, RateSearch
from reports.record.measurements import Configuration

NO_RATE: Final = "no rate kept the SLO both when it was found and when it was confirmed"
NO_START: Final = "what the configuration carries was not measured, so there is no rate to begin at"

NO_TIME: Final = "the run's budget was spent before a rate was confirmed"


class OutOfTimeError(Exception):
    """The run's budget does not allow another probe."""


def knee(
    prober: RateProber, trial: SweepTrial, measured: Configuration, slo_p99_ms: float
) -> RateSearch:
    """Return the highest rate that was confirmed, with every probe made for it."""
    closed = pooled(measured, "closed")
    if closed is None or not closed.throughput_per_s:
        return _found(measured, slo_p99_ms, None, [], NO_START)

    def offer(rate_per_s: float, number: int) -> Probe:
        if not prober.run_plan.budget.allows(probe_length_s(rate_per_s)):
            raise OutOfTimeError(NO_TIME)
        try:
            name = f"{trial.name}-rate"
            seen = prober.offer(trial.scenario, name, rate_per_s, number)
        except WorkersMissingError:
            raise  # each further probe would wait for them as long
        except LoadFailedError as error:
            return failed_probe(rate_per_s, str(error))
        return judged(seen, rate_per_s, slo_p99_ms)

    finder = RateFinder(offer, least_per_s=LEAST_PER_S)
    try:
        most_per_s = finder.find(FIRST_SHARE * closed.throughput_per_s)
    except (OutOfTimeError, WorkersMissingError) as error:
        ended = _found(measured, slo_p99_ms, None, finder.probes, str(error))
        return replace(ended, complete=False)
    found = _found(measured, slo_p99_ms, most_per_s, finder.probes, NO_RATE)
    return found if most_per_s or found.shows_none else replace(found, reasons=_void(found.probes))


def failed_probe(rate_per_s: float, sentence: str) -> Probe:
    """Return a probe that measured nothing."""
    return Probe(
        rate_per_s=round(rate_per_s, 3),
        achieved_per_s=0.0,
        samples=0,
        failed=0,
        p50_ms=None,
        p99_ms=None,
        verdict="unknown",
        sentence=sentence,
        reasons={"p50_ms": sentence, "p99_ms": sentence},
    )


def _void(probes: Sequence[Probe]) -> dict[str, str]:
    """Return why no rate is known where a probe was void, or the lowest kept the SLO once."""
    why = next((one.sentence for one in reversed(probes) if one.verdict == "unknown"), NO_RATE)
    return {"most_per_s": why}


def _found(
    measured: Configuration,
    slo_p99_ms: float,
    most_per_s: float | None,
    probes: list[Probe],
    reason: str,
) -> RateSearch:
    return RateSearch(
        scenario=measured.scenario,
        configuration=measured.label,
        slo_p99_ms=slo_p99_ms,
        most_per_s=None if most_per_s is None else round(most_per_s, 3),
        probes=tuple(probes),
        reasons={} if most_per_s else {"most_per_s": reason},
    )
