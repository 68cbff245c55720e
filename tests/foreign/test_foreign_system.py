"""Somebody else's system passes through its own stack file; no harness code knows of it."""

from pathlib import Path

import httpx
import pytest

from testcontainers_fixtures.stack import start_stack
from testcontainers_fixtures.stack_spec import read_stack_file
from tests.foreign.commands import harness, measured

ROOT = Path(__file__).parents[2]
STACK_FILE = Path(__file__).with_name("stack.toml")


@pytest.mark.timeout(120)
def test_it_starts_seeded_without_a_broker(engine: str | None, tmp_path: Path) -> None:
    with start_stack(read_stack_file(STACK_FILE), run_folder=tmp_path, engine=engine) as stack:
        notes = httpx.get(f"{stack.gateway}/notes", timeout=10).json()

        assert [note["text"] for note in notes] == [f"note {n}" for n in range(1, 6)]
        assert (stack.amqp, sorted(stack.twins)) == (None, ["notes"])


@pytest.mark.timeout(320)
def test_the_contract_suite_passes_on_it(engine: str | None) -> None:
    done = harness("pytest", "contract_tests", "-q", f"--stack={STACK_FILE}", engine=engine)

    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.timeout(320)
def test_the_load_side_measures_it(engine: str | None, tmp_path: Path) -> None:
    assert measured(STACK_FILE, tmp_path, "--resolvers=1", engine=engine)
