"""Keeps the trials as a run of the site: a check for each mutant, each clean search and each rung.

A mutant that was killed passes; a survivor fails under its name, with what is wrong with it. A rung
of the ladder passes as it raises no alarm on the clean system: how many it kills is its measure.
"""

import shlex
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contract_tests.mutants.journal import Journal
from contract_tests.mutants.standing import Standing, standings
from contract_tests.mutants.trial import Trial
from contract_tests.mutants.verdict import by_origin, verdict
from reports.conditions import local_conditions
from reports.publication import new_run_folder, publish
from reports.record import Check, E2eRun, Verdict
from testcontainers_fixtures.stack import Stack


def published(stack: Stack, journal: Journal, seed: int, site: Path) -> Path:
    """Write the run's record and draw its page; return the page."""
    told = record(stack.spec.name, stack.conditions(), journal, seed)
    return publish(told, new_run_folder("e2e", site))


def record(stack: str, conditions: Mapping[str, str], journal: Journal, seed: int) -> E2eRun:
    """Return the run's record; it lasted as long as all searches together."""
    everything = [*journal.cleared, *journal.trials, *journal.climbed]
    seconds = sum(one.seconds for one in everything)
    rungs = standings(journal.climbed)
    return E2eRun(
        started_at=datetime.now(UTC) - timedelta(seconds=seconds),
        duration_s=seconds,
        command=shlex.join(["python", "-m", "contract_tests.mutants", *sys.argv[1:]]),
        seed=seed,
        stack=stack,
        conditions=local_conditions(conditions),
        notes=tuple(_notes(journal, rungs)),
        checks=(
            *(_clean(one) for one in journal.cleared),
            *(_check(one) for one in journal.trials),
            *(_rung(one) for one in rungs),
        ),
        cases=0,
    )


def _notes(journal: Journal, rungs: list[Standing]) -> Iterator[str]:
    for origin, trials in by_origin(journal.trials).items():
        yield f"Mutants, {origin}: {verdict(trials).sentence}."
    told = verdict(journal.trials)
    if told.first_by:
        yield f"Found first by: {', '.join(f'{n} {by}' for by, n in told.first_by.items())}."
    if told.survived or told.timed_out:
        yield f"Not killed: {', '.join((*told.survived, *told.timed_out))}."
    if journal.cleared:
        alarms = sum(one.finding is not None for one in journal.cleared)
        yield f"The clean system, searched with {len(journal.cleared)} seeds: {alarms} alarms."
    for one in rungs:
        yield f"Ladder, {one.rung}: {one.sentence}"


def _clean(one: Trial) -> Check:
    found = one.finding
    said = "The clean system raises no alarm."
    if found or one.outcome == "timed out":
        said = f"False alarm: {found.sentence}" if found else "The time was over before the end."
    return Check(
        name=f"clean system, {one.mutant.name}",
        verdict=_cleared(one),
        sentence=said,
        seconds=one.seconds,
        curl=found.curl or None if found else None,
    )


def _cleared(one: Trial) -> Verdict:
    if one.finding:
        return "fail"
    return "unknown" if one.outcome == "timed out" else "pass"


def _check(one: Trial) -> Check:
    found, mutant = one.finding, one.mutant
    excused = bool(mutant.equivalent) and not found
    said = f"Nobody can tell: {mutant.equivalent}" if excused else f"{one.outcome.capitalize()}."
    if found:
        said = f"Found by {found.method}: {found.sentence}"
    return Check(
        name=f"{mutant.layer}: {mutant.name}",
        verdict="pass" if found or excused else "fail",
        sentence=f"{mutant.sentence} {said}",
        seconds=one.seconds,
        curl=found.curl or None if found else None,
    )


def _rung(one: Standing) -> Check:
    return Check(
        name=f"ladder: {one.rung}",
        verdict="fail" if one.alarm else "pass",
        sentence=one.sentence,
        seconds=one.seconds,
    )
