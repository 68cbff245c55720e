"""Names what a reader should know before the numbers: CPU-bound, held back, uneven, what helps."""

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from reports.judgement import (
    delayed_acknowledgements,
    fault_verdicts,
    machine_share,
    mutant_headline,
)
from reports.judgement.confidence_intervals import (
    CONFIDENCE,
    LEAST_FOR_VERDICT,
    interval,
    values_of,
)
from reports.judgement.objective_verdicts import kept
from reports.judgement.pooling import JUDGED_PHASES, phases_of, pooled
from reports.judgement.verdicts import Judgement, answered, judge, subject_of, verdict, worst
from reports.record import number_formats
from reports.record.measurements import Configuration
from reports.record.record import E2eRun, FaultsRun, LoadRun, RunRecord, Verdict

CPU_BOUND_SHARE = 0.90
IMBALANCE = 1.5
MOST_NAME = 60
NOTABLE_CLOSINGS = 0.01
NOTABLE_GAIN = 1.10
OPENINGS: dict[Verdict, str] = {
    "pass": "Holds",
    "fail": "Does not hold",
    "unknown": "Unknown",
    "not applicable": "Not applicable",
}
CPU_BOUND_SENTENCE = "CPU-bound: more copies cannot help here"
KINDS_OF_COPIES = {
    "resolvers": "resolvers",
    "service_workers": "service workers",
    "gateway_workers": "gateway workers",
}


class Finding(Struct, frozen=True, kw_only=True):
    """Something worth naming that is no verdict."""

    subject: str
    sentence: str


def cpu_bound(configuration: Configuration) -> Finding | None:
    """Name a configuration whose closed loop kept the host's CPU at least 90 % busy.

    Or a node of the engine that runs its parts, where the parts that ran on that one alone took so
    much. Not one that waited for something else then, whoever kept the CPU busy.
    """
    full = _full(configuration)
    if full is None or delayed_acknowledgements.holds_up(configuration):
        return None
    return Finding(
        subject=subject_of(configuration, "closed"),
        sentence=f"{CPU_BOUND_SENTENCE} ({full} busy at its maximum).",
    )


def _full(configuration: Configuration) -> str | None:
    """Return what is full at the maximum, and how full; the host is not the parts' where apart."""
    closed = pooled(configuration, "closed")
    node = machine_share.busiest_node(configuration, "closed")
    if node and node.share >= CPU_BOUND_SHARE:
        name = number_formats.visible(node.name, MOST_NAME)
        return f"node {name} at least {number_formats.percent(min(1.0, node.share))}"
    if closed is None or closed.apart or (closed.host_cpu or 0.0) < CPU_BOUND_SHARE:
        return None
    return f"host CPU {number_formats.percent(closed.host_cpu or 0.0)}"


def held_back(configuration: Configuration) -> Finding | None:
    """Name a configuration whose answers wait for an acknowledgement, or seem to."""
    said = delayed_acknowledgements.sentence(configuration)
    phase = "closed" if pooled(configuration, "closed") else "open"
    return Finding(subject=subject_of(configuration, phase), sentence=said) if said else None


def closing(configuration: Configuration) -> Iterator[Finding]:
    """Name each phase in which more than 1 % of the answers closed their connection."""
    for name in JUDGED_PHASES:
        phase = pooled(configuration, name)
        if phase and phase.samples and phase.closings > NOTABLE_CLOSINGS * phase.samples:
            share = number_formats.percent(phase.closings / phase.samples)
            yield Finding(
                subject=subject_of(configuration, name),
                sentence=f"The server closed the connection after {share} of its answers; the next "
                f"was opened ahead of its request, so the latencies are without that opening.",
            )


def imbalance(shares: dict[str, float], workers: int) -> float:
    """Return the busiest worker's requests over an even share: 1 is even, W is all on one of W.

    A worker that answered nothing is not in `shares`, so `workers` says how many there are.
    """
    return max(shares.values(), default=0.0) * workers


