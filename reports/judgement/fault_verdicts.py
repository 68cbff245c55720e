"""Judges a fault run: each fault against each invariant, every cell with its reason."""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from reports.record import number_formats
from reports.record.fault_trials import INVARIANTS_OF_THE_LEDGER, ColdStarts, FaultTrial
from reports.record.record import FaultsRun, Verdict

RECOVERED_WITHIN_S: Final = 5.0
# From the moment at which a broker that was gone takes connections again.
RESUMED_WITHIN_S: Final = 2.0
# Beside the invariants: a stack that does not come up shows nothing of them, but is the system's.
COMES_UP: Final = "comes up"
INVARIANTS: Final[dict[str, str]] = {
    "lost": "acknowledged, and no row",
    "duplicated": "more than one row",
    "misdelivered": "acknowledged with another caller's body",
    "hung": "no answer 250 ms past the deadline",
    "late": "a row whose writing began after its deadline",
    "untrue": "refused as not run, and a row",
    "unknown": "more calls without a known outcome than the fault explains",
    "serves on": "nothing answered while the fault lasted, though it is no outage",
    "recovered": "under 99 % success 5 s after it was mended, or 2 s after the broker came back",
    "left over": "connections, channels, queues, messages, processes or descriptors above baseline",
}
"""Each invariant, and what a red cell in its column means."""


GROUPS: Final[dict[str, int]] = {"none is": 7, "the system": 2, "nothing is": 1}
"""What stands above the columns, and how many each spans: a tick under `lost` is no loss."""


class InvariantCell(Struct, frozen=True, kw_only=True):
    """One fault against one invariant, and why it is not green where it is not."""

    invariant: str
    verdict: Verdict
    sentence: str


def cells(trial: FaultTrial) -> list[InvariantCell]:
    """Return a trial's cells, one an invariant, in the order of INVARIANTS."""
    if trial.not_applicable:
        return _everywhere("not applicable", trial.not_applicable)
    if trial.void:
        return _everywhere("unknown", trial.void)
    told = [_ledger(trial, name) for name in INVARIANTS_OF_THE_LEDGER]
    return [*told, _unknown(trial), _serves_on(trial), _recovered(trial), _left_over(trial)]


def meanwhile(trial: FaultTrial) -> tuple[int, int]:
    """Return how many requests succeeded, and how many were sent, while the fault lasted."""
    steps = [
        one
        for one in trial.course
        if one.start_s >= trial.struck_s and one.start_s + one.length_s <= trial.mending_s
    ]
    return sum(one.ok for one in steps), sum(one.sent for one in steps)


def asked(record: FaultsRun) -> Iterator[tuple[str, str, Verdict, str]]:
    """Yield invariant, fault and engine, verdict and sentence of every cell."""
    for trial in record.trials:
        for cell in cells(trial):
            yield cell.invariant, subject_of(trial), cell.verdict, cell.sentence
        if not trial.came_up:
            yield COMES_UP, subject_of(trial), "fail", trial.void
    for starts in record.cold_starts:
        yield "cold starts", starts.engine, *cold(starts)


def none_applied(record: FaultsRun) -> bool:
    """Tell whether there was no fault to try: that the stack starts is then no proof of it."""
    return all(one.not_applicable for one in record.trials)


def subject_of(trial: FaultTrial) -> str:
    """Return how a trial is spoken of."""
    return f"{trial.fault}, {trial.engine}"


def cold(starts: ColdStarts) -> tuple[Verdict, str]:
    """Judge cold starts: every one must come up."""
    said = (
        f"{starts.came_up} of {starts.asked} cold starts with {starts.workers} workers a service "
        f"came up, the slowest in {number_formats.span(starts.slowest_s)}."
    )
    shown = f" The first that did not: {starts.failures[0]}" if starts.failures else ""
    return ("pass" if starts.came_up == starts.asked else "fail"), said + shown


