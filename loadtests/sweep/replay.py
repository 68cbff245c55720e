"""What a baseline has a later run repeat: its configurations, rates, arrivals, seed and lengths.

Only equal traffic compares. What a baseline cannot carry a verdict on, for want of undisturbed
repetitions, is not measured again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from loadtests.capacity.measured_points import counts_of
from loadtests.plan.durations import Durations
from loadtests.plan.plan import Timing
from loadtests.sweep.axes import in_order
from loadtests.sweep.repetitions import undisturbed_of
from reports.judgement import comparability, reference_run
from reports.judgement.confidence_intervals import LEAST_FOR_VERDICT
from reports.judgement.cpu_speed import pace_ms, phases_in
from reports.judgement.pooling import phases_of
from reports.record.measurements import Configuration, Node, Phase, Repetition
from reports.record.record import Conditions, LoadRun, RecordError
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import SpecError

USUAL_ARRIVALS: Final = "poisson"
# What only the first trial finds out, so it cannot be told beforehand.
_TOLD_LATER: Final = "generator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A baseline, and those of its configurations that carry a verdict."""

    baseline: LoadRun
    measured: tuple[Configuration, ...]

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Return the names of the traffic mixes."""
        return tuple(dict.fromkeys(one.scenario for one in self.measured))

    @property
    def points(self) -> tuple[CopyCounts, ...]:
        """Return the configurations, smallest first, as a sweep has them."""
        return in_order({counts_of(at) for at in self.measured})

    @property
    def arrivals(self) -> str:
        """Return how the requests at the common rate were spread."""
        return _common(self.measured[0]).arrivals

    def arrivals_as(self, given: str) -> str:
        """Return the baseline's arrivals as options give them; raise SpecError for others given.

        A recorded trace is in no record: its file has to be given once more.
        """
        kind = self.arrivals.partition(":")[0]
        named = f"replay:{Path(given.partition(':')[2]).name}"
        if kind == "replay" and named == self.arrivals:
            return given
        if kind == "replay" or given not in {USUAL_ARRIVALS, self.arrivals}:
            raise SpecError(
                f"The baseline had --arrivals {self.arrivals}, and here they are {given}; only "
                f"equal traffic compares."
            )
        return self.arrivals

    @property
    def note(self) -> str:
        """Return the sentence that tells a reader what was repeated."""
        return (
            f"Repeats the load run of {self.baseline.started_at:%Y-%m-%d %H:%M} UTC, commit "
            f"{self.baseline.conditions.commit or 'not told'}: its configurations, rates, phases, "
            f"arrivals and seed."
        )

    @property
    def common_per_s(self) -> dict[str, float]:
        """Return the rate that all configurations of a scenario were asked for."""
        return {name: _common(self._first(name)).offered_per_s or 0.0 for name in self.scenarios}

    def lengths(self, usual: Durations) -> dict[str, Durations]:
        """Return how long each scenario's phases were; `usual` has what a record does not tell."""
        return {
            name: Durations(
                first=_timed(usual.first, self._first(name).repetitions[:1]),
                later=_timed(usual.later, self._first(name).repetitions[1:]),
            )
            for name in self.scenarios
        }

    def differences(self, stack: str, conditions: Conditions) -> tuple[str, ...]:
        """Return what differs here from where the baseline was measured, as far as it is known."""
        told = self.baseline.conditions.details
        details = {name: text for name, text in conditions.details.items() if name != _TOLD_LATER}
        details |= {name: text for name, text in told.items() if name == _TOLD_LATER}
        here = replace(self.baseline, stack=stack, conditions=replace(conditions, details=details))
        return tuple(one.sentence for one in comparability.environment(self.baseline, here))

    def moved(self, at: CopyCounts, nodes: tuple[Node, ...]) -> tuple[str, ...]:
        """Return that a configuration's copies run on other cores now, or are spread otherwise."""
        return tuple(
            other.sentence
            for one in self.measured
            if counts_of(one) == at and one.scenario == self.scenarios[0]
            for other in comparability.placement(one, _on(one, nodes))
        )

    def paces(self, now_ms: float) -> tuple[str, ...]:
        """Return that the machine is slower or faster now than the baseline's was, if it is."""
        then_ms = pace_ms(phases_in(self.baseline.configurations))
        return tuple(one.sentence for one in comparability.paces(then_ms, now_ms))

    def _first(self, scenario: str) -> Configuration:
        return next(one for one in self.measured if one.scenario == scenario)


def replay_of(text: str, site: Path, scenarios: Sequence[str] = ()) -> Replay:
    """Return what the baseline of this name or file has repeated, of some scenarios or of all.

    Raises SpecError where it is no load run of a stack, or nothing in it carries a verdict.
    """
    try:
        _, baseline = reference_run.found(text, site)
    except RecordError as error:
        raise SpecError(f"--baseline: {error}") from error
    if baseline.target:
        raise SpecError(
            f"--baseline {text} measured a server that was up; give a stack's load run."
        )
    known = {one.scenario: None for one in baseline.configurations}
    for scenario in scenarios:
        if scenario not in known:
            raise SpecError(
                f"The baseline has no scenario {scenario!r}; choose from: {', '.join(known)}."
            )
    asked = [one for one in baseline.configurations if one.scenario in (scenarios or known)]
    counts = [undisturbed_of(one, baseline.conditions.cpu_count) for one in asked]
    pairs = zip(asked, counts, strict=True)
    measured = tuple(one for one, count in pairs if count >= LEAST_FOR_VERDICT)
    if not measured:
        raise SpecError(
            f"--baseline {text} has {max(counts)} undisturbed repetitions at the common rate, "
            f"and a verdict needs {LEAST_FOR_VERDICT}; measure it again with more --repetitions."
        )
    return Replay(baseline=baseline, measured=measured)


def _on(one: Configuration, nodes: tuple[Node, ...]) -> Configuration:
    """Return a configuration as if it had been measured on some nodes."""
    return replace(one, repetitions=(replace(one.repetitions[0], nodes=nodes),))


def _common(one: Configuration) -> Phase:
    return phases_of(one, "common")[0]


def _timed(usual: Timing, repetitions: Sequence[Repetition]) -> Timing:
    """Return a timing whose phases last as long as those of the first that was measured."""
    one = next((one for one in repetitions if one.common and one.closed), None)
    if one is None or one.common is None or one.closed is None:
        return usual
    open_s = one.common.duration_s
    return replace(usual, open_s=open_s, open_most_s=open_s, level_s=one.closed.duration_s)
