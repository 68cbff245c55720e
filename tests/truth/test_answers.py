"""On the real system: what a model predicts of a configuration that it never saw, and its answers.

Two configurations are measured as for `--target-rate`, three times over, and in the same rounds a
third that is predicted from them; five questions are asked, and what is named for each is run at
its rate. Minutes long, and a machine's other work shows in it: not for every commit.
"""

import dataclasses
import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from rich.console import Console

from loadtests.capacity.measured_points import MeasuredPoint
from loadtests.capacity.predictor import Model, model_of
from loadtests.capacity.solver import CopyCosts, Solution, solve
from loadtests.command.options import RunOptions
from loadtests.command.run_plan import sweep_plan
from loadtests.sweep.progress import Display
from loadtests.sweep.rate_probe import RateProber
from loadtests.sweep.rate_search import judged
from loadtests.sweep.results import SweepResults
from loadtests.sweep.sizing import PROBES
from loadtests.sweep.trial import RunPlan
from reports.judgement.pooling import pool
from reports.record.capacity import Probe, Question
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.stack import Stack, start_stack
from tests.truth import driven
from tests.truth.figures import Figure, Tell

KNOWN: Final = (CopyCounts(), CopyCounts(resolvers=2, service_workers=2))
HELD_OUT: Final = CopyCounts(service_workers=2)
# Requests a second, and an SLO in ms.
QUESTIONS: Final[Mapping[str, tuple[tuple[float, float], ...]]] = {
    "supplier": ((100.0, 100.0), (150.0, 150.0), (220.0, 80.0), (280.0, 100.0), (330.0, 150.0)),
    "crud": ((100.0, 60.0), (180.0, 80.0), (250.0, 120.0), (320.0, 200.0), (400.0, 300.0)),
}
HOLD_AT_LEAST: Final = 4
ANSWERED_AT_LEAST: Final = 4
CARRIES_WITHIN: Final = 0.15
PROBE_S: Final = 4.0

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """An answer: what was asked, what was named, and what its run showed."""

    question: Question
    found: Solution
    probe: Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """What was seen of one mix of traffic: the model, what it never saw, and its answers."""

    model: Model
    held_out: MeasuredPoint
    ran: tuple[Ran, ...]


@pytest.fixture(scope="module", params=list(QUESTIONS))
def trials(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trials:
    """Measure two configurations and one more, then ask and run the answers."""
    scenario: str = request.param
    run_plan = _order(scenario, tmp_path_factory.mktemp(scenario))
    with _running(run_plan) as (stack, display):
        evidence = _measured(run_plan, stack, display)
        model = model_of(evidence[at] for at in KNOWN)
        ran = tuple(_answers(run_plan, stack, display, model))
    return Trials(model=model, held_out=evidence[HELD_OUT], ran=ran)


def test_what_a_configuration_carries_is_predicted_by_two_others(
    trials: Trials, tell: Tell
) -> None:
    seen, model = trials.held_out, trials.model
    predicted = model.carries(HELD_OUT)
    off = (predicted.value or 0.0) / seen.most_per_s - 1
    tell(
        Figure(
            truth=f"{HELD_OUT} carries, predicted from 2 others",
            expected=f"{seen.most_per_s:.0f}/s",
            measured=f"{predicted.value:.0f}/s ({off:+.1%})",
            bound="15 %",
        )
    )
    for each in (*model.evidence, seen):
        tell(
            Figure(
                truth=f"the machine's pace meanwhile: {each.at}",
                expected="equal",
                measured=_pace(each.paces_ms),
                bound="none",
            )
        )
    for one in seen.seen:
        along = model.p99_along_ms(HELD_OUT, one.paths)
        tell(
            Figure(
                truth=f"its p99 at {one.rate_per_s:.0f}/s",
                expected=f"{one.p99_ms:.1f} ms",
                measured=f"{along.value} ({along.low} to {along.high}) ms",
                bound="none",
            )
        )

    assert predicted.value == pytest.approx(seen.most_per_s, rel=CARRIES_WITHIN)


def test_of_five_answers_four_hold_when_they_are_run(trials: Trials, tell: Tell) -> None:
    for one in trials.ran:
        asked, found = one.question, one.found
        along = trials.model.p99_ms(found.at, asked.rate_per_s)
        tell(
            Figure(
                truth=f"{asked.rate_per_s:g}/s within {asked.slo_p99_ms:g} ms: {found.at}",
                expected=f"{along.value} (sure {along.sure}) ms",
                measured=f"{one.probe.verdict}: {one.probe.sentence}",
                bound="holds" if found.holds else "none holds",
            )
        )
    answered = [one for one in trials.ran if one.found.holds]

    assert len(answered) >= ANSWERED_AT_LEAST
    assert sum(one.probe.verdict == "pass" for one in answered) >= HOLD_AT_LEAST


def _order(scenario: str, site: Path) -> RunPlan:
    asked = RunOptions(
        command="answers",
        engine="processes",
        scenarios=[scenario],
        target_rate_per_s=100.0,
        slo_p99_ms=100.0,
        site=site,
    )
    run_plan = sweep_plan(asked)
    return dataclasses.replace(run_plan, configurations=KNOWN)


@contextmanager
def _running(run_plan: RunPlan) -> Iterator[tuple[Stack, Display]]:
    with (
        start_stack(
            run_plan.spec, run_folder=run_plan.run_folder, engine=run_plan.engine, twins=False
        ) as stack,
        Display(Console(quiet=True), lengths_s=run_plan.lengths_s) as display,
    ):
        yield stack, display


def _measured(run_plan: RunPlan, stack: Stack, display: Display) -> dict[CopyCounts, MeasuredPoint]:
    """Measure round by round, so that a machine that becomes slower does so for all of them."""
    common_per_s: dict[str, float] = {}
    for number in range(run_plan.rounds.repetitions):
        rounds = dataclasses.replace(run_plan.rounds, repetitions=number + 1)
        so_far = dataclasses.replace(run_plan, rounds=rounds)
        for at in (*KNOWN, HELD_OUT):
            driven.renewed(stack, at)
            driven.drive(so_far, stack, display, at, SweepResults(common_per_s=common_per_s))
    return {at: driven.evidence(run_plan, stack, display, at) for at in (*KNOWN, HELD_OUT)}


def _pace(times_ms: Sequence[float]) -> str:
    middle_ms = statistics.median(times_ms)
    return f"{middle_ms:.3f} ms ({min(times_ms):.3f} to {max(times_ms):.3f})"


def _answers(run_plan: RunPlan, stack: Stack, display: Display, model: Model) -> Iterator[Ran]:
    prober = RateProber(run_plan=run_plan, stack=stack, display=display)
    (scenario,) = run_plan.scenarios
    for rate_per_s, slo_p99_ms in QUESTIONS[scenario]:
        question = Question(rate_per_s=rate_per_s, slo_p99_ms=slo_p99_ms)
        found = solve(model, run_plan.grid, question, CopyCosts())
        assert found
        driven.renewed(stack, found.at)
        name = f"answer-{rate_per_s:g}"
        phases = [
            prober.offer(scenario, name, rate_per_s, number, least_s=PROBE_S)
            for number in range(PROBES)
        ]
        yield Ran(
            question=question,
            found=found,
            probe=judged(pool(phases), rate_per_s, slo_p99_ms),
        )