def headline(record: FaultsRun, verdicts: Sequence[Verdict]) -> str:
    """Return what a run came to, after its opening word: how many cells, over how many writes.

    Faults that do not apply are counted apart, and no cell of theirs is.
    """
    writes = sum(one.writes for one in record.trials)
    tried = sum(one.tried for one in record.trials)
    left_out = sum(bool(one.not_applicable) for one in record.trials)
    judged = len(verdicts) - verdicts.count("not applicable")
    if none_applied(record):
        return f"none of {left_out} faults applies."
    apart = f", {left_out} not applicable" if left_out else ""
    return (
        f"{tried} faults tried{apart}, {verdicts.count('pass')} of {judged} cells hold, "
        f"{number_formats.count(writes)} writes."
    )


def _everywhere(verdict: Verdict, sentence: str) -> list[InvariantCell]:
    return [
        InvariantCell(invariant=name, verdict=verdict, sentence=sentence) for name in INVARIANTS
    ]


def _cell(invariant: str, *, holds: bool, sentence: str) -> InvariantCell:
    return InvariantCell(
        invariant=invariant, verdict="pass" if holds else "fail", sentence=sentence
    )


def _ledger(trial: FaultTrial, name: str) -> InvariantCell:
    if why := trial.not_asked.get(name):
        return InvariantCell(invariant=name, verdict="not applicable", sentence=why)
    breach = trial.breaches.get(name)
    if breach is None:
        sentence = f"The record says nothing of {name}."
        return InvariantCell(invariant=name, verdict="unknown", sentence=sentence)
    shown = f": {breach.shown[0]}" if breach.shown else ""
    of = number_formats.count(trial.attempts if name in {"misdelivered", "hung"} else trial.writes)
    return _cell(name, holds=not breach.count, sentence=f"{breach.count} of {of}{shown}.")


def _unknown(trial: FaultTrial) -> InvariantCell:
    sentence = f"{trial.unknown} writes, at most {trial.unknown_limit} are explained."
    return _cell("unknown", holds=trial.unknown <= trial.unknown_limit, sentence=sentence)


def _serves_on(trial: FaultTrial) -> InvariantCell:
    served, sent = meanwhile(trial)
    share = (
        f"{number_formats.percent(served / sent)} of {sent} succeeded"
        if sent
        else "Nothing was sent"
    )
    if trial.outage:
        sentence = f"This fault is an outage. {share} while it lasted."
        return InvariantCell(invariant="serves on", verdict="not applicable", sentence=sentence)
    if not sent:
        sentence = f"{share} while it lasted."
        return InvariantCell(invariant="serves on", verdict="unknown", sentence=sentence)
    return _cell("serves on", holds=served > 0, sentence=f"{share} while it lasted.")


def _recovered(trial: FaultTrial) -> InvariantCell:
    if trial.recovery_s is None:
        return _cell("recovered", holds=False, sentence="Never again 99 % while it was watched.")
    sentence = f"99 % succeed from {number_formats.span(trial.recovery_s)} after it was mended."
    holds = trial.recovery_s <= RECOVERED_WITHIN_S
    if trial.reopened_s is not None:
        holds = holds and trial.resumed_s is not None and trial.resumed_s <= RESUMED_WITHIN_S
        said = "never" if trial.resumed_s is None else number_formats.span(trial.resumed_s)
        sentence = f"{sentence[:-1]}, {said} after the broker's port opened."
    return _cell("recovered", holds=holds, sentence=sentence)


def _left_over(trial: FaultTrial) -> InvariantCell:
    over = [one for one in trial.residues if one.after > one.most]
    if over:
        said = ", ".join(f"{one.what}: {one.before} before, {one.after} after" for one in over)
        return _cell("left over", holds=False, sentence=f"{said}.")
    if trial.uncounted or not trial.residues:
        sentence = trial.uncounted or "Nothing was counted."
        return InvariantCell(invariant="left over", verdict="unknown", sentence=sentence)
    return _cell("left over", holds=True, sentence=f"{len(trial.residues)} counts are back.")
