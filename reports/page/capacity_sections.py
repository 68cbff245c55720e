"""What the page shows of capacity: what was predicted, beside what was measured of it.

Shown at once is what was run and what answers the question; what is predicted besides is folded.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from markupsafe import Markup
from msgspec import Struct

from reports.judgement.configuration_rows import row
from reports.judgement.recorded_predictions import NOT_KNOWN, at_rate, binding, points, said
from reports.record import number_formats
from reports.record.capacity import (
    MACHINE,
    Capacity,
    MeasuredVerdict,
    Prediction,
    SizingAnswer,
    SizingTrial,
    Visits,
)
from reports.record.configuration_names import alike, named
from reports.record.measurements import Configuration
from reports.record.record import LoadRun

CARRIES_LESS: Final = "carries less"


class CapacityRow(Struct, frozen=True, kw_only=True):
    """One configuration: what is predicted, and what was measured where it was run, in words."""

    label: str
    cost: str
    carries: str
    p99: str
    binding: str
    measured_carries: str
    measured_p99: str


class TriedConfiguration(Struct, frozen=True, kw_only=True):
    """One configuration that was run at the rate asked for, in words."""

    label: str
    verdict: MeasuredVerdict
    predicted: str
    measured: str
    achieved: str
    samples: str


class CapacitySection(Struct, frozen=True, kw_only=True):
    """One scenario's model: its lines at one rate, or the sentence that says why there is none.

    `alike` is what all configurations share, `binding` what binds them all, where it is the same,
    `visits` which kind of resolver is visited by how many, where there are several, `takes` who
    takes most of the machine where that binds, `unmeasured` which parts are in no figure, `merged`
    why several nodes count as one machine.
    """

    scenario: str
    reason: str
    bound_by: str
    alike: str
    visits: str
    takes: str
    unmeasured: str
    merged: str
    binding: str
    rate_per_s: float | None
    lines: Sequence[CapacityRow]
    folded: Sequence[CapacityRow]
    answer: SizingAnswer | None
    told: str
    trials: Sequence[TriedConfiguration]
    data: Markup


def needed(record: LoadRun) -> list[CapacitySection]:
    """Return what is predicted of each scenario; those that were asked about stand first."""
    shown = [_needed(record, one) for one in record.capacity]
    return sorted(shown, key=lambda one: one.answer is None)


def _needed(record: LoadRun, capacity: Capacity) -> CapacitySection:
    runs = {_point(one): one for one in record.configurations if one.scenario == capacity.scenario}
    rate_per_s = _rate_per_s(capacity, runs.values())
    outlooks = _with_the_chosen(capacity)
    binds = {binding(one) for one in outlooks}

    def lines(among: Iterable[Prediction]) -> list[CapacityRow]:
        return [_line(one, rate_per_s, runs.get(_point(one)), capacity) for one in among]

    return CapacitySection(
        scenario=capacity.scenario,
        reason=capacity.reasons.get("outlooks", "") if capacity.outlooks is None else "",
        bound_by=capacity.bound_by,
        alike=alike(outlooks),
        visits="; ".join(map(_visited, capacity.visits)),
        takes=_taker(capacity, runs.values()) if MACHINE in {capacity.bound_by, *binds} else "",
        unmeasured=", ".join(capacity.unmeasured),
        merged=capacity.merged,
        binding=binds.pop() if len(binds) == 1 else "",
        rate_per_s=rate_per_s,
        lines=lines(one for one in outlooks if _is_shown(one, capacity)),
        folded=lines(one for one in outlooks if not _is_shown(one, capacity)),
        answer=capacity.answer,
        told=_told(capacity.answer) if capacity.answer else "",
        trials=[_tried(one) for one in capacity.answer.trials] if capacity.answer else [],
        data=_data(outlooks),
    )


def _with_the_chosen(capacity: Capacity) -> tuple[Prediction, ...]:
    """Return what is predicted, and the answer where it lies further off, cheapest first."""
    predicted = capacity.outlooks or ()
    chosen = capacity.answer.chosen if capacity.answer else None
    if chosen is None or any(_point(one) == _point(chosen) for one in predicted):
        return predicted
    return tuple(sorted((*predicted, chosen), key=lambda one: one.cost))


def _is_shown(one: Prediction, capacity: Capacity) -> bool:
    chosen = capacity.answer.chosen if capacity.answer else None
    return one.measured or (chosen is not None and _point(one) == _point(chosen))


def _visited(one: Visits) -> str:
    """Return what is known of one kind of resolver: '80 % of the requests visit tags ...'."""
    taken = number_formats.number(one.cpu_ms + one.hold_ms)
    at_a_time = f", a copy takes {one.turns} at a time" if one.turns else ""
    if one.hold_ms and not one.turns:
        at_a_time = ", how many at a time was not seen"
    return (
        f"{number_formats.percent(one.share)} of the requests visit {one.part}, for {taken} ms "
        f"({number_formats.number(one.cpu_ms)} ms of CPU){at_a_time}"
    )


def _taker(capacity: Capacity, runs: Iterable[Configuration]) -> str:
    """Return who takes most of a request's CPU time: 'database takes 52 %'.

    Load from another machine takes nothing there.
    """
    phases = (one.closed for run in runs for one in run.repetitions)
    apart = any(one is not None and one.apart for one in phases)
    demands = [one for one in capacity.demands if not (apart and one.part == "generator")]
    whole_ms = sum(one.cpu_ms for one in demands)
    if not whole_ms:
        return ""
    most = max(demands, key=lambda one: one.cpu_ms)
    return f"{most.part} takes {number_formats.percent(most.cpu_ms / whole_ms)}"


def _tried(one: SizingTrial) -> TriedConfiguration:
    return TriedConfiguration(
        label=f"{one.configuration}, one {one.lost} lost" if one.lost else one.configuration,
        verdict=one.verdict,
        predicted=said(one.foretold_ms),
        measured=number_formats.ms(one.measured_ms),
        achieved=number_formats.rate(one.achieved_per_s),
        samples=number_formats.count(one.samples),
    )


def _rate_per_s(capacity: Capacity, runs: Iterable[Configuration]) -> float | None:
    """Return the rate at which the lines are shown: the one asked for, else the common one."""
    if capacity.answer:
        return capacity.answer.question.rate_per_s
    rows = (row(one) for one in runs)
    return next((one.common.offered_per_s for one in rows if one.common), None)


def _line(
    outlook: Prediction, rate_per_s: float | None, run: Configuration | None, capacity: Capacity
) -> CapacityRow:
    measured = row(run) if run else None
    closed = measured.closed if measured else None
    common = measured.common if measured and not capacity.answer else None
    return CapacityRow(
        label=named(outlook, _with_the_chosen(capacity)),
        cost=f"{outlook.cost:g}",
        carries=said(outlook.carries_per_s),
        p99=_predicted(outlook, rate_per_s),
        binding=binding(outlook).partition(", which")[0],
        measured_carries=number_formats.rate(closed.throughput_per_s if closed else None),
        measured_p99=number_formats.ms(common.latency_ms.p99 if common else None),
    )


def _predicted(outlook: Prediction, rate_per_s: float | None) -> str:
    if rate_per_s is None:
        return NOT_KNOWN
    most_per_s = outlook.carries_per_s.value
    if most_per_s is not None and most_per_s < rate_per_s:
        return CARRIES_LESS
    return said(at_rate(outlook, rate_per_s))


def _told(answer: SizingAnswer) -> str:
    """Return the answer in one sentence: what was predicted beside what was measured."""
    beside = "; ".join(_beside(answer))
    predicted = f" Its p99: {beside}." if beside else ""
    if not answer.binding:
        return f"{answer.sentence}{predicted}"
    room = f", with {number_formats.percent(answer.headroom_share)} headroom in the rate"
    return (
        f"{answer.sentence}{predicted} What binds: {answer.binding}"
        f"{room if answer.headroom_share is not None else ''}."
    )


def _beside(answer: SizingAnswer) -> Iterator[str]:
    for one in answer.trials:
        lost = f"with one {one.lost} lost " if one.lost else ""
        measured = number_formats.ms(one.measured_ms)
        yield f"{lost}predicted {said(one.foretold_ms)} ms, measured {measured} ms"


def _data(outlooks: Sequence[Prediction]) -> Markup:
    """Return what the page's script answers from, as JSON that cannot end its element."""
    binds = list(dict.fromkeys(map(binding, outlooks)))
    rows = [
        [
            named(one, outlooks),
            one.cost,
            one.carries_per_s.sure,
            binds.index(binding(one)),
            points(one),
        ]
        for one in outlooks
    ]
    shown = {"binds": binds, "rows": rows}
    text = json.dumps(shown, separators=(",", ":"))
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704 -- escaped above


def _point(one: Configuration | Prediction) -> tuple[object, ...]:
    of_parts = tuple(sorted(one.of_parts.items()))
    return one.resolvers, one.service_workers, one.gateway_workers, one.prefetch, of_parts
