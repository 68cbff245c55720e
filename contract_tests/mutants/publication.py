"""Keeps the trials as a run of the site: a check for each mutant, and for each search of the clean.

A mutant that was killed passes; a survivor fails under its name, with what is wrong with it.
"""

import shlex
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contract_tests.mutants.trial import Trial
from contract_tests.mutants.verdict import verdict
from reports.conditions import local_conditions
from reports.publication import new_run_folder, publish
from reports.record import Check, E2eRun
from testcontainers_fixtures.stack import Stack


def published(
    stack: Stack, cleared: Sequence[Trial], trials: Sequence[Trial], seed: int, site: Path
) -> Path:
    """Write the run's record and draw its page; return the page."""
    return publish(
        record(stack.spec.name, stack.conditions(), cleared, trials, seed),
        new_run_folder("e2e", site),
    )


def record(
    stack: str,
    conditions: Mapping[str, str],
    cleared: Sequence[Trial],
    trials: Sequence[Trial],
    seed: int,
) -> E2eRun:
    """Return the run's record; it lasted as long as all searches together."""
    seconds = sum(one.seconds for one in (*cleared, *trials))
    return E2eRun(
        started_at=datetime.now(UTC) - timedelta(seconds=seconds),
        duration_s=seconds,
        command=shlex.join(["python", "-m", "contract_tests.mutants", *sys.argv[1:]]),
        seed=seed,
        stack=stack,
        conditions=local_conditions(conditions),
        notes=(verdict(trials).sentence,),
        checks=(*(_clean(one) for one in cleared), *(_check(one) for one in trials)),
        cases=0,
    )


def _clean(one: Trial) -> Check:
    found = one.finding
    return Check(
        name=f"clean system, {one.mutant.name}",
        verdict="fail" if found else "pass",
        sentence=f"False alarm: {found.sentence}" if found else "The clean system raises no alarm.",
        seconds=one.seconds,
        curl=found.curl or None if found else None,
    )


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
