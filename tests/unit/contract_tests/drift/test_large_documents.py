"""A large document is compared within bounds of time and memory, whatever it is made of."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
SCRIPT = Path(__file__).with_name("large_documents.py")
MOST_PROCESSOR_S = 5.0
MOST_MB = 500


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "kind", ["models", "deep_objects", "filters", "unions", "nodes", "overlays"]
)
@pytest.mark.parametrize(
    "prefix",
    [
        pytest.param("", id="the same names"),
        pytest.param("Other", id="other names", marks=pytest.mark.long),
    ],
)
def test_a_large_document_is_held_against_itself_within_bounds(kind: str, prefix: str) -> None:
    took = compared(kind, prefix)

    assert (took["differences"], took["unread"]) == (0, 0)
    assert took["processor_s"] <= MOST_PROCESSOR_S
    assert took["most_mb"] <= MOST_MB


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("kind", "told"),
    # Each text once; of overlays the shortest of those that lie over each other.
    [
        ("models", 300 * 20),
        ("filters", 6 * 900),
        ("unions", 80 * 60),
        ("nodes", 400 * 9),
        ("overlays", 8),
    ],
)
def test_what_differs_in_all_that_is_shared_is_told_once_within_bounds(
    kind: str, told: int
) -> None:
    took = compared(kind, "", "changed")

    assert took["told"] == told
    assert took["processor_s"] <= MOST_PROCESSOR_S
    assert took["most_mb"] <= MOST_MB


def compared(*words: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *words],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=110,
        check=True,
    )
    took: dict[str, float] = json.loads(done.stdout)
    return took
