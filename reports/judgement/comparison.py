"""Compares two load runs: is each figure better, worse, the same, or can it not be told.

The two runs' repetitions are not paired: they were hours apart, and what disturbs a repetition (the
machine, not the traffic, which is the same) is not shared by the one of equal number. So the means
of the logs are held against each other as Welch has it (Biometrika 34, 1947), which needs no equal
variances. The degrees of freedom are rounded down, which makes intervals a little wider.

Of many comparisons some err by chance. Holm's procedure (Scand. J. Statist. 6, 1979) keeps the
chance of one false "better" or "worse" in the whole table at 5 %. Each interval is drawn at the
confidence at which its figure was judged, so that it leaves 1 out exactly where Holm rejects.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from reports.judgement import comparability, machine_share, validity_gates
from reports.judgement.comparability import ConditionDifference
from reports.judgement.confidence_intervals import (
    LEAST_FOR_VERDICT,
    METRICS,
    Metric,
    t_quantile,
    within,
)
from reports.judgement.pooling import PhaseName, phases_of
from reports.record.capacity import MeasuredVerdict
from reports.record.measurements import Configuration, Phase
from reports.record.record import LoadRun

Change = Literal["better", "worse", "same", "inconclusive", "unknown"]

ERROR_SHARE: Final = 0.05
THRESHOLD: Final = 0.05
# The gates that speak of the generator alone: what slows the system down must not leave it out.
DISTURBED_BY: Final = (
    *("generator on time", "generator had room", "generator never stalled"),
    *validity_gates.WORKER_GATES,
)
FIGURES: Final[tuple[tuple[Metric, tuple[PhaseName, ...]], ...]] = (
    ("p50", ("common", "open")),
    ("p99", ("common", "open")),
    ("throughput", ("closed", "open")),
)


class Effect(Struct, frozen=True, kw_only=True):
    """What became of one figure: `ratio` is after over before, of the means over repetitions.

    `low` and `high` are its interval at `confidence`; None, with a `reason`, where there is none.
    """

    scenario: str
    label: str
    metric: Metric
    phase: PhaseName
    before: tuple[float, ...]
    after: tuple[float, ...]
    change: Change
    reason: str = ""
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float = 1 - ERROR_SHARE

    @property
    def subject(self) -> str:
        """Return how the figure is spoken of."""
        return f"{self.scenario} {self.label}, {self.metric}"

    @property
    def was_known(self) -> bool:
        """Tell whether the earlier run carries the figure, so that a later one has to."""
        return len(self.before) >= LEAST_FOR_VERDICT


class Comparison(Struct, frozen=True, kw_only=True):
    """Two runs held against each other; `differences` are those that make it void.

    `gone` are the configurations that the earlier run has alone, `added` those of the later one.
    """

    differences: tuple[ConditionDifference, ...]
    effects: tuple[Effect, ...]
    gone: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def verdict(self) -> MeasuredVerdict:
        """Return fail where something is worse, unknown where too little can be said, else pass.

        Too little: environments differ, a configuration or a figure of the earlier run could not
        be judged, or none could be decided. Single inconclusive figures beside decided ones are no
        doubt about the whole, nor is a p99 for which the earlier run had too few samples.
        """
        changes = {one.change for one in self.effects}
        if "worse" in changes:
            return "fail"
        lost = any(one.change == "unknown" and one.was_known for one in self.effects)
        lost = lost or bool(self.gone)
        return "pass" if changes & {"better", "same"} and not lost else "unknown"

    @property
    def unmatched(self) -> tuple[str, ...]:
        """Return a phrase for each configuration that one of the runs has alone."""
        gone = (f"{name} is in the earlier run alone" for name in self.gone)
        return (*gone, *(f"{name} is in the later run alone" for name in self.added))

    def of(self, change: Change) -> tuple[Effect, ...]:
        """Return the effects that came out like this."""
        return tuple(one for one in self.effects if one.change == change)


def compare(before: LoadRun, after: LoadRun) -> Comparison:
    """Return what became of each configuration and figure that both runs have."""
    pairs = list(_pairs(before, after))
    differences = comparability.environment(before, after) + comparability.pace(before, after)
    cores = before.conditions.cpu_count, after.conditions.cpu_count
    effects = [one for old, new in pairs for one in _effects(old, new, cores)]
    if differences:
        said = "; ".join(one.sentence for one in differences)
        effects = [_unknown(one, f"The environments differ: {said}.") for one in effects]
    return Comparison(
        differences=differences,
        effects=tuple(judged(effects)),
        gone=_alone(before, after),
        added=_alone(after, before),
    )


def judged(effects: Iterable[Effect]) -> Iterator[Effect]:
    """Yield the effects in their order, those without a verdict judged by Holm's procedure."""
    effects = list(effects)
    open_ones = [index for index, one in enumerate(effects) if not one.reason]
    chances = {index: _welch(effects[index]).chance for index in open_ones}
    ranked = sorted(open_ones, key=chances.__getitem__)
    left, going = len(ranked), True
    for index in ranked:
        # Once one is not rejected, all the rest are held to what it was held to.
        error = ERROR_SHARE / left
        effects[index] = _decided(effects[index], 1 - error)
        going = going and chances[index] <= error
        left -= going
    yield from effects


