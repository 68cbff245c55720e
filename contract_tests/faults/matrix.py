"""Tries every fault on every engine and keeps the run: record, page and logs in one folder."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import Struct

from contract_tests.faults.cold_starts import cold_starts
from contract_tests.faults.stack_pool import StackPool
from contract_tests.faults.traffic import RATE_PER_S
from reports.judgement.fault_verdicts import cells
from reports.judgement.verdicts import worst
from reports.record.conditions import local_conditions
from reports.record.fault_trials import ColdStarts, FaultTrial
from reports.record.record import Conditions, FaultsRun
from testcontainers_fixtures.engines.docker_access import docker_engine_answers
from testcontainers_fixtures.faults.fault import Fault
from testcontainers_fixtures.output.redaction import command_line
from testcontainers_fixtures.stack_spec import StackSpec

SEED: Final = 1
NO_ENGINE: Final = "No Docker engine answers here: start one, and this half can be tried."
Say = Callable[[str], None]


class FaultPlan(Struct, frozen=True, kw_only=True):
    """What a run is asked for; `cold_starts` is how many, on the processes engine."""

    faults: tuple[Fault, ...]
    engines: tuple[str, ...]
    rate_per_s: float = RATE_PER_S
    cold_starts: int = 0


def run(
    spec: StackSpec, asked: FaultPlan, folder: Path, command: Sequence[str], say: Say
) -> FaultsRun:
    """Return the record of a run: all faults on one engine after the other, then cold starts."""
    started_at, begun_s = datetime.now(UTC), time.monotonic()
    trials: list[FaultTrial] = []
    engines: dict[str, Conditions] = {}
    ready_s: dict[str, float] = {}
    for engine in asked.engines:
        done, where, ready = _on(engine, spec, asked, folder / engine, say)
        trials += done
        engines |= {engine: where} if where else {}
        ready_s |= {f"{engine}, {part}": seconds for part, seconds in ready.items()}
    starts: list[ColdStarts] = []
    if asked.cold_starts:
        starts.append(cold_starts(spec, folder / "cold", asked.cold_starts, say))
    nowhere = local_conditions({"engine": " and ".join(asked.engines)})
    return FaultsRun(
        started_at=started_at,
        duration_s=time.monotonic() - begun_s,
        command=command_line(command),
        seed=SEED,
        stack=spec.name,
        conditions=next(iter(engines.values()), nowhere),
        engines=engines,
        ready_s=ready_s,
        trials=tuple(trials),
        cold_starts=tuple(starts),
    )


def _on(
    engine: str, spec: StackSpec, asked: FaultPlan, folder: Path, say: Say
) -> tuple[list[FaultTrial], Conditions | None, dict[str, float]]:
    with StackPool(spec, folder, engine, rate_per_s=asked.rate_per_s) as ground:
        if engine == "containers" and not docker_engine_answers():
            say(NO_ENGINE)
            return [_nowhere(ground, fault) for fault in asked.faults], None, {}
        done: dict[str, FaultTrial] = {}
        for number, fault in enumerate(in_order(asked.faults), start=1):
            done[fault.name] = ground.trial(fault)
            say(f"{engine} {number}/{len(asked.faults)} {_line(done[fault.name])}")
        where = local_conditions(ground.conditions) if ground.conditions else None
        return [done[fault.name] for fault in asked.faults], where, ground.ready_s


def _nowhere(ground: StackPool, fault: Fault) -> FaultTrial:
    """Return the trial of a fault for which there is no engine, if it would have applied at all."""
    why = ground.why_not(fault)
    return ground.empty(fault, not_applicable=why, void="" if why else NO_ENGINE)


def in_order(faults: Sequence[Fault]) -> list[Fault]:
    """Return faults so that the stack changes least between them: links last, sizes together."""
    return sorted(faults, key=lambda one: (one.links, str(one.configuration)))


def _line(trial: FaultTrial) -> str:
    """Return a trial in one line for the terminal."""
    if not trial.tried:
        return f"{trial.fault}: {_untried(trial)}"
    bad = [cell for cell in cells(trial) if cell.verdict in {"fail", "unknown"}]
    said = worst(cell.verdict for cell in cells(trial))
    told = "; ".join(f"{cell.invariant}: {cell.sentence}" for cell in bad)
    return (
        f"{trial.fault}: {said}, {trial.writes} writes, {trial.unknown} unknown, "
        f"{trial.seconds:.0f} s. {told}{' Made once more. ' if trial.spoilt else ''}"
        f"{' '.join(trial.spoilt)}"
    )


def _untried(trial: FaultTrial) -> str:
    if trial.not_applicable:
        # The reason is often that of all others: each is told once, at the end.
        return "not applicable."
    return f"{'unknown' if trial.came_up else 'fail'}. {trial.void}"
