"""The truths notice: a load side that measures wrongly fails them, each at the right statement."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from subprocess import CompletedProcess

import pytest

from tests.truth.mutants import MUTANTS, TRUTHS, Mutant, copied, failed_at, judged

Judged = Mapping[str, CompletedProcess[str]]


@pytest.fixture(scope="module")
def judgements(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Judge all mutants at once: what they do wrong is far larger than the noise they make."""
    folder = tmp_path_factory.mktemp("mutants")  # not from several threads at once

    def judge(mutant: Mutant) -> CompletedProcess[str]:
        return judged(copied(folder / mutant.name.replace(" ", "-"), mutant), mutant.truth)

    with ThreadPoolExecutor(max_workers=len(MUTANTS)) as beside:
        return dict(zip((m.name for m in MUTANTS), beside.map(judge, MUTANTS), strict=True))


@pytest.mark.timeout(200)
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_a_load_side_that_measures_wrongly_fails_its_truth(
    mutant: Mutant, judgements: Judged
) -> None:
    judgement = judgements[mutant.name]
    statements = failed_at(judgement.stdout)

    assert judgement.returncode == pytest.ExitCode.TESTS_FAILED, judgement.stdout
    assert statements, judgement.stdout
    assert mutant.statement in statements[-1], judgement.stdout


@pytest.mark.timeout(200)
def test_the_same_truths_hold_in_a_copy_without_a_mutant(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    judgement = judged(copied(tmp_path_factory.mktemp("copy")), *TRUTHS)

    assert judgement.returncode == pytest.ExitCode.OK, judgement.stdout
