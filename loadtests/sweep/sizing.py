"""Answers how many of each are needed: solved by the model, then run and measured."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from loadtests.capacity.model_records import model_for, outlook
from loadtests.capacity.no_model import NoModelError
from loadtests.capacity.predictor import Model
from loadtests.capacity.solver import Solution, solve
from loadtests.sweep.axes import folder_name, label
from loadtests.sweep.load_process import LoadFailedError
from loadtests.sweep.rate_probe import RateProber, probe_length_s
from loadtests.sweep.rate_search import judged
from loadtests.sweep.trial import RunPlan
from reports.judgement.cpu_speed import pace_ms, phases_in, slower
from reports.judgement.pooling import pool
from reports.judgement.verdicts import worst
from reports.record.capacity import Estimate, Probe, Question, SizingAnswer, SizingTrial
from reports.record.measurements import Phase
from reports.record.record import LoadRun
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.stack import Stack

# A configuration that the run refutes makes room for the next; so often, then it is told.
MOST_TRIES: Final = 3
PROBES: Final = 3
LEAST_S: Final = 6.0
# A p99 so near the SLO may be on its other side the next time.
CLOSE: Final = 1.25
# Bringing a stack over to another configuration.
_RENEW_S: Final = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the run has found: the scenario's model, and how fast the machine was meanwhile."""

    scenario: str
    model: Model
    pace_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """Answers a run's question on its own stack, from what the run has measured so far."""

    run_plan: RunPlan
    stack: Stack
    prober: RateProber
    question: Question

    def answer(self, record: LoadRun) -> SizingAnswer:
        """Solve, run what was found, and say whether it holds.

        What the model names is run at the rate, whole and, with spare parts, without the worst one.
        Where the measurement refutes it, the next cheapest that is larger in something is tried.
        `pass` when a configuration held as it was run, `fail` when none did, `unknown` when there
        is no model or the measurement was void.
        """
        (scenario,) = self.run_plan.scenarios
        try:
            model = model_for(
                record, self.run_plan.spec, scenario, generators=self.run_plan.processes
            )
        except NoModelError as error:
            return SizingAnswer(question=self.question, verdict="unknown", sentence=str(error))
        known = _Known(
            scenario=scenario, model=model, pace_ms=pace_ms(phases_in(record.configurations))
        )
        refuted: list[CopyCounts] = []
        best: SizingAnswer | None = None
        for _ in range(MOST_TRIES):
            found = solve(
                model,
                self.run_plan.grid,
                self.question,
                self.run_plan.costs,
                refuted=tuple(refuted),
            )
            if found is None or (best and not self._has_time()):
                break
            one = self._answered(found, tuple(self._trials(known, found)))
            best = replace(one, chosen=outlook(model, found.at, self.run_plan.costs))
            if one.verdict != "fail" or not found.holds:
                break
            refuted += [at for at in self.run_plan.grid if _is_within(at, found.at)]
        return best or self._none()

    def _trials(self, known: _Known, found: Solution) -> Iterator[SizingTrial]:
        self.prober.display.note(f"Trying {self._named(found.at)} at {self._asked}")
        self.stack.renew(found.at)
        whole = self._trial(known, found.at, "")
        yield whole
        if found.lost and whole.verdict == "pass":
            self.prober.display.note(f"The same with one {found.lost} lost")
            self.stack.scale(found.weakest)
            yield self._trial(known, found.weakest, found.lost)

    def _trial(self, known: _Known, at: CopyCounts, lost: str) -> SizingTrial:
        rate_per_s, slo_p99_ms = self.question.rate_per_s, self.question.slo_p99_ms
        foretold_ms = known.model.p99_ms(at, rate_per_s)
        try:
            phases = self._offered(known.scenario, f"trial-{folder_name(at)}")
        except LoadFailedError as error:
            return _void(self._named(at), lost, foretold_ms, str(error))
        one = _paced(judged(_whole(phases), rate_per_s, slo_p99_ms), pace_ms(phases), known)
        return SizingTrial(
            configuration=self._named(at),
            lost=lost,
            foretold_ms=foretold_ms,
            measured_ms=one.p99_ms,
            achieved_per_s=one.achieved_per_s,
            samples=one.samples,
            verdict=one.verdict,
            sentence=one.sentence,
            reasons={"measured_ms": one.reasons["p99_ms"]} if one.p99_ms is None else {},
        )

    def _offered(self, scenario: str, name: str) -> list[Phase]:
        """Offer the rate some times over, and twice as often where that leaves it a close call.

        Of a queue that holds in the long run, one of six such stretches shows a p99 a fifth above
        its own, by the luck of the arrivals alone.
        """
        phases: list[Phase] = []
        rate_per_s = self.question.rate_per_s
        while not phases or (len(phases) == PROBES and self._is_close(pool(phases))):
            phases += [
                self.prober.offer(scenario, name, rate_per_s, number, least_s=LEAST_S)
                for number in range(len(phases), len(phases) + PROBES)
            ]
        return phases

    def _is_close(self, phase: Phase) -> bool:
        p99_ms, slo_p99_ms = phase.latency_ms.p99, self.question.slo_p99_ms
        more_s = PROBES * probe_length_s(self.question.rate_per_s, LEAST_S)
        near = p99_ms is not None and slo_p99_ms / CLOSE <= p99_ms <= slo_p99_ms * CLOSE
        return near and self.run_plan.budget.allows(more_s)

    def _answered(self, found: Solution, trials: Sequence[SizingTrial]) -> SizingAnswer:
        verdict = worst(one.verdict for one in trials)
        said = {
            "pass": f"{self._named(found.at)} hold {self._asked}",
            "fail": f"No configuration was found that holds {self._asked}; nearest came "
            f"{self._named(found.at)}",
            "unknown": f"Whether {self._named(found.at)} hold {self._asked} was not shown",
        }[verdict]
        return SizingAnswer(
            question=self.question,
            verdict=verdict,
            sentence=f"{said}: {trials[-1].sentence}",
            binding=found.limit.resource,
            headroom_share=round(found.headroom_share, 4) if found.holds else 0.0,
            trials=tuple(trials),
        )

    def _has_time(self) -> bool:
        each_s = PROBES * probe_length_s(self.question.rate_per_s, LEAST_S) + _RENEW_S
        return self.run_plan.budget.allows(each_s * (2 if self.question.spare else 1))

    def _none(self) -> SizingAnswer:
        return SizingAnswer(
            question=self.question,
            verdict="fail",
            sentence=f"No configuration among {len(self.run_plan.grid)} candidates could hold "
            f"{self._asked}; allow more copies.",
        )

    def _named(self, at: CopyCounts) -> str:
        return label(at, self.run_plan.grid)

    @property
    def _asked(self) -> str:
        asked = f"{self.question.rate_per_s:g} requests/s within {self.question.slo_p99_ms:g} ms"
        return f"{asked} with {self.question.spare} part(s) lost" if self.question.spare else asked