def imbalances(configuration: Configuration) -> Iterator[Finding]:
    """Name each service whose busiest worker answered more than 1.5 times its even share."""
    for name in JUDGED_PHASES:
        phase = pooled(configuration, name)
        for service, shares in (phase.worker_shares if phase else {}).items():
            workers = max(len(shares), configuration.service_workers)
            factor = imbalance(shares, workers)
            if factor > IMBALANCE:
                busiest = number_formats.percent(max(shares.values()))
                yield Finding(
                    subject=subject_of(configuration, name),
                    sentence=f"Uneven workers in {service}: the busiest of {workers} answered "
                    f"{busiest}, {number_formats.times(factor)} an even share.",
                )


def findings(configuration: Configuration) -> tuple[Finding, ...]:
    """Return what stands out in a configuration."""
    alone = (held_back(configuration), cpu_bound(configuration))
    return (
        *(one for one in alone if one),
        *closing(configuration),
        *imbalances(configuration),
    )


def headline(record: RunRecord) -> str:
    """Return the first sentence of the page: does it hold, and over how much."""
    judgements = judge(record)
    if isinstance(record, E2eRun):
        return _promises_headline(record, judgements)
    if isinstance(record, FaultsRun):
        said = fault_verdicts.headline(record, [one.verdict for one in judgements])
        return f"{OPENINGS[verdict(record)]}: {said}"
    return _load_headline(record, judgements)


def most_carried(record: LoadRun) -> str:
    """Return, for the list of runs, the most that each scenario carried, and on which point."""
    said = []
    for scenario in dict.fromkeys(one.scenario for one in record.configurations):
        points = _carrying(record, scenario)
        if not points:
            said.append(_at_rate(record, scenario))
            continue
        best, most = max(points, key=lambda point: point[1])
        said.append(f"{scenario}: at most {number_formats.rate(most)}/s on {best.label}.")
    return " ".join(said)


def scaling(record: LoadRun, scenario: str) -> str:
    """Return one sentence on what more copies bring in a scenario, from the closed loops."""
    points = _carrying(record, scenario)
    if not points:
        return _at_rate(record, scenario)
    smallest, least = min(points, key=lambda point: point[0].copies)
    best, most = max(points, key=lambda point: point[1])
    carries = f"{scenario} carries {number_formats.rate(least)} requests/s on {smallest.label}"
    configurations = [one for one, _ in points]
    bound = f"{_bound_sentence(configurations)}{_held_back_sentence(configurations)}"
    if len(points) == 1 or not least:
        return f"{carries}.{bound}"
    if best is smallest:
        return f"{carries}, and no larger configuration carries more.{bound}"
    times = number_formats.times(most / least)
    more = f"and at most {number_formats.rate(most)} on {best.label} ({times})"
    return f"{carries} {more}{_gain(smallest, best, len(points) - 1)}.{bound}"


def _carrying(record: LoadRun, scenario: str) -> list[tuple[Configuration, float]]:
    """Return a scenario's configurations with the throughput of their closed loops."""
    return [
        (one, closed.throughput_per_s)
        for one in record.configurations
        if one.scenario == scenario and (closed := pooled(one, "closed"))
    ]


def _gain(smallest: Configuration, best: Configuration, compared: int) -> str:
    """Return whether the best carries more than the smallest, once five repetitions tell.

    The best was picked among several, so chance is shared out over the comparisons (Bonferroni):
    95 % hold for all of them together. Where the two intervals overlap, nothing is said to help.
    """
    confidence = 1 - (1 - CONFIDENCE) / compared
    copies = _copies_of(smallest, best)
    before, after = (interval(_carried(one), confidence=confidence) for one in (smallest, best))
    if not (before.carries_verdict and after.carries_verdict):
        return f", without a verdict: that needs {LEAST_FOR_VERDICT} repetitions"
    if (after.low or 0.0) <= (before.high or 0.0):
        return f": their intervals overlap, so more {copies} are not shown to help"
    if (after.estimate or 0.0) < NOTABLE_GAIN * (before.estimate or 0.0):
        return f": more {copies} bring next to nothing"
    return f": more {copies} help"


