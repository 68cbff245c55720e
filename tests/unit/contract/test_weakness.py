"""Each weakness still fits the source that it is put into, and has a column to turn red."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from contract_tests import test_faults
from contract_tests.mutants.defect import source_of
from contract_tests.proof.weakness import ROOT, WEAKNESSES, Weakness, weakened
from contract_tests.reported import SELF_TEST
from reports.faults import INVARIANTS
from reports.trials import Trial
from testcontainers_fixtures.faults.catalogue import named
from testcontainers_fixtures.stack_spec import Part, StackSpec
from tests.unit.reports.sample_faults import trial

EVERY = pytest.mark.parametrize("weakness", WEAKNESSES.values(), ids=WEAKNESSES)


@EVERY
def test_a_weakness_fits_the_source_and_changes_it(weakness: Weakness) -> None:
    source = source_of(weakness.defect.module)
    changed = weakness.defect.rewritten(source)

    assert changed != source
    compile(changed, weakness.defect.module, "exec")


@EVERY
def test_a_weakness_shows_in_a_column_of_its_own(weakness: Weakness) -> None:
    assert weakness.shows in INVARIANTS
    assert [one.shows for one in WEAKNESSES.values()].count(weakness.shows) == 1


@EVERY
def test_a_weakened_part_runs_its_own_command_behind_the_root(weakness: Weakness) -> None:
    gateway = Part(role="gateway", command=("serve",), port=1)
    other = Part(role="stub", command=("other",), port=3)
    weak = Part(role="stub", command=("run", "--fast"), port=2)
    parts = {"gate": gateway, "other": other, weakness.defect.part: weak}
    changed = weakened(StackSpec(format_version=1, name="some", parts=parts), weakness)

    assert changed.parts["other"] == other
    assert changed.parts[weakness.defect.part].command[1:] == (
        *("-m", ROOT, weakness.name),
        *weak.command,
    )


def test_a_weakness_that_is_not_named_is_told_as_a_doubt_about_the_proof() -> None:
    marks = vars(test_faults.test_the_ledger_names_a_weakness_and_nothing_else)["pytestmark"]

    assert SELF_TEST in {one.name for one in marks}


def marks_of(made: Trial) -> list[str]:
    """Return what the test of a fault that came out so is marked as while it fails."""
    marks: list[str] = []
    request = cast("Any", SimpleNamespace(applymarker=marks.append))
    ground = cast("Any", SimpleNamespace(trial=lambda _: made))
    with pytest.raises(AssertionError):
        test_faults.test_under_a_fault_every_promise_is_kept(
            request, ground, lambda *_: None, named("service-paused")
        )
    return marks


def test_only_a_fault_of_which_every_trial_was_spoilt_is_not_judged() -> None:
    assert marks_of(trial(void="In 2 trials in a row", spoilt=("once", "again"))) == ["unjudged"]
    assert marks_of(trial(void="StackError: Expected 99 % success; seen 40 %.")) == []
    assert marks_of(trial(void="StackError: did not start", spoilt=("once",))) == []
    assert marks_of(trial(recovery_s=None, spoilt=("once",))) == []
