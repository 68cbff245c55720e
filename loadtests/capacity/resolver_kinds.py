"""Which kind of resolver each call visits, as it is stamped or said, and for how long it stays.

With one queue a kind, a call visits the kind that takes from its queue, and no other. Which that
is tells the Server-Timing metric that a resolver adds under its part's name, else the `resolver` of
the call in the stack file; the counts of either, as they were measured, are the shares.
"""

# mypy: allow-untyped-calls
# hdrh ships no types.

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from loadtests.capacity.no_model import NoModelError
from reports.record import latency
from reports.record.measurements import Phase
from testcontainers_fixtures.stack_spec import StackSpec

STAMPS: Final = (
    "have each resolver add a Server-Timing metric of its part's name, and name these in the hops "
    "of [telemetry]"
)
_PLACEHOLDER: Final = "{prefetch}"
# A call counted at two kinds visits both, beyond what the counts of two phases may differ by.
_ALL: Final = 1.02
# Below the median of a lightly loaded system lie the calls that waited for nobody.
_LEAST_RANK, _MOST_RANK = 2.0, 20.0
_SLOTS: Final = 20
_LEAST_SAMPLES: Final = 20
# What is read off a response time holds the way as well, which takes up to some ms: a shorter time
# without CPU, or one shorter than the rest of its call, is not told from that.
_LEAST_HOLD_MS: Final = 5.0
_LEAST_HOLD_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolverKind:
    """One of several parts that take calls from a queue, each from its own.

    `calls` are those of the scenario that visit it; None where its stamps tell. `share` is how many
    of all requests they are. `has_prefetch` tells whether it is given the configuration's.
    """

    name: str
    calls: frozenset[str] | None
    share: float = 0.0
    has_prefetch: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """CPU ms that a request takes before and behind its resolver: of the broker, of the rest."""

    broker_ms: float
    others_ms: float


def kinds_of(spec: StackSpec, scenario: str) -> tuple[ResolverKind, ...]:
    """Return the kinds of resolver of a system that has several, and which calls visit each.

    Raises NoModelError where nothing tells; the sentence says what would.
    """
    parts = spec.named("resolver")
    if len(parts) < 2:  # noqa: PLR2004 -- one kind is not told apart
        return ()
    stamped = all(name in spec.telemetry.hops for name in parts)
    takers = {} if stamped else _takers(spec, scenario)
    return tuple(
        ResolverKind(
            name=name,
            calls=None if stamped else frozenset(c for c, taker in takers.items() if taker == name),
            has_prefetch=any(_PLACEHOLDER in text for text in part.texts),
        )
        for name, part in parts.items()
    )


def _takers(spec: StackSpec, scenario: str) -> dict[str, str]:
    """Return which part takes each call of a scenario, as the stack file says it."""
    names = ", ".join(spec.named("resolver"))
    known = spec.scenarios.get(scenario)
    if known is None:
        raise NoModelError(
            f"The requests of {scenario!r} are not in the stack file, so which of the resolvers "
            f"({names}) each of them visits is not known: {STAMPS}."
        )
    found: dict[str, str] = {}
    for call in known.asked:
        if call.resolver is None:
            raise NoModelError(
                f"Which of the resolvers ({names}) the call {call.name!r} of {scenario!r} visits "
                f'is not known: give each of its calls resolver = "..." in the stack file, or '
                f"{STAMPS}."
            )
        if found.setdefault(call.name, call.resolver) != call.resolver:
            raise NoModelError(
                f"Calls named {call.name!r} of {scenario!r} visit {found[call.name]} and "
                f"{call.resolver}, and count as one: give them names of their own."
            )
    return found


def visited(phases: Sequence[Phase], kinds: Sequence[ResolverKind]) -> tuple[ResolverKind, ...]:
    """Return the kinds that are visited, each with its share of the requests of some phases.

    Raises NoModelError where no answer tells, or a call bears the stamps of several.
    """
    counts = [_counts(phase, kinds) for phase in phases]
    whole = sum(all_ for all_, _ in counts)
    found = {one.name: sum(at[one.name] for _, at in counts) for one in kinds}
    visits = sum(found.values())
    if kinds and not visits:
        raise NoModelError(f"No answer told which resolver it came from: {STAMPS}.")
    if visits > _ALL * whole:
        raise NoModelError(
            "Some calls visit several kinds of resolver, and whether one after the other or at "
            "once is not known; no model is made."
        )
    most = max(whole, visits)
    return tuple(replace(one, share=found[one.name] / most) for one in kinds if found[one.name])


