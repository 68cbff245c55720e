"""What a machine does that takes part in a run: a locust worker a trial, until the run is over."""

import math
import os
import selectors
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Self

from msgspec import Struct

from loadtests.plan.load_workers import (
    DEFAULT_PORT,
    LOOPBACK,
    Dismissed,
    Joined,
    Unfit,
    WorkerLine,
    read_worker_line,
)
from loadtests.sweep.load_process import LoadFailedError
from loadtests.sweep.locust_process import begin, end, last_words, locust_command
from testcontainers_fixtures.errors import SpecError

if TYPE_CHECKING:
    import subprocess

# A stack may have to be built before the first trial, and is renewed before each further one.
DEFAULT_WAIT_S: Final = 600.0
_LOOK_S: Final = 0.2
_AGAIN_S: Final = 0.2
# Locust looks for its master for 300 s; what ends much sooner cannot start.
_LOOKED_S: Final = 240.0
# Once one of them was told that the run is over, the others are at about the same time.
_REST_WITHIN_S: Final = 10.0


class WorkerOrder(Struct, frozen=True, kw_only=True):
    """To which master this machine's workers go, how many, and for how long they look for it."""

    host: str = LOOPBACK
    port: int = DEFAULT_PORT
    processes: int = 1
    name: str
    within_s: float = DEFAULT_WAIT_S
    secret_env: str | None = None

    @property
    def address(self) -> str:
        """Return where the master is."""
        return f"{self.host}:{self.port}"

    def names(self) -> Iterator[str]:
        """Yield what each of the workers is called."""
        for number in range(1, self.processes + 1):
            yield self.name if self.processes == 1 else f"{self.name} #{number}"


class WorkersAloneError(Exception):
    """No master was heard of for too long; one sentence."""


class WorkersUnfitError(SpecError):
    """The run has no use for this machine's workers as they are; one sentence."""


class WorkerProcess:
    """One worker: a process a trial, started anew when the last has ended."""

    def __init__(self, order: WorkerOrder, name: str, folder: Path) -> None:
        self._order = order
        self._name = name
        self._log = folder / f"{name.replace('/', '-')}.log"
        self._folder = folder
        self._rest = b""
        self._process: subprocess.Popen[bytes] | None = None
        self._started_s = self._ended_s = 0.0
        self.trials = 0
        self.joined = False
        self.over_s = math.inf

    def __repr__(self) -> str:
        """Show whether it takes part."""
        return f"<WorkerProcess {self._name} {'joined' if self.joined else 'alone'}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            end(self._process)

    @property
    def over(self) -> bool:
        """Tell whether it was told that the run is over."""
        return self.over_s < math.inf

    @property
    def output(self) -> IO[bytes] | None:
        """Return what it writes to, while it runs."""
        return self._process.stdout if self._process else None

    def see_to(self) -> Iterator[WorkerLine]:
        """Yield what it has said since, and see that it runs; raise LoadFailedError if it cannot.

        Whoever calls this has waited a moment for something to be said.
        """
        if self._process is None:
            if time.monotonic() > self._ended_s + _AGAIN_S:
                self._start()
            return
        yield from self._said()
        if (code := self._process.poll()) is not None:
            yield from self._said()
            self._take_end(code)

    def take(self, line: WorkerLine) -> None:
        """Take in what it said; raise WorkersUnfitError where it has no place in the run."""
        if isinstance(line, Unfit):
            raise WorkersUnfitError(line.sentence)
        if isinstance(line, Dismissed):
            self.over_s = min(self.over_s, time.monotonic())
        if isinstance(line, Joined) and not self.joined:
            self.joined = True
            self.trials += 1

    def _start(self) -> None:
        command = [*locust_command(), "--worker", "--master-host", self._order.host]
        command += ["--master-port", str(self._order.port), "--worker-name", self._name]
        if self._order.secret_env:
            command += ["--secret-env", self._order.secret_env]
        self._started_s = time.monotonic()
        self._process = begin(command, folder=self._folder, log=self._log)
        if self._process.stdout:
            os.set_blocking(self._process.stdout.fileno(), False)

    def _said(self) -> Iterator[WorkerLine]:
        output = self.output
        while output and (block := output.read(65_536)):
            *lines, self._rest = (self._rest + block).split(b"\n")
            yield from (said for line in lines if (said := read_worker_line(line)))

    def _take_end(self, code: int) -> None:
        joined, self.joined = self.joined, False
        if self._process:
            end(self._process)
        self._process, self._rest, self._ended_s = None, b"", time.monotonic()
        # One that looked for its master in vain has ended as well, and is started again.
        if code and not joined and self._ended_s < self._started_s + _LOOKED_S:
            raise LoadFailedError(f"The worker process ended with {code}: {last_words(self._log)}")


def serve(order: WorkerOrder, tell: Callable[[str], None]) -> int:
    """Take part in a run until it is over, and return in how many trials, its roll call one.

    `tell` gets a line when the run is looked for, and each time that it is found. Raises
    WorkersAloneError where no master is heard of for too long, WorkersUnfitError where it refuses
    this machine's workers, and LoadFailedError where no worker process starts. The run is over once
    it has told all of them, or one of them some seconds ago.
    """
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="gatewaybench-")))
        workers = [
            running.enter_context(WorkerProcess(order, name, folder)) for name in order.names()
        ]
        heard_s, joined, here = time.monotonic(), False, False
        tell(f"Looking for a run at {order.address}.")
        while not _is_over(workers):
            _wait(workers)
            for one in workers:
                for line in () if one.over else one.see_to():
                    one.take(line)
            was_here, here = here, any(one.joined for one in workers)
            if here and not was_here:
                tell(f"Taking part in the run at {order.address}.")
            heard_s, joined = (time.monotonic(), True) if here else (heard_s, joined)
            if time.monotonic() > heard_s + order.within_s:
                raise WorkersAloneError(_alone(order, joined=joined))
        return max(one.trials for one in workers)


def _is_over(workers: Sequence[WorkerProcess]) -> bool:
    if all(one.over for one in workers):
        return True
    return time.monotonic() > min(one.over_s for one in workers) + _REST_WITHIN_S


def _wait(workers: list[WorkerProcess]) -> None:
    with selectors.DefaultSelector() as selector:
        for one in workers:
            if one.output and not one.over:
                selector.register(one.output, selectors.EVENT_READ)
        if selector.get_map():
            selector.select(timeout=_LOOK_S)
            return
    time.sleep(_LOOK_S)


def _alone(order: WorkerOrder, *, joined: bool) -> str:
    if joined:
        return (
            f"The run at {order.address} was not heard of for {order.within_s:g} s; it has ended."
        )
    return (
        f"Expected a run at {order.address} within {order.within_s:g} s, and none answered: start "
        f"it there with --expect-workers N --master-bind-host {order.host} --master-bind-port "
        f"{order.port}, or name another --master-host."
    )
