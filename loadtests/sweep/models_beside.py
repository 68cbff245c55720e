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
from contextlib import ExitStack, contextmanager
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


@contextmanager
def models_beside(
    record: LoadRun, spec: StackSpec, costs: CopyCosts, *, generators: int = 1
) -> Iterator[Modelled]:
    """Begin the models of all scenarios, on as many cores as there are; give what waits for them.

    A single one is made by whoever waits: to start a process for it would gain nothing. None of
    the processes outlives this block, nor this process.
    """
    found, cores = scenarios(record), os.cpu_count() or 1
    here = partial(capacities, record, spec, costs, generators=generators)
    if len(found) < 2:  # noqa: PLR2004 -- one has nothing beside it
        yield here
        return
    model = partial(capacity_of, record=record, spec=spec, costs=costs, generators=generators)
    shares = [found[first::cores] for first in range(min(cores, len(found)))]
    with ExitStack() as running:
        made = [running.enter_context(_modelling(model, share)) for share in shares]
        yield lambda: _gathered(found, [_made(one) for one in made]) or here()


@contextmanager
def _modelling(
    model: Callable[[str], Capacity], names: Sequence[str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Have a process make the models of some scenarios, one after the other."""
    around = Surroundings(environment=own_packages_first(), cwd=Path.cwd())
    with _written((model, names)) as told:
        process = subprocess.Popen(
            around.leashed((sys.executable, "-P", "-m", __name__)),
            stdin=told,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=around.environment,
            start_new_session=True,  # Ctrl-C is for whoever waits
        )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=WITHIN_S)


def _made(process: "subprocess.Popen[bytes]") -> dict[str, Capacity]:
    """Return what a process made, by scenario; nothing where it could not."""
    try:
        said, _ = process.communicate(timeout=WITHIN_S)
    except subprocess.TimeoutExpired:
        return {}
    return pickle.loads(said) if process.returncode == 0 else {}  # noqa: S301 -- of our own child


def _gathered(
    names: Sequence[str], made: Sequence[dict[str, Capacity]]
) -> tuple[Capacity, ...] | None:
    whole = {name: capacity for one in made for name, capacity in one.items()}
    return tuple(whole[name] for name in names) if len(whole) == len(names) else None


@contextmanager
def _written(told: object) -> Iterator[IO[bytes]]:
    """Give an open file without a name, to be read from its beginning."""
    with tempfile.TemporaryFile() as file:
        pickle.dump(told, file)
        file.seek(0)
        yield file


def main() -> None:
    """Make the models that are asked for, one after the other, and say what came of them."""
    model, names = pickle.load(sys.stdin.buffer)  # noqa: S301 -- of our own parent
    sys.stdout.buffer.write(pickle.dumps({name: model(name) for name in names}))


if __name__ == "__main__":
    main()
