"""Judges the SLOs of a load run: kept, broken, or not told, and then what would tell.

An SLO is kept, or broken, only where the whole 95 % interval of its figure lies on one side of the
limit: over three repetitions and more Student's t on their logs, under that what counts alone say.
What disturbs a measurement adds to its latencies: within the limit they were so all the same, and
above it nothing is said of the system.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct

from reports.judgement import validity_gates
from reports.judgement.comparison import DISTURBED_BY
from reports.judgement.machine_share import machine_was_its_own
from reports.judgement.objective_figures import Found, measured
from reports.judgement.pooling import PhaseName, missing_reason, phases_of, pool
from reports.record import number_formats
from reports.record.measurements import Configuration, Phase
from reports.record.objectives import Objective
from reports.record.record import LoadRun

Said = validity_gates.Said


class ObjectiveRow(Struct, frozen=True, kw_only=True):
    """One SLO at one configuration: what was found, and the verdict with its sentence."""

    objective: Objective
    configuration: Configuration
    phase: PhaseName
    found: Found
    said: Said


def objective_rows(record: LoadRun) -> list[ObjectiveRow]:
    """Return each SLO at each configuration of its scenario, in the order of the record."""
    return [
        _row(record, objective, one)
        for objective in record.objectives
        for one in record.configurations
        if one.scenario == objective.scenario
    ]


def kept(record: LoadRun) -> int:
    """Return how many SLOs were kept, each at every configuration that is held to it."""
    rows = objective_rows(record)
    lost = {one.objective for one in rows if one.said[0] != "pass"}
    return len({one.objective for one in rows} - lost)


def _phase_of(objective: Objective, *, target: bool) -> PhaseName:
    """Return the phase that an SLO is about: at the common rate, or the most that was carried."""
    if target:
        return "open"
    return "closed" if objective.figure == "throughput" else "common"


def _row(record: LoadRun, objective: Objective, at: Configuration) -> ObjectiveRow:
    name = _phase_of(objective, target=bool(record.target))
    phases = phases_of(at, name)
    if not phases:
        found = Found(reason=f"there is no such phase: {missing_reason(at, name)}")
    else:
        found = measured(objective, phases)
    said = _said(objective, found, phases, record.conditions.cpu_count)
    return ObjectiveRow(objective=objective, configuration=at, phase=name, found=found, said=said)


def _said(objective: Objective, found: Found, phases: Sequence[Phase], cores: int) -> Said:
    if found.value is None:
        return "unknown", f"{_named(objective)} is not known: {found.reason}."
    seen = f"{_named(objective)} was {in_words(objective, found)}"
    kept = _is_kept(objective, found)
    if kept is None:
        return "unknown", f"{seen}, and the limit lies between: {found.more}."
    disturbed = _disturbed(phases, cores, kept=kept)
    if disturbed:
        return "unknown", f"{seen}, but {disturbed}"
    return ("pass", f"{seen}.") if kept else ("fail", f"{seen}: not {objective.text}.")


def _named(objective: Objective) -> str:
    name = "the failed share" if objective.figure == "failed" else objective.figure
    said = f"{name.replace('_', '.')} of {objective.call!r}" if objective.call else name
    return said[0].upper() + said[1:] if objective.figure in {"failed", "throughput"} else said


def in_words(objective: Objective, found: Found) -> str:
    """Return a figure with its interval: "12.1 ms (11.0 to 13.4)"; a dash where there is none."""
    if found.value is None:
        return number_formats.NONE
    shown, unit = _shown(objective)
    high = "?" if found.high is None else shown(found.high)
    return f"{shown(found.value)}{unit} ({shown(found.low)} to {high})"


def _shown(objective: Objective) -> tuple[Callable[[float], str], str]:
    if objective.figure == "failed":
        return lambda share: f"{100 * share:.2g}", number_formats.GLUE + "%"
    if objective.figure == "throughput":
        return number_formats.rate, "/s"
    return number_formats.ms, " ms"


def _is_kept(objective: Objective, found: Found) -> bool | None:
    """Tell on which side of the limit the whole interval lies; None: on both."""
    high = math.inf if found.high is None else found.high
    if found.low >= objective.limit:
        return objective.figure == "throughput"
    if high < objective.limit:
        return objective.figure != "throughput"
    return None


def _disturbed(phases: Sequence[Phase], cores: int, *, kept: bool) -> str:
    """Return which gate leaves nothing said, as the end of a sentence; empty where none does."""
    phase = pool(phases)
    asked: dict[str, Callable[[], validity_gates.Answer]] = {}
    if phase.arrivals != "closed":
        gates = ("rate kept",) if kept else ("rate kept", *DISTURBED_BY)
        asked = {name: partial(validity_gates.GATES[name], phase) for name in gates}
    if not kept:
        asked["machine its own"] = partial(machine_was_its_own, phase, cores)
    for ask in asked.values():
        verdict, sentence = ask()
        if verdict == "unknown":
            return f"the run is void for it: {sentence}"
    return ""
