"""What a run keeps of its drives is found again when it goes on, whole or not at all."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import pytest

from loadtests.sweep import checkpoint
from loadtests.sweep.checkpoint import TrialCheckpoint
from loadtests.sweep.phase_records import repetition
from loadtests.sweep.trial import SweepTrial, results_of
from reports.record.capacity import RateSearch
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import SpecError
from tests.unit.loadtests.sample_results import results

FIRST = SweepTrial(scenario="crud", configuration=CopyCounts(), number=0)
SECOND = dataclasses.replace(FIRST, number=1)
FOUND = TrialCheckpoint(
    repetition=repetition(results(), None), common_per_s=210.0, users=8, niceness=-10
)
RATES = RateSearch(
    scenario="crud",
    configuration="1 x 1",
    slo_p99_ms=50.0,
    most_per_s=None,
    probes=(),
    reasons={"most_per_s": "none held"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Stands for what a command line asked for."""

    stack: Path
    seed: int


def test_a_drive_is_found_again_as_it_was(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, FIRST, FOUND)

    assert checkpoint.saved(tmp_path, FIRST) == FOUND
    assert checkpoint.saved(tmp_path, SECOND) is None


def test_a_search_for_a_rate_is_found_again_as_it_was(tmp_path: Path) -> None:
    checkpoint.save_rates(tmp_path, FIRST, RATES)

    assert checkpoint.saved_rates(tmp_path, FIRST) == RATES
    assert checkpoint.saved_rates(tmp_path, SECOND) is None
    assert checkpoint.saved(tmp_path, FIRST) is None


def test_what_was_being_written_when_the_run_ended_does_not_count(tmp_path: Path) -> None:
    file = results_of(tmp_path, FIRST.name).with_name("kept.part")
    file.parent.mkdir(parents=True)
    file.write_bytes(b'{"repetition":')

    assert checkpoint.saved(tmp_path, FIRST) is None

    checkpoint.save(tmp_path, FIRST, FOUND)
    assert checkpoint.saved(tmp_path, FIRST) == FOUND
    assert not file.exists()


def test_the_options_are_found_again_with_paths_as_text(tmp_path: Path) -> None:
    checkpoint.save_options(tmp_path, Options(stack=Path("a/stack.toml"), seed=3))

    assert checkpoint.saved_options(tmp_path) == {"stack": "a/stack.toml", "seed": 3}


@pytest.mark.parametrize("content", [None, b"", b"{"], ids=["none", "empty", "cut off"])
def test_a_folder_without_options_cannot_be_resumed(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / checkpoint.ASKED_NAME).write_bytes(content)

    with pytest.raises(SpecError, match=r"Expected a run to resume in .* no readable asked.json"):
        checkpoint.saved_options(tmp_path)
