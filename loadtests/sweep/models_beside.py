"""Makes the models of a run's scenarios beside each other, while the run ends what it started.

A model computes for some ten seconds on one core, most of it in simulating; scenarios have nothing
to do with each other, and a stack that is stopping leaves the cores free. Run as a program, this
makes the models that it reads of, as whoever started it would.
"""

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Final

from loadtests.capacity.model_records import capacities, capacity_of, scenarios
from loadtests.capacity.solver import CopyCosts
from loadtests.sweep.locust_process import own_packages_first
from reports.record.capacity import Capacity
from reports.record.record import LoadRun
from testcontainers_fixtures.engines.surroundings import Surroundings
from testcontainers_fixtures.stack_spec import StackSpec

# Thirty times as long as the largest model took.
WITHIN_S: Final = 300.0
Modelled = Callable[[], tuple[Capacity, ...]]
Begun = tuple["subprocess.Popen[bytes]", IO[bytes]]


@contextmanager
def models_beside(
    record: LoadRun, spec: StackSpec, costs: CopyCosts, *, generators: int = 1
) -> Iterator[Modelled]:
    """Begin the models of all scenarios, on as many cores as there are; give what waits for them.

    A single one is made by whoever waits: to start a process for it would gain nothing. So is what
    the processes did not make, whatever the reason: all was measured by then. None of the processes
    outlives this block, nor this process.
    """
    found, cores = scenarios(record), os.cpu_count() or 1
    here = partial(capacities, record, spec, costs, generators=generators)
    if len(found) < 2:  # noqa: PLR2004 -- one has nothing beside it
        yield here
        return
    model = partial(capacity_of, record=record, spec=spec, costs=costs, generators=generators)
    shares = [found[first::cores] for first in range(min(cores, len(found)))]
    with ExitStack() as running:
        begun: list[Begun] = []
        with suppress(OSError):  # no room for a file more, or for a process
            begun += [running.enter_context(_modelling(model, share)) for share in shares]
        yield lambda: _gathered(found, [_made(*one) for one in begun]) or here()


@contextmanager
def _modelling(model: Callable[[str], Capacity], names: Sequence[str]) -> Iterator[Begun]:
    """Have a process make the models of some scenarios, one after the other, and put them down.

    In a file, for whatever is imported may print; and nobody waits for who reads it.
    """
    around = Surroundings(environment=own_packages_first(), cwd=Path())
    with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as models:
        pickle.dump((model, names), told)
        told.seek(0)
        process = subprocess.Popen(
            around.leashed((sys.executable, "-P", "-m", __name__, str(models.fileno()))),
            stdin=told,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=around.environment,
            pass_fds=(models.fileno(),),
            start_new_session=True,  # Ctrl-C is for whoever waits
        )
        try:
            yield process, models
        finally:
            process.kill()
            process.wait(timeout=WITHIN_S)


def _made(process: "subprocess.Popen[bytes]", models: IO[bytes]) -> dict[str, Capacity]:
    """Return what a process made, by scenario; nothing where it could not."""
    with suppress(subprocess.TimeoutExpired):
        if process.wait(timeout=WITHIN_S) == 0:
            models.seek(0)
            found: dict[str, Capacity] = pickle.load(models)  # noqa: S301 -- of our own child
            return found
    return {}


def _gathered(
    names: Sequence[str], made: Sequence[dict[str, Capacity]]
) -> tuple[Capacity, ...] | None:
    whole = {name: capacity for one in made for name, capacity in one.items()}
    return tuple(whole[name] for name in names) if len(whole) == len(names) else None


def main() -> None:
    """Make the models that are asked for, one after the other, and put down what came of them."""
    model, names = pickle.load(sys.stdin.buffer)  # noqa: S301 -- of our own parent
    with open(int(sys.argv[1]), "wb") as models:  # noqa: PTH123 -- a file without a name
        pickle.dump({name: model(name) for name in names}, models)


if __name__ == "__main__":
    main()
