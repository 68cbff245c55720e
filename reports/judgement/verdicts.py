"""Judges a run record: is the run worth anything, did the system hold, what stands out.

A check gives pass, fail, unknown or not applicable with one sentence; a set takes its worst; a
check that raises is unknown. `fail` speaks about the system, `unknown` about the measurement: it is
void, not bad. What does not apply lowers no verdict; where nothing else is asked, nothing is shown.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final, overload

from msgspec import Struct

from reports.judgement import fault_verdicts, validity_gates
from reports.judgement.machine_share import machine_was_its_own
from reports.judgement.objective_verdicts import objective_rows
from reports.judgement.pooling import JUDGED_PHASES, PhaseName, missing_reason, phases_of, pooled
from reports.record.capacity import MeasuredVerdict
from reports.record.measurements import Configuration, Phase
from reports.record.record import E2eRun, FaultsRun, LoadRun, RunRecord, Verdict
from testcontainers_fixtures.output.exit_codes import ExitCode

EXIT_CODES: dict[Verdict, ExitCode] = {
    "pass": ExitCode.HOLDS,
    "fail": ExitCode.DOES_NOT_HOLD,
    "unknown": ExitCode.UNKNOWN,
    # Nothing was asked that could be answered.
    "not applicable": ExitCode.UNKNOWN,
}
Question = Callable[[], validity_gates.Answer]
_RANK: dict[Verdict, int] = {"not applicable": 0, "pass": 1, "unknown": 2, "fail": 3}


class Judgement(Struct, frozen=True, kw_only=True):
    """A verdict on one subject (a phase, a promise), with the sentence that says why."""

    check: str
    subject: str
    verdict: Verdict
    sentence: str


CLOSED_LOOP_CHECKS: Final[dict[str, validity_gates.PhaseGate]] = {
    "few failed": validity_gates.few_failed
}
NEEDED_PHASES: Final[tuple[PhaseName, ...]] = ("closed", "common")
MEASURED: Final = "measured"
NEEDED_OF_A_TARGET: Final[tuple[PhaseName, ...]] = ("open",)


class CheckSummary(Struct, frozen=True, kw_only=True):
    """How one check came out over everything that it was asked of; `asked` is where it applied."""

    check: str
    verdict: Verdict
    passed: int
    asked: int


def check_summary(judgements: Iterable[Judgement]) -> list[CheckSummary]:
    """Return each check's worst verdict and how often it passed, in the order of asking."""
    by_check: dict[str, list[Verdict]] = {}
    for one in judgements:
        by_check.setdefault(one.check, []).append(one.verdict)
    return [
        CheckSummary(
            check=check,
            verdict=worst(verdicts),
            passed=verdicts.count("pass"),
            asked=len(verdicts) - verdicts.count("not applicable"),
        )
        for check, verdicts in by_check.items()
    ]


def judge(record: RunRecord) -> tuple[Judgement, ...]:
    """Return every judgement on a record."""
    if isinstance(record, E2eRun):
        return tuple(_promises(record))
    if isinstance(record, FaultsRun):
        return tuple(_faults(record))
    return (*objective_judgements(record), *_phases(record), *_rates(record))


def objective_judgements(record: LoadRun) -> Iterator[Judgement]:
    """Yield the verdict on each SLO at each configuration that is held to it."""
    for one in objective_rows(record):
        subject = subject_of(one.configuration, one.phase, target=record.target)
        yield Judgement(
            check=one.objective.text, subject=subject, verdict=one.said[0], sentence=one.said[1]
        )


