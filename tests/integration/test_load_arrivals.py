"""Arrivals of every shape, offered by two load processes: from the command line to the record.

Whether a busy machine makes a run unknown is no matter here: that it was offered and kept is.
"""

from pathlib import Path

import pytest

from tests.integration.test_load_questions import ended, record, stack_file
from tests.integration.test_load_run import load

__all__ = ["stack_file"]

pytestmark = pytest.mark.timeout(240)


# One of a rate that changes goes the whole way at every commit; when each shape has its requests
# due, the unit tests say.
SELDOM = ("constant", "ramp:20-60", "steps:20,40")
SHAPES = [*(pytest.param(one, marks=pytest.mark.long) for one in SELDOM), "spike:20-60@1+1"]


@pytest.mark.parametrize("shape", SHAPES)
def test_arrivals_of_every_shape_are_offered_by_two_processes(stack_file: Path, shape: str) -> None:
    options = ("--workers=1", "--resolvers=1", "--generators=2", f"--arrivals={shape}")
    ended(load(stack_file, *options, "--duration=3", "--quick"))
    _, told = record(stack_file)
    [repetition] = told.configurations[0].repetitions

    assert repetition.common is not None
    assert repetition.common.samples > 20
    assert repetition.common.failed == 0
