"""Keeps the trials as a run of the site: each mutant, each rung, and what is asked of them all.

A search of the clean system and the share that is killed are checks, so that the page's verdict is
that of the command line.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer

from contract_tests.mutants.ladder import ALL
from contract_tests.mutants.ladder_scores import RungScore, standings
from contract_tests.mutants.mutant_trial import MutantTrial
from contract_tests.mutants.trial_journal import TrialJournal
from contract_tests.mutants.verdict import ASKED, by_origin, first_by, origin_of, verdict
from contract_tests.recording.failures import plain
from reports.export.ci import tell_ci
from reports.publication import publish
from reports.record.conditions import local_conditions
from reports.record.mutants import LadderRung, Mutant
from reports.record.record import Check, E2eRun, Verdict
from testcontainers_fixtures.output.redaction import command_line, hidden_in
from testcontainers_fixtures.project.typed_command import typed_command
from testcontainers_fixtures.stack import Stack


def published(stack: Stack, journal: TrialJournal, seed: int, folder: Path) -> Path:
    """Write the run's record into its folder and draw its page; return the page.

    A CI service is told of it.
    """
    told = hidden_in(record(stack.spec.name, stack.conditions(), journal, seed))
    page = publish(told, folder)
    tell_ci(told, typer.echo)
    return page


def record(stack: str, conditions: Mapping[str, str], journal: TrialJournal, seed: int) -> E2eRun:
    """Return the run's record; it lasted as long as all searches together."""
    everything = [*journal.cleared, *journal.trials, *journal.climbed]
    seconds = sum(one.seconds for one in everything)
    return E2eRun(
        started_at=datetime.now(UTC) - timedelta(seconds=seconds),
        duration_s=seconds,
        command=command_line(typed_command("contract_tests.mutants")),
        seed=seed,
        stack=stack,
        conditions=local_conditions(conditions),
        checks=tuple(_checks(journal)),
        cases=0,
        mutants=tuple(_mutant(one) for one in journal.trials),
        ladder=tuple(_rung(one) for one in standings(journal.climbed)),
    )


def _checks(journal: TrialJournal) -> Iterator[Check]:
    for one in (*journal.cleared, *journal.climbed):
        if one.mutant.clean and one.rung in {"", ALL}:
            yield _clean(one)
    for origin, trials in by_origin(journal.trials).items():
        told, asked = verdict(trials), ASKED[origin]
        left = ", ".join((*told.survived, *told.timed_out))
        yield Check(
            name=f"{asked:.0%} killed, {origin}",
            verdict="pass" if told.share >= asked else "fail",
            sentence=f"{told.sentence}.{f' Not killed: {left}.' if left else ''}",
            seconds=sum(one.seconds for one in trials),
        )


def _clean(one: MutantTrial) -> Check:
    found = one.finding
    said = "The clean system raises no alarm."
    if found or one.outcome == "timed out":
        said = f"False alarm: {found.sentence}" if found else "The time was over before the end."
    where = "clean system, on the ladder" if one.rung else one.mutant.name
    return Check(
        name=where,
        verdict=_cleared(one),
        sentence=said,
        seconds=one.seconds,
        curl=found.curl or None if found else None,
    )


def _cleared(one: MutantTrial) -> Verdict:
    if one.finding:
        return "fail"
    return "unknown" if one.outcome == "timed out" else "pass"


def _mutant(one: MutantTrial) -> Mutant:
    found, mutant = one.finding, one.mutant
    excused = bool(mutant.equivalent) and not found
    return Mutant(
        name=mutant.name,
        sentence=plain(mutant.sentence),
        layer=mutant.layer,
        origin=origin_of(one),
        fate="equivalent" if excused else one.outcome,
        by=first_by(one) if found else "",
        seconds=one.seconds,
        found=plain(found.sentence if found else mutant.equivalent),
        curl=plain(found.curl) or None if found else None,
    )


def _rung(one: RungScore) -> LadderRung:
    return LadderRung(
        method=one.rung,
        killed=one.killed,
        tried=one.tried,
        seconds=one.seconds,
        median_s=one.median_s,
        missed=one.missed,
        alarm=plain(one.alarm),
    )
