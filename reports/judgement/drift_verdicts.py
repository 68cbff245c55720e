"""What a comparison of documents came to: its verdict, and the first line that says so."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from reports.record.document_drift import (
    LEVEL_OF,
    LEVELS,
    DriftReport,
    DriftSource,
    Effect,
    FailOn,
    ToldDrift,
)
from reports.record.number_formats import count
from reports.record.record import Verdict

_GRAVITY: Final[tuple[Effect, ...]] = tuple(LEVEL_OF)
CUT: Final = (
    "The differences reach more places than are named here: what operations share is named where "
    "it is met first."
)


def fails(effects: Iterable[Effect], fail_on: FailOn) -> bool:
    """Tell whether what has some effects fails a comparison: one that is grave enough will do."""
    least = max(_GRAVITY.index(one) for one in _GRAVITY if fail_on in {one, LEVEL_OF[one]})
    return any(_GRAVITY.index(one) <= least for one in effects)


def rules_fail(fail_on: FailOn) -> bool:
    """Tell whether a rule that is of no use any more fails a comparison: it is a warning."""
    return fails([one for one in _GRAVITY if LEVEL_OF[one] == "warning"], fail_on)


def failing(report: DriftReport) -> list[ToldDrift]:
    """Return the differences that fail a comparison."""
    return [one for one in report.differences if fails(one.effects, report.fail_on)]


def drift_verdict(report: DriftReport) -> Verdict:
    """Return the verdict: unknown where something was not read and nothing else fails."""
    if failing(report) or (report.rules and rules_fail(report.fail_on)):
        return "fail"
    return "unknown" if report.unread else "pass"


def by_level(differences: Sequence[ToldDrift]) -> list[ToldDrift]:
    """Return differences with the gravest first, those of one level in their order."""
    return sorted(differences, key=lambda one: LEVELS.index(one.level))


def source_line(at: DriftSource) -> str:
    """Return where a difference stands, as an editor takes it: "gateway.yaml:12"."""
    if not at.pointer:
        return ""
    return f"{at.document}:{at.line}" if at.line else f"{at.document} {at.pointer}"


def drift_headline(report: DriftReport) -> str:
    """Return in a sentence what a comparison came to."""
    words = {"pass": "Holds", "fail": "Does not hold", "unknown": "Unknown"}
    said = [_differences(report), *_also(report)]
    return f"{words[drift_verdict(report)]}: {', '.join(said)}."


def counted(report: DriftReport) -> dict[Effect, int]:
    """Return how many differences have each effect, the worst first; none that has no case."""
    found = {
        effect: sum(effect in one.effects for one in report.differences) for effect in LEVEL_OF
    }
    return {effect: times for effect, times in found.items() if times}


def _differences(report: DriftReport) -> str:
    within = f"in {_many(report.operations, 'operation')}"
    if not report.differences:
        return f"no difference {within}"
    levels = Counter(one.level for one in report.differences)
    told = ", ".join(_many(levels[one], one) for one in LEVELS if levels[one])
    return f"{_many(len(report.differences), 'difference')} {within} ({told})"


def _also(report: DriftReport) -> list[str]:
    said = {
        f"{count(len(report.ignored))} ignored": report.ignored,
        f"{_many(len(report.rules), 'rule')} of no use": report.rules,
        f"{_many(len(report.unread), 'place')} not read": report.unread,
        f"{count(len(report.not_compared))} not compared": report.not_compared,
    }
    return [what for what, those in said.items() if those]


def _many(number: int, what: str) -> str:
    return f"{count(number)} {what}{'' if number == 1 else 's'}"
