"""Calls the roll of a run's workers before anything is started, and dismisses them at its end."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from loadtests.plan.load_workers import LOOPBACK, ExpectedWorkers
from loadtests.sweep.load_process import LoadFailedError, errand
from loadtests.sweep.progress import Display
from loadtests.sweep.trial import results_of

ROLL_CALL: Final = "roll-call"
FAREWELL: Final = "farewell"
# A worker that hears its master no more ends after 20 s; each takes some seconds to be there again,
# more on a busy machine.
DISMISSED_WITHIN_S: Final = 40.0


@contextmanager
def assembled(
    workers: ExpectedWorkers | None, run_folder: Path, display: Display
) -> Iterator[ExpectedWorkers | None]:
    """Give the workers of a run with their names, once enough of them have come.

    Raises WorkersMissingError where they do not come in time. At the block's end, however it ends,
    they are told that the run is over.
    """
    if workers is None:
        yield None
        return
    try:
        yield _called(workers, run_folder, display)
    finally:
        if display.workers:
            _dismiss(workers, run_folder, display)


def _called(workers: ExpectedWorkers, run_folder: Path, display: Display) -> ExpectedWorkers:
    for note in _warnings(workers):
        display.note(note)
    with errand(results_of(run_folder, ROLL_CALL), workers, ROLL_CALL) as process:
        found = replace(workers, names=process.run_errand(display.show))
    display.note(f"Workers that send the load: {found.text}.")
    return found


def _dismiss(workers: ExpectedWorkers, run_folder: Path, display: Display) -> None:
    names, within_s = display.workers, DISMISSED_WITHIN_S
    display.note(
        f"Workers are told that the run is over, {within_s:g} s at most: {', '.join(names)}."
    )
    briefly = replace(workers, names=names, within_s=within_s)
    results = results_of(run_folder, FAREWELL)
    # Who does not hear of it gives up by itself, and nothing of the run is the worse for it.
    with suppress(LoadFailedError), errand(results, briefly, FAREWELL) as process:
        process.run_errand(lambda _: None)


def _warnings(workers: ExpectedWorkers) -> Iterator[str]:
    """Tell what whoever reaches the port can do, where not only this machine does."""
    if workers.host == LOOPBACK:
        return
    who = "forge nothing, but read" if workers.secret_env else "join, lead workers astray and read"
    yield (
        f"Workers come to {workers.address}, unencrypted: whoever reaches that port can {who} what "
        f"is sent, keys and passwords in it; have a network between the machines that is theirs."
    )