def _is_within(at: CopyCounts, other: CopyCounts) -> bool:
    """Tell whether a configuration has no more of anything than another."""
    return all(ours <= theirs for ours, theirs in zip(at.sizes, other.sizes, strict=True))


def _whole(phases: Sequence[Phase]) -> Phase:
    """Return several stretches as one; what the parts used is known where all of them say it."""
    whole = pool(phases)
    return whole if all(one.used for one in phases) else replace(whole, used={})


def _paced(one: Probe, now_ms: float | None, known: _Known) -> Probe:
    """Return what a trial showed; on a machine that has become slower it refutes nothing."""
    if one.verdict != "fail" or not slower(known.pace_ms, now_ms):
        return one
    sentence = (
        f"{one.sentence} But the machine has become slower since its system was measured: a fixed "
        f"piece of work took {known.pace_ms:.3f} ms and now takes {now_ms:.3f} ms; run again."
    )
    return replace(one, verdict="unknown", sentence=sentence)


def _void(named: str, lost: str, foretold_ms: Estimate, sentence: str) -> SizingTrial:
    return SizingTrial(
        configuration=named,
        lost=lost,
        foretold_ms=foretold_ms,
        measured_ms=None,
        achieved_per_s=0.0,
        samples=0,
        verdict="unknown",
        sentence=sentence,
        reasons={"measured_ms": sentence},
    )