@overload
def worst(verdicts: Iterable[MeasuredVerdict]) -> MeasuredVerdict: ...
@overload
def worst(verdicts: Iterable[Verdict]) -> Verdict: ...
def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of some verdicts; of none, unknown: nothing was shown.

    What does not apply counts only where it is all there is.
    """
    return max(verdicts, key=_RANK.__getitem__, default="unknown")


def verdict(record: RunRecord) -> Verdict:
    """Return the verdict on a whole record: the worst of its judgements."""
    said = worst(judgement.verdict for judgement in judge(record))
    if said == "pass" and isinstance(record, FaultsRun) and fault_verdicts.none_applied(record):
        return "not applicable"
    return said


def was_judged(record: RunRecord) -> bool:
    """Tell whether anything was judged at all: one phase, promise or fault by every check of it.

    Where SLOs were asked for, one of them at one configuration.
    """
    if isinstance(record, LoadRun) and record.objectives:
        return any(one.verdict != "unknown" for one in objective_judgements(record))
    by_subject: dict[str, list[Verdict]] = {}
    for one in judge(record):
        # A promise has no subject beside itself.
        if one.verdict != "not applicable":
            by_subject.setdefault(one.subject or one.check, []).append(one.verdict)
    return any("unknown" not in said for said in by_subject.values())


def is_whole(record: RunRecord) -> bool:
    """Tell whether no load process died, and left open what it was to measure."""
    return not (isinstance(record, LoadRun) and record.unmeasured)


def exit_code(
    said: Verdict, *, judged: bool, whole: bool = True, strict: bool = False, tolerant: bool = False
) -> ExitCode:
    """Return what a command leaves with; reports/README.md has the table.

    `strict` makes what cannot be told a failure; `tolerant` lets it pass where anything was judged.
    What is not `whole` fails in any case: no busy machine is to blame for it. Where nothing applied
    nothing was judged.
    """
    if not whole or (said in {"unknown", "not applicable"} and strict):
        return ExitCode.DOES_NOT_HOLD
    if said == "unknown" and tolerant and judged:
        return ExitCode.HOLDS
    return EXIT_CODES[said]


def answered(record: RunRecord) -> Verdict | None:
    """Return what came of the question that a load run was asked; None where none was.

    That no answer can be given is no doubt where the system itself is why: it failed. One that was
    given is in doubt where a load process died on the way to it.
    """
    if not isinstance(record, LoadRun):
        return None
    answers = [one.answer for one in record.capacity if one.answer]
    if not answers:
        return None
    said = worst([*(one.verdict for one in answers), *(() if is_whole(record) else ("unknown",))])
    return "fail" if said == "unknown" and verdict(record) == "fail" else said


def subject_of(configuration: Configuration, phase: str, *, target: str = "") -> str:
    """Return how a phase of a configuration is spoken of; a target has but one."""
    if target:
        return f"{configuration.scenario}, {phase}"
    return f"{configuration.scenario} {configuration.label}, {phase}"


def _promises(record: E2eRun) -> Iterator[Judgement]:
    for check in record.checks:
        said = check.reason or check.sentence
        yield Judgement(check=check.name, subject="", verdict=check.verdict, sentence=said)


def _faults(record: FaultsRun) -> Iterator[Judgement]:
    for check, subject, said, sentence in fault_verdicts.asked(record):
        yield Judgement(check=check, subject=subject, verdict=said, sentence=sentence)


def _rates(record: LoadRun) -> Iterator[Judgement]:
    """Yield each search that found no rate, and did not show either that there is none."""
    for one in record.rate_searches:
        if one.most_per_s is None and not one.shows_none:
            subject, why = f"{one.scenario} {one.configuration}", one.reasons["most_per_s"]
            sentence = f"The most within {one.slo_p99_ms:g} ms is not known: {why}."
            yield Judgement(
                check="rate found", subject=subject, verdict="unknown", sentence=sentence
            )


def _phases(record: LoadRun) -> Iterator[Judgement]:
    for one in record.unmeasured:
        yield Judgement(
            check=MEASURED, subject=one.subject, verdict="unknown", sentence=one.sentence
        )
    needed = NEEDED_OF_A_TARGET if record.target else NEEDED_PHASES
    for configuration in record.configurations:
        for name in JUDGED_PHASES:
            subject = subject_of(configuration, name, target=record.target)
            if asked := _questions(record, configuration, name):
                yield from _asked_of(asked, subject)
            elif name in needed:
                sentence = f"There is no such phase: {missing_reason(configuration, name)}."
                yield Judgement(
                    check=MEASURED, subject=subject, verdict="unknown", sentence=sentence
                )


def _is_bearable(phase: Phase, configuration: Configuration) -> bool:
    """Tell whether an open phase's rate is below what the configuration carried."""
    closed = pooled(configuration, "closed")
    return (
        closed is not None
        and phase.offered_per_s is not None
        and phase.offered_per_s < closed.throughput_per_s
    )


def _questions(
    record: LoadRun, configuration: Configuration, name: PhaseName
) -> dict[str, Question]:
    """Return what is asked of a phase over its repetitions; of one that is not there, nothing."""
    phase = pooled(configuration, name)
    if phase is None:
        return {}
    cores = record.conditions.cpu_count
    own: dict[str, Question] = {"machine its own": partial(machine_was_its_own, phase, cores)}
    # Of a load that one machine sent, nothing about several is asked, and nothing shown.
    of_workers = validity_gates.WORKER_GATES if phase.load_workers else {}
    if phase.arrivals == "closed":
        asked = CLOSED_LOOP_CHECKS | of_workers
        return {name: partial(ask, phase) for name, ask in asked.items()} | own
    bearable = bool(record.target) or _is_bearable(phase, configuration)
    gates = (
        validity_gates.PHASE_GATES
        | of_workers
        | {"few failed": partial(validity_gates.failures_left_it_whole, bearable=bearable)}
    )
    repetitions = phases_of(configuration, name)
    courses = validity_gates.COURSE_GATES.items()
    return (
        {name: partial(ask, phase) for name, ask in gates.items()}
        | {name: partial(ask, repetitions) for name, ask in courses}
        | own
    )


def _asked_of(asked: Mapping[str, Question], subject: str) -> Iterator[Judgement]:
    for check, ask in asked.items():
        said = _asked(ask)
        yield Judgement(check=check, subject=subject, verdict=said[0], sentence=said[1])


def _asked(ask: Question) -> validity_gates.Answer:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 -- whatever a check raises, the verdict is unknown
        return "unknown", f"The check could not be made: {type(error).__name__}: {error}."
