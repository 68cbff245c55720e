"""Generator and stack are pinned apart, or it is said that they cannot be."""

import os
import subprocess
import sys

import pytest

from loadtests.sweep.cpu_pinning import on_cores, pinned_apart
from testcontainers_fixtures.errors import SpecError


@pytest.mark.parametrize(
    ("cores", "generators", "said"),
    [
        ({0, 1}, 1, "generator on core 1, stack on core 0"),
        ({4, 2, 9, 7}, 1, "generator on core 9, stack on cores 2, 4, 7"),
        ({0, 1, 2, 3}, 2, "generator on cores 2, 3, stack on cores 0, 1"),
    ],
)
def test_each_generator_has_a_core_and_the_stack_the_others(
    cores: set[int], generators: int, said: str
) -> None:
    assert str(pinned_apart(cores, generators=generators)) == said


def test_one_core_cannot_be_shared_out() -> None:
    with pytest.raises(
        SpecError, match="--pin needs 2 cores, 1 of them for the generator; seen: 1"
    ):
        pinned_apart({0})


def test_what_is_started_on_some_cores_stays_there_and_this_thread_goes_back() -> None:
    before = os.sched_getaffinity(0)
    core = frozenset({min(before)})

    with on_cores(core):
        told = subprocess.run(
            [sys.executable, "-c", "import os; print(os.sched_getaffinity(0))"],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )

    assert told.stdout.strip() == str(set(core))
    assert os.sched_getaffinity(0) == before


def test_without_cores_nothing_changes() -> None:
    with on_cores(None):
        assert os.sched_getaffinity(0) == os.sched_getaffinity(os.getpid())
