"""Each weakness still fits the source that it is put into, and has a column to turn red."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest
from msgspec.structs import replace

from contract_tests import test_faults
from contract_tests.faults.planted_weaknesses import ROOT, WEAKNESSES, Weakness, home, weakened
from contract_tests.mutants.defect import source_of
from contract_tests.recording.reported_checks import SELF_TEST
from reports.judgement.fault_verdicts import INVARIANTS, cells
from reports.record.fault_trials import FaultTrial
from testcontainers_fixtures.faults.catalogue import named
from testcontainers_fixtures.stack_spec import Image, Part, StackSpec, read_stack_file
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
    parts = {"gate": gateway, "other": other, "weak": weak}
    changed = weakened(StackSpec(format_version=1, name="some", parts=parts), weakness, "weak")

    assert changed.parts["other"] == other
    assert changed.parts["weak"].command[1:] == (*("-P", "-m", ROOT, weakness.name), *weak.command)


SYSTEM: Final = read_stack_file(Path(__file__).parents[4] / "system" / "stack.toml")


def renamed(spec: StackSpec) -> StackSpec:
    """Return a stack file with other names for its parts."""
    return replace(
        spec, parts={f"my-{name}": part for name, part in spec.parts.items()}, links={}, seed=()
    )


def another(spec: StackSpec, folder: Path) -> StackSpec:
    """Return the stack file of a system with a package of the same name, in a folder of its own."""
    (folder / "system").mkdir()
    return replace(spec, folder=folder, image=Image())


def other_commands(spec: StackSpec) -> StackSpec:
    """Return a stack file whose parts have our names, and run something else."""
    other = {n: replace(p, command=("node", "index.js")) for n, p in spec.parts.items()}
    return replace(spec, parts=other)


@EVERY
def test_a_weakness_is_put_into_what_runs_our_code_whatever_it_is_called(
    weakness: Weakness, tmp_path: Path
) -> None:
    ours = next(iter(SYSTEM.named(weakness.role)))

    assert home(SYSTEM, weakness) == ours
    assert home(renamed(SYSTEM), weakness) == f"my-{ours}"
    assert home(other_commands(SYSTEM), weakness) is None
    assert home(another(SYSTEM, tmp_path), weakness) is None


def test_a_weakness_that_is_not_named_is_told_as_a_doubt_about_the_proof() -> None:
    marks = vars(test_faults.test_the_ledger_names_a_weakness_and_nothing_else)["pytestmark"]

    assert SELF_TEST in {one.name for one in marks}


def marks_of(made: FaultTrial) -> list[str]:
    """Return what the test of a fault that came out so is marked as while it fails."""
    marks: list[str] = []
    request = cast("Any", SimpleNamespace(applymarker=marks.append))
    ground = cast("Any", SimpleNamespace(trial=lambda _: made))
    with pytest.raises(AssertionError):
        test_faults.test_under_a_fault_every_promise_is_kept(
            request, ground, lambda *_: None, named("service-paused")
        )
    return marks


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(trial(void="In 2 trials in a row", spoilt=("once", "again")), id="spoilt"),
        pytest.param(trial(void="StackError: GET /things cannot be read whole"), id="unreadable"),
        pytest.param(trial(void="StackError: did not start", spoilt=("once",)), id="no start"),
        pytest.param(trial(uncounted="no management", residues=()), id="nothing counted"),
    ],
)
def test_a_fault_of_which_nothing_is_known_is_unknown_and_not_red(made: FaultTrial) -> None:
    assert {one.verdict for one in cells(made)} <= {"unknown", "pass", "not applicable"}
    assert marks_of(made) == ["unjudged"]


def test_what_is_red_has_failed_whatever_else_is_unknown() -> None:
    assert marks_of(trial(recovery_s=None, spoilt=("once",))) == []
    assert marks_of(trial(recovery_s=None, uncounted="no management", residues=())) == []
