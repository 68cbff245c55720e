"""Judges a run record: is the run worth anything, did the system hold, what stands out.

A check gives pass, fail or unknown with one sentence; a set takes its worst; a check that raises is
unknown. `fail` speaks about the system, `unknown` about the measurement: it is void, not bad.
"""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from reports import figures
from reports.measurements import Configuration, Phase
from reports.pooled import JUDGED_PHASES, PhaseName, missing_reason, pooled
from reports.record import E2eRun, LoadRun, RunRecord, Verdict

KEPT_RATE_SHARE = 0.99
FAILED_SHARE = 0.01
LAG_FLOOR_MS = 5.0
LAG_SHARE_OF_RESPONSE = 0.10
EXIT_CODES: dict[Verdict, int] = {"pass": 0, "fail": 1, "unknown": 3}
_RANK: dict[Verdict, int] = {"pass": 0, "unknown": 1, "fail": 2}


class Judgement(Struct, frozen=True, kw_only=True):
    """A verdict on one subject (a phase, a promise), with the sentence that says why."""

    check: str
    subject: str
    verdict: Verdict
    sentence: str


PhaseCheck = Callable[[Phase], tuple[Verdict, str]]


def rate_was_kept(phase: Phase) -> tuple[Verdict, str]:
    """Judge whether the pacer sent what was planned; below 99 % the phase shows another load."""
    if phase.offered_per_s is None:
        return "unknown", f"The planned rate is not known: {phase.reasons['offered_per_s']}."
    share = phase.achieved_per_s / phase.offered_per_s if phase.offered_per_s else 0.0
    sentence = (
        f"{figures.rate(phase.achieved_per_s)} of {figures.rate(phase.offered_per_s)} requests/s "
        f"offered were sent"
    )
    if share < KEPT_RATE_SHARE:
        return "unknown", f"{sentence}: below 99 %, so the phase shows another load than planned."
    return "pass", f"{sentence}."


def few_failed(phase: Phase) -> tuple[Verdict, str]:
    """Judge whether at most 1 % of the requests failed, and at most 1 % ended unknown."""
    if not phase.samples:
        return "unknown", "No request was made."
    failed, unknown = phase.failed / phase.samples, phase.unknown / phase.samples
    total = figures.count(phase.samples)
    if failed > FAILED_SHARE:
        return "fail", f"{figures.percent(failed)} of {total} requests failed: more than 1 %."
    if unknown > FAILED_SHARE:
        share = figures.percent(unknown)
        return "unknown", f"{share} of {total} requests may or may not have happened."
    return "pass", f"{figures.percent(failed)} of {total} requests failed."


def generator_was_on_time(phase: Phase) -> tuple[Verdict, str]:
    """Judge whether the pacer's own lag is small beside what it measured."""
    lag_ms, p99_ms = phase.lag_ms_p99, phase.latency_ms.p99
    if lag_ms is None:
        return "unknown", f"The pacer's lag is not known: {phase.reasons['lag_ms_p99']}."
    limit_ms = max(LAG_FLOOR_MS, LAG_SHARE_OF_RESPONSE * (p99_ms or 0.0))
    sentence = f"Requests began up to {figures.ms(lag_ms)} ms late (p99)"
    if lag_ms > limit_ms:
        return "unknown", (
            f"{sentence}, above {figures.ms(limit_ms)} ms: the generator, not the system, may "
            f"have made the latency."
        )
    return "pass", f"{sentence}, within {figures.ms(limit_ms)} ms."


def failures_left_it_whole(phase: Phase) -> tuple[Verdict, str]:
    """Judge whether failures left an open phase whole; else its latencies speak of the rest only.

    Too many failures at a planned rate may be the rate's doing, so the phase is void; whether the
    system answers well at all is judged in the closed loop, at the level that carried the most.
    """
    verdict_, sentence = few_failed(phase)
    return ("unknown" if verdict_ == "fail" else verdict_), sentence


CLOSED_LOOP_CHECKS: dict[str, PhaseCheck] = {"few failed": few_failed}
OPEN_LOOP_CHECKS: dict[str, PhaseCheck] = {
    "rate kept": rate_was_kept,
    "few failed": failures_left_it_whole,
    "generator on time": generator_was_on_time,
}
NEEDED_PHASES: tuple[PhaseName, ...] = ("closed", "common")


def judge(record: RunRecord) -> tuple[Judgement, ...]:
    """Return every judgement on a record."""
    if isinstance(record, E2eRun):
        return tuple(_promises(record))
    return tuple(_phases(record))


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of some verdicts; of none, unknown: nothing was shown."""
    return max(verdicts, key=_RANK.__getitem__, default="unknown")


def verdict(record: RunRecord) -> Verdict:
    """Return the verdict on a whole record: the worst of its judgements."""
    return worst(judgement.verdict for judgement in judge(record))


def subject_of(configuration: Configuration, phase: str) -> str:
    """Return how a phase of a configuration is spoken of."""
    return f"{configuration.scenario} {configuration.label}, {phase}"


def _promises(record: E2eRun) -> Iterator[Judgement]:
    for check in record.checks:
        yield Judgement(
            check=check.name, subject="", verdict=check.verdict, sentence=check.sentence
        )


def _phases(record: LoadRun) -> Iterator[Judgement]:
    for configuration in record.configurations:
        for name in JUDGED_PHASES:
            phase = pooled(configuration, name)
            subject = subject_of(configuration, name)
            if phase is not None:
                yield from _checked(phase, subject)
            elif name in NEEDED_PHASES:
                sentence = f"There is no such phase: {missing_reason(configuration, name)}."
                yield Judgement(
                    check="measured", subject=subject, verdict="unknown", sentence=sentence
                )


def _checked(phase: Phase, subject: str) -> Iterator[Judgement]:
    checks = CLOSED_LOOP_CHECKS if phase.arrivals == "closed" else OPEN_LOOP_CHECKS
    for check, ask in checks.items():
        yield _asked(check, ask, subject, phase)


def _asked(check: str, ask: PhaseCheck, subject: str, phase: Phase) -> Judgement:
    try:
        verdict_, sentence = ask(phase)
    except Exception as error:  # noqa: BLE001 -- whatever a check raises, the verdict is unknown
        verdict_ = "unknown"
        sentence = f"The check could not be made: {type(error).__name__}: {error}."
    return Judgement(check=check, subject=subject, verdict=verdict_, sentence=sentence)
