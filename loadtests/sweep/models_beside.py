"""Makes the models of a run's scenarios beside each other, while the run ends what it started.

A model computes for some ten seconds on one core, most of it in simulating; scenarios have nothing
to do with each other, and a stack that is stopping leaves the cores free.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import TimeoutError as NotInTimeError
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final

from loadtests.capacity.model_records import capacity_of, scenarios
from loadtests.capacity.solver import CopyCosts
from reports.record.capacity import Capacity
from reports.record.record import LoadRun
from testcontainers_fixtures.stack_spec import StackSpec

if TYPE_CHECKING:
    from multiprocessing.pool import MapResult

# Thirty times as long as the largest model took; a process that was killed never answers.
WITHIN_S: Final = 300.0
Modelled = Callable[[], tuple[Capacity, ...]]


@contextmanager
def models_beside(
    record: LoadRun, spec: StackSpec, costs: CopyCosts, *, generators: int = 1
) -> Iterator[Modelled]:
    """Begin the model of each scenario in a process of its own, and give what waits for them.

    A single one is made by whoever waits: to start a process for it would gain nothing. None of
    the processes outlives this block.
    """
    found = scenarios(record)
    model = partial(capacity_of, record=record, spec=spec, costs=costs, generators=generators)
    if len(found) < 2:  # noqa: PLR2004 -- one has nothing beside it
        yield lambda: tuple(map(model, found))
        return
    processes = min(len(found), os.cpu_count() or 1)
    with get_context("spawn").Pool(processes, initializer=_without_ctrl_c) as pool:
        made = pool.map_async(model, found, chunksize=1)
        yield lambda: _waited_for(made) or tuple(map(model, found))


def _waited_for(made: "MapResult[Capacity]") -> tuple[Capacity, ...]:
    """Return what the processes made; nothing where one of them no longer answers."""
    try:
        return tuple(made.get(timeout=WITHIN_S))
    except NotInTimeError:
        return ()


def _without_ctrl_c() -> None:
    """Leave a Ctrl-C, which reaches every process of the terminal, to whoever waits for this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
