"""Starts a stack over and over with empty data and several workers a service: each must come up.

Workers that create their tables at the same moment can trip over each other, once in twenty starts;
only many starts show it.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from reports.record.fault_trials import ColdStarts
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import StackError, UnusablePlaceError
from testcontainers_fixtures.stack import start_stack
from testcontainers_fixtures.stack_spec import StackSpec

STARTS: Final = 20
WORKERS: Final = 4


def cold_starts(
    spec: StackSpec,
    folder: Path,
    starts: int = STARTS,
    say: Callable[[str], None] = lambda _: None,
    *,
    engine: str = "processes",
) -> ColdStarts:
    """Return how many of so many starts came up, each proven by one call a service."""
    took_s: list[float] = []
    failures: list[str] = []
    for number in range(1, starts + 1):
        begun_s = time.monotonic()
        try:
            _started(spec, folder / str(number), engine)
        except UnusablePlaceError:
            # No other start would fare better.
            raise
        except StackError as error:
            failures.append(str(error)[:600])
        else:
            took_s.append(time.monotonic() - begun_s)
        say(f"cold start {number} of {starts}: {failures[-1:] or f'{took_s[-1]:.1f} s'}")
    return ColdStarts(
        engine=engine,
        asked=starts,
        came_up=len(took_s),
        workers=WORKERS,
        slowest_s=max(took_s, default=0.0),
        failures=tuple(failures),
    )


def _started(spec: StackSpec, folder: Path, engine: str) -> None:
    configuration = CopyCounts(service_workers=WORKERS)
    with start_stack(
        spec,
        run_folder=folder,
        engine=engine,
        configuration=configuration,
        twins=False,
        seeded=False,
    ):
        pass