def _counts(phase: Phase, kinds: Iterable[ResolverKind]) -> tuple[int, dict[str, int]]:
    """Return how many calls of a phase tell where they were, and how many were at each kind."""
    stamps = {name: _count(text) for name, text in phase.histograms.hops.items()}
    # Who stamps is for the system to say; no hop need be one that every call goes through.
    answered = phase.samples - phase.failed - phase.unknown if stamps else 0
    calls = {one.name: one.samples for one in phase.endpoints}
    found, whole = {}, 0
    for one in kinds:
        if one.calls is None:
            found[one.name], whole = stamps.get(one.name, 0), answered
        else:
            found[one.name] = sum(calls.get(name, 0) for name in one.calls)
            whole = sum(calls.values())
    return whole, found


def _count(text: str) -> int:
    return int(latency.decode(text).get_total_count())


def holds_ms(phase: Phase, kind: ResolverKind, cpu_ms: float, aside: Aside) -> tuple[float, ...]:
    """Return how long a resolver keeps a call without CPU, equally likely each; (0.0,): no time.

    A kind that stamps its calls tells itself; else what the calls that visit it waited for the
    answer, less all that takes CPU.
    """
    if kind.calls is None:
        return _beyond(_unwaited(phase.histograms.hops.get(kind.name), _SLOTS), cpu_ms, 0.0)
    counts = {one.name: one.samples for one in phase.endpoints if one.name in kind.calls}
    whole = sum(counts.values())
    rpc, total = phase.histograms.rpc_endpoints, phase.histograms.endpoints
    found: list[float] = []
    for name, samples in counts.items():
        slots = max(1, round(_SLOTS * samples / whole))
        within = name in rpc
        less_ms = aside.broker_ms if within else aside.broker_ms + aside.others_ms
        shown = _unwaited(rpc[name] if within else total.get(name), slots)
        found += [ms - less_ms for ms in shown]
    return _beyond(found, cpu_ms, _LEAST_HOLD_MS)


def _beyond(taken_ms: Sequence[float], cpu_ms: float, least_ms: float) -> tuple[float, ...]:
    held = tuple(round(max(0.0, ms - cpu_ms), 4) for ms in taken_ms)
    mean_ms = math.fsum(held) / len(held) if held else 0.0
    told = mean_ms > least_ms and mean_ms > _LEAST_HOLD_SHARE * (mean_ms + cpu_ms)
    return held if told else (0.0,)


def _unwaited(text: str | None, slots: int) -> list[float]:
    """Return so many times in ms that calls took which waited for nobody."""
    histogram = latency.decode(text) if text else None
    if histogram is None or histogram.get_total_count() < _LEAST_SAMPLES:
        return []
    step = (_MOST_RANK - _LEAST_RANK) / slots
    ranks = [_LEAST_RANK + step * (number + 0.5) for number in range(slots)]
    return [latency.value_ms(histogram, rank) for rank in ranks]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTimes:
    """What the calls that visit a kind take until their answer, in ms: at the maximum, unwaited."""

    full_ms: float
    unwaited_ms: float

    @property
    def slowdown(self) -> float:
        """Return how many times as long as unwaited they take at the maximum."""
        return self.full_ms / self.unwaited_ms


def answer_times(
    full: Phase, light: Phase, kinds: Iterable[ResolverKind]
) -> dict[str, AnswerTimes]:
    """Return these times by kind; one whose stamps alone tell of it is not in there."""
    found = {one.name: _answer_times(full, light, one.calls or ()) for one in kinds}
    return {name: times for name, times in found.items() if times}


def _answer_times(full: Phase, light: Phase, calls: Iterable[str]) -> AnswerTimes | None:
    pairs = [(_mean_ms(full, name), _unwaited_ms(light, name)) for name in calls]
    known = [(slow, fast) for slow, fast in pairs if slow is not None and fast]
    if not known:
        return None
    return AnswerTimes(
        full_ms=math.fsum(slow for slow, _ in known),
        unwaited_ms=math.fsum(fast for _, fast in known),
    )


def _mean_ms(phase: Phase, name: str) -> float | None:
    text = phase.histograms.endpoints.get(name)
    histogram = latency.decode(text) if text else None
    if histogram is None or not histogram.get_total_count():
        return None
    return float(histogram.get_mean_value()) / 1_000


def _unwaited_ms(phase: Phase, name: str) -> float | None:
    found = _unwaited(phase.histograms.endpoints.get(name), _SLOTS)
    return math.fsum(found) / len(found) if found else None