def change_of(metric: Metric, ratio: float, low: float, high: float) -> Change:
    """Return what an interval of a ratio says; 5 % are as much more as 1/1.05 is less."""
    bound = math.log1p(THRESHOLD)
    logs = [math.log(value) for value in (ratio, low, high)]
    if all(abs(log) <= bound for log in logs):
        return "same"
    if logs[1] <= 0 <= logs[2] or abs(logs[0]) < bound:
        return "inconclusive"
    return "better" if (ratio > 1) == (metric == "throughput") else "worse"


def undisturbed(phases: Sequence[Phase], cores: int) -> list[Phase]:
    """Return the repetitions in which the generator did what it should, and little else ran."""
    return [
        phase
        for phase in phases
        if not machine_share.shared_out(phase, cores)
        and (phase.arrivals == "closed" or not _disturbed(phase))
    ]


def _disturbed(phase: Phase) -> bool:
    said = (validity_gates.GATES[name](phase) for name in DISTURBED_BY)
    return any(verdict == "unknown" for verdict, _ in said)


def _pairs(before: LoadRun, after: LoadRun) -> Iterator[tuple[Configuration, Configuration]]:
    earlier = {(one.scenario, one.label): one for one in before.configurations}
    for one in after.configurations:
        if old := earlier.get((one.scenario, one.label)):
            yield old, one


def _alone(run: LoadRun, other: LoadRun) -> tuple[str, ...]:
    """Return the configurations of a run that another does not have."""
    there = {(one.scenario, one.label) for one in other.configurations}
    places = dict.fromkeys((one.scenario, one.label) for one in run.configurations)
    return tuple(" ".join(place) for place in places if place not in there)


def _effects(
    before: Configuration, after: Configuration, cores: tuple[int, int]
) -> Iterator[Effect]:
    for metric, phases in FIGURES:
        name = next((one for one in phases if phases_of(before, one)), phases[0])
        sides = zip((before, after), cores, strict=True)
        old, new = (_values(one, name, metric, count) for one, count in sides)
        effect = Effect(
            scenario=after.scenario,
            label=after.label,
            metric=metric,
            phase=name,
            before=old,
            after=new,
            change="inconclusive",
        )
        other = comparability.traffic(name, before, after)
        moved = comparability.placement(before, after)
        least = min(len(old), len(new))
        if other:
            said = "; ".join(one.sentence for one in other)
            yield _unknown(effect, f"The traffic differs: {said}.")
        elif moved:
            yield _unknown(effect, f"The nodes differ: {moved[0].sentence}.")
        elif least < LEAST_FOR_VERDICT:
            reason = f"{least} of {LEAST_FOR_VERDICT} repetitions, undisturbed, carry the figure."
            yield _unknown(effect, reason)
        else:
            yield effect


def _values(
    configuration: Configuration, name: PhaseName, metric: Metric, cores: int
) -> tuple[float, ...]:
    phases = undisturbed(phases_of(configuration, name), cores)
    return tuple(value for phase in phases if (value := METRICS[metric](phase)))


def _unknown(effect: Effect, reason: str) -> Effect:
    ratio = math.exp(_gain(effect)) if effect.before and effect.after else None
    return replace(effect, change="unknown", reason=reason, ratio=ratio)


class _Test(Struct, frozen=True, kw_only=True):
    """Welch's test on the logs: the difference, its standard error, how probable it is of none."""

    gain: float
    error: float
    freedom: int
    chance: float


def _welch(effect: Effect) -> _Test:
    gain = _gain(effect)
    parts = [(_variance(values) / len(values), len(values)) for values in _samples(effect)]
    total = math.fsum(part for part, _ in parts)
    if total <= 0:
        return _Test(gain=gain, error=0.0, freedom=1, chance=0.0 if gain else 1.0)
    freedom = total**2 / math.fsum(part**2 / (n - 1) for part, n in parts)
    whole, error = max(1, math.floor(freedom + 1e-9)), math.sqrt(total)
    return _Test(gain=gain, error=error, freedom=whole, chance=1 - within(abs(gain) / error, whole))


def _decided(effect: Effect, confidence: float) -> Effect:
    test = _welch(effect)
    half = t_quantile(test.freedom, confidence=confidence) * test.error
    ratio, low, high = (math.exp(test.gain + shift) for shift in (0.0, -half, half))
    return replace(
        effect,
        change=change_of(effect.metric, ratio, low, high),
        ratio=ratio,
        low=low,
        high=high,
        confidence=confidence,
    )


def _gain(effect: Effect) -> float:
    before, after = (_mean([math.log(v) for v in values]) for values in _samples(effect))
    return after - before


def _samples(effect: Effect) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return effect.before, effect.after


def _variance(values: Sequence[float]) -> float:
    logs = [math.log(value) for value in values]
    mean = _mean(logs)
    return math.fsum((log - mean) ** 2 for log in logs) / (len(logs) - 1)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