def _copies_of(smallest: Configuration, best: Configuration) -> str:
    """Name what the best has more of; where that is several kinds, none can be singled out."""
    grown = [
        name
        for field, name in KINDS_OF_COPIES.items()
        if getattr(best, field) > getattr(smallest, field)
    ]
    return grown[0] if len(grown) == 1 else "copies"


def _carried(configuration: Configuration) -> list[float]:
    closed = phases_of(configuration, "closed")
    return [value for value in values_of(closed, "throughput") if value]


def _at_rate(record: LoadRun, scenario: str) -> str:
    """Return what a target did at the rate it was asked for: no closed loop was driven."""
    phases = (pooled(one, "open") for one in record.configurations if one.scenario == scenario)
    measured = next((phase for phase in phases if phase), None)
    if measured is None:
        return f"{scenario}: nothing was measured."
    latency_ms = measured.latency_ms
    known = {"p50": latency_ms.p50, "p99": latency_ms.p99}
    said = " and ".join(f"{name} {number_formats.ms(ms)} ms" for name, ms in known.items() if ms)
    rate = number_formats.rate(measured.throughput_per_s)
    return f"{scenario}: {rate} requests/s succeeded, with {said or 'too few samples'}."


def _bound_sentence(configurations: list[Configuration]) -> str:
    bound = [one.label for one in configurations if cpu_bound(one)]
    if not bound:
        return ""
    if len(bound) == len(configurations):
        return f" {CPU_BOUND_SENTENCE}."
    return f" {CPU_BOUND_SENTENCE}, from {bound[0]} on."


def _held_back_sentence(configurations: list[Configuration]) -> str:
    """Return, as short as it goes, that answers wait; what stands out tells of it in full."""
    if any(delayed_acknowledgements.seen(one) == "shown" for one in configurations):
        return " Answers wait 40 ms for a delayed acknowledgement, not for a core."
    return ""


def _promises_headline(record: E2eRun, judgements: Sequence[Judgement]) -> str:
    if record.mutants or record.ladder:
        return f"{_opening(judgements)}: {mutant_headline.headline(record)}"
    times = Counter(one.verdict for one in judgements)
    others = {
        "not kept": times["fail"],
        "unknown": times["unknown"],
        "not applicable": times["not applicable"],
    }
    asked = times.total() - times["not applicable"]
    if judgements and not asked:
        return f"{_opening(judgements)}: none of {len(judgements)} promises applies."
    counts = [f"{times['pass']} of {asked} promises kept"]
    counts += [f"{count} {what}" for what, count in others.items() if count]
    counts += [f"{number_formats.count(record.cases)} generated requests"] if record.cases else []
    return f"{_opening(judgements)}: {', '.join(counts)}."


def _load_headline(record: LoadRun, judgements: Sequence[Judgement]) -> str:
    points = sum(_is_measured(one) for one in record.configurations)
    what = f"{_slos(record)}{points} configuration{'' if points == 1 else 's'} measured"
    bad = [one for one in judgements if one.verdict in {"fail", "unknown"}]
    names = ", ".join(dict.fromkeys(one.check for one in bad))
    applied = sum(one.verdict != "not applicable" for one in judgements)
    doubt = (
        f", {len(bad)} of {applied} checks not passed ({names})" if bad else ", every check passed"
    )
    answer = answered(record)
    opening = f"{OPENINGS[answer]}, as asked" if answer else _opening(judgements)
    failed = next((one for one in bad if one.verdict == "fail"), None)
    shown = failed or next(iter(record.unmeasured), None) or next(iter(bad), None)
    why = f" {shown.subject}: {shown.sentence}" if shown else ""
    return f"{opening}: {what}{doubt}.{why}"


def _is_measured(one: Configuration) -> bool:
    return any(phases_of(one, name) for name in JUDGED_PHASES)


def _slos(record: LoadRun) -> str:
    """Return how many SLOs were kept at every configuration, as the begin of a sentence."""
    slos = record.objectives
    return f"{kept(record)} of {len(slos)} SLO{'s' * (len(slos) > 1)} kept, " if slos else ""


def _opening(judgements: Sequence[Judgement]) -> str:
    return OPENINGS[worst(one.verdict for one in judgements)]
