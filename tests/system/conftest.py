"""These tests are about the reference system; of another one nothing of them is asked."""

from pathlib import Path

import pytest

from contract_tests.applicability import GOLDEN, ONLY_OURS, is_reference
from contract_tests.recording.session_findings import FINDINGS
from testcontainers_fixtures.session_options import session_spec

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is of this folder where the session's stack file starts another system."""
    mine = [one for one in items if one.path.is_relative_to(HERE)]
    if not mine or is_reference(session_spec(config)):
        return
    config.hook.pytest_deselected(items=mine)
    items[:] = [one for one in items if one not in mine]
    config.stash[FINDINGS].apart.append((f"{GOLDEN.capitalize()} hold.", f"{ONLY_OURS}."))
