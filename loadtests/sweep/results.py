"""Gathers what the trials of a run measured, and what later trials need to know of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from loadtests.plan.plan import PhaseCounts, Results
from loadtests.sweep.checkpoint import TrialCheckpoint
from loadtests.sweep.nodes import HERE, Whereabouts, on_nodes
from loadtests.sweep.phase_records import repetition, void_repetition
from loadtests.sweep.trial import EarlierResults, SweepTrial
from loadtests.sweep.usage.usage_sampler import UsageReading
from loadtests.sweep.usage.usage_timeline import observed
from reports.record.record import Configuration, Phase, Repetition, Unmeasured
from testcontainers_fixtures.copy_counts import CopyCounts

Place = tuple[str, CopyCounts]


@dataclass(slots=True)
class SweepResults:
    """The repetitions by scenario and configuration, in order.

    `common_per_s` has the common rate of each scenario, where a baseline set it beforehand.
    """

    repetitions: dict[Place, list[Repetition]] = field(default_factory=dict)
    common_per_s: dict[str, float] = field(default_factory=dict)
    users: dict[Place, int] = field(default_factory=dict)
    niceness: int | None = None
    unmeasured: list[Unmeasured] = field(default_factory=list)

    def known(self, trial: SweepTrial) -> EarlierResults:
        """Return what earlier trials found for this one."""
        return EarlierResults(
            common_per_s=self.common_per_s.get(trial.scenario),
            users=self.users.get((trial.scenario, trial.configuration)),
        )

    def add(
        self,
        trial: SweepTrial,
        results: Results,
        rpc_metric: str | None,
        readings: Sequence[UsageReading],
        at: Whereabouts = HERE,
    ) -> TrialCheckpoint:
        """Take what a trial measured, with what the system used meanwhile, and return it."""
        placed = on_nodes(repetition(results, rpc_metric), at)
        found = TrialCheckpoint(
            repetition=with_use(placed, results, readings),
            common_per_s=results.common_per_s,
            users=results.best.users or 1,
            niceness=results.niceness,
        )
        self.take(trial, found)
        return found

    def take(self, trial: SweepTrial, found: TrialCheckpoint) -> None:
        """Take what a trial came to, now or in an earlier go of this run.

        The first trial of a scenario sets its common rate, the first of a configuration its users.
        """
        place = (trial.scenario, trial.configuration)
        if found.common_per_s is not None:
            self.common_per_s.setdefault(trial.scenario, found.common_per_s)
            self.users.setdefault(place, found.users)
        self.niceness = found.niceness
        self.repetitions.setdefault(place, []).append(found.repetition)

    def has(self, at: CopyCounts) -> bool:
        """Tell whether a configuration was driven at all."""
        return any(at == driven for _, driven in self.repetitions)

    def add_void(self, trial: SweepTrial, reason: str) -> None:
        """Keep that a trial measured nothing, and why."""
        place = (trial.scenario, trial.configuration)
        self.repetitions.setdefault(place, []).append(void_repetition(reason))
        named = f"{trial.scenario} {self.measured(*place).label}, repetition {trial.number + 1}"
        self.unmeasured.append(Unmeasured(subject=named, sentence=reason))

    def configurations(
        self, scenarios: Mapping[str, object], points: Sequence[CopyCounts]
    ) -> Iterator[Configuration]:
        """Yield what was measured, scenario by scenario, in the order of the points."""
        for scenario in scenarios:
            for at in points:
                yield self.measured(scenario, at)

    def measured(self, scenario: str, at: CopyCounts) -> Configuration:
        """Return one configuration under one scenario, with the repetitions so far."""
        return Configuration(
            scenario=scenario,
            resolvers=at.resolvers,
            service_workers=at.service_workers,
            gateway_workers=at.gateway_workers,
            prefetch=at.prefetch,
            of_parts=dict(at.of_parts),
            repetitions=tuple(self.repetitions.get((scenario, at), ())),
        )


def with_use(one: Repetition, results: Results, readings: Sequence[UsageReading]) -> Repetition:
    """Return a repetition whose measured phases tell what the system used in them."""
    closed = results.best if results.levels else None
    return replace(
        one,
        closed=_with_use(one.closed, closed, readings),
        open=_with_use(one.open, results.open, readings),
        common=_with_use(one.common, results.common, readings),
    )


def _with_use(
    phase: Phase | None, counts: PhaseCounts | None, readings: Sequence[UsageReading]
) -> Phase | None:
    return observed(phase, counts, readings) if phase and counts else phase
