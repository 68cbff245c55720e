"""Who takes part in a run is told so at its end, and whoever watches, that they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from loadtests.plan.load_workers import Assembled, ExpectedWorkers
from loadtests.sweep.machines import roll_call
from loadtests.sweep.machines.roll_call import FAREWELL, ROLL_CALL, assembled
from tests.unit.loadtests.sample_plans import display


def test_an_interrupted_run_says_what_it_still_waits_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, tuple[str, ...]]] = []

    @contextmanager
    def errand(_: Path, workers: ExpectedWorkers, name: str) -> Iterator[Any]:
        def run_errand(tell: Any) -> tuple[str, ...]:  # noqa: ANN401 -- a display's method
            sent.append((name, workers.names))
            tell(Assembled(here=("alpha", "beta")))
            return ("alpha", "beta")

        yield SimpleNamespace(run_errand=run_errand)

    monkeypatch.setattr(roll_call, "errand", errand)
    shown, said = display(), list[str]()
    monkeypatch.setattr(shown, "note", said.append)

    with (
        pytest.raises(KeyboardInterrupt),
        assembled(ExpectedWorkers(count=1), tmp_path, shown),
    ):
        raise KeyboardInterrupt
    assert sent == [(ROLL_CALL, ()), (FAREWELL, ("alpha", "beta"))]
    assert said[-1] == "Workers are told that the run is over, 40 s at most: alpha, beta."
