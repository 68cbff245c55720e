"""The load process as the runner sees it: started, listened to within a bound, and always ended."""

import json
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from loadtests.plan.load_workers import Assembled, ExpectedWorkers, Missing
from loadtests.plan.logged_requests import logs_in
from loadtests.plan.plan import Line, Plan, Results, read_line, read_results, write
from loadtests.sweep.locust_process import begin, end, last_words, locust_command
from testcontainers_fixtures.output.redaction import hidden

# The process says something once a second; the longest it may be still is a frozen system's drain.
SILENCE_S: Final = 30.0
_LOOPBACK: Final = "127.0.0.1"
_EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 -- nothing is bound to it here
# As many workers as locust waits for before it begins a test of its own: ours has no use for one.
_NEVER: Final = 1_000_000
DRIVE: Final = "drive"


class LoadFailedError(Exception):
    """The load process measured nothing; the message is one sentence with its last words."""


class WorkersMissingError(LoadFailedError):
    """Too few workers came to a run in time; `here` are the names of those that did."""

    def __init__(self, sentence: str, here: tuple[str, ...]) -> None:
        super().__init__(sentence)
        self.here = here


class LoadProcess:
    """A load process that is up, or coming up, and waits for its plan; made by `standby`."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        results: Path,
        workers: ExpectedWorkers | None = None,
    ) -> None:
        self._process = process
        self._results = results
        self._workers = workers
        self._log = log_of(results)

    def __repr__(self) -> str:
        """Show which process it is and what it will write."""
        return f"<LoadProcess {self._process.pid} {self._results.parent.name}>"

    def drive(self, plan: Plan, on_line: Callable[[Line], None]) -> Results:
        """Hand the plan over, listen until the process ends, and return what it measured.

        Raises LoadFailedError when it ends without results or says nothing for 30 s, and
        WorkersMissingError when it waited for workers in vain. The process has then ended.
        """
        _hand_over(plan)
        try:
            self._listen(on_line)
        finally:
            end(self._process)
            _forget_secrets(plan)
        if not self._results.exists():
            raise LoadFailedError(
                f"The load process wrote no results: {last_words(self._log)} Full log: {self._log}"
            )
        return read_results(self._results)

    def run_errand(self, on_line: Callable[[Line], None]) -> tuple[str, ...]:
        """Listen until the process ends, and return the names of the workers that came."""
        here: tuple[str, ...] = ()

        def heard(line: Line) -> None:
            nonlocal here
            here = line.here if isinstance(line, Assembled) else here
            on_line(line)

        try:
            self._listen(heard)
        finally:
            end(self._process)
        return here

    def _listen(self, on_line: Callable[[Line], None]) -> None:
        for line in _lines(self._process, self._log):
            said = read_line(line)
            if isinstance(said, Missing) and self._workers:
                raise WorkersMissingError(_missed(self._workers, said.here), said.here)
            if said is not None:
                on_line(said)
        if code := self._process.wait(timeout=SILENCE_S):
            raise LoadFailedError(
                f"The load process {_ended(code)}: {last_words(self._log)} Full log: {self._log}"
            )


def generate(plan: Plan, on_line: Callable[[Line], None]) -> Results:
    """Run a plan in a locust process of its own and return what it measured.

    `plan.results` names the file that the process writes; plan and log are kept beside it. Raises
    LoadFailedError when it ends without results or says nothing for 30 s. It never
    outlives this call.
    """
    with standby(plan.results, processes=plan.processes, workers=plan.workers) as process:
        return process.drive(plan, on_line)


@contextmanager
def standby(
    results: Path, *, processes: int = 1, workers: ExpectedWorkers | None = None
) -> Iterator[LoadProcess]:
    """Start a load process before its plan is known: importing locust takes it a second or two.

    The plan that it is then told must name the same results file. It never outlives this block.
    Where it waits for `workers` it takes their port: another one must have ended.
    """
    more = _led(workers, DRIVE) if workers else _several(processes)
    with _prepared(results, more) as process:
        yield LoadProcess(process, results, workers)


@contextmanager
def errand(results: Path, workers: ExpectedWorkers, name: str) -> Iterator[LoadProcess]:
    """Start a load process that drives nothing: it calls the roll of workers, or dismisses them."""
    with _prepared(results, _led(workers, name)) as process:
        yield LoadProcess(process, results, workers)


def plan_of(results: Path) -> Path:
    """Return where the plan for a results file is put."""
    return results.with_name("plan.json")


def log_of(results: Path) -> Path:
    """Return where what the load process complains of is kept."""
    return results.with_name("locust.log")


def _hand_over(plan: Plan) -> None:
    # In one go: the process reads it as soon as it is there.
    for log in logs_in(plan.results.parent):  # of a trial that was interrupted
        log.unlink()
    whole = plan_of(plan.results).with_suffix(".part")
    whole.touch(mode=0o600)  # a header may be a key
    write(whole, plan)
    whole.replace(plan_of(plan.results))


def _forget_secrets(plan: Plan) -> None:
    """Leave no key of a request in the plan that is kept, nor in what is kept of answers."""
    for file in (plan_of(plan.results), *logs_in(plan.results.parent)):
        text = file.read_text(encoding="utf-8")
        if hidden(text) != text:
            file.write_text(hidden(text), encoding="utf-8")


@contextmanager
def _prepared(results: Path, more: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    results.parent.mkdir(parents=True, exist_ok=True)
    for left in (plan_of(results), results):  # by a run that was broken off, and is gone on with
        left.unlink(missing_ok=True)
    with _started(plan_of(results), log_of(results), more) as process:
        yield process


@contextmanager
def _started(plan: Path, log: Path, more: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [*locust_command(), "--plan", str(plan.resolve()), *more]
    process = begin(command, folder=plan.parent, log=log)
    try:
        yield process
    finally:
        end(process)


def _led(workers: ExpectedWorkers, name: str) -> list[str]:
    """Return locust's options for a master that workers of other machines come to."""
    command = ["--master", "--master-bind-host", workers.host]
    command += ["--master-bind-port", str(workers.port), "--expect-workers", str(_NEVER)]
    command += ["--workers-count", str(workers.count), "--workers-names", json.dumps(workers.names)]
    command += ["--workers-within", str(workers.within_s), "--errand", name]
    command += ["--workers-beside"] if workers.only_beside else []
    return [*command, *(["--secret-env", workers.secret_env] if workers.secret_env else [])]


def _missed(workers: ExpectedWorkers, here: tuple[str, ...]) -> str:
    """Return who did not come, as far as it is known, and what is to be done about it."""
    came = f"{len(here)} came ({', '.join(here)})" if here else "none came"
    missing = [name for name in workers.names if name not in here]
    known = f"; missing: {', '.join(missing)}" if missing else ""
    more = f" --secret-env {workers.secret_env}" if workers.secret_env else ""
    everywhere = workers.host == _EVERYWHERE
    address = "ADDRESS" if everywhere else workers.host
    what = "; ADDRESS is this machine's address, as they reach it." if everywhere else ""
    return (
        f"Expected {workers.count} workers at {workers.address} within {workers.within_s:g} s, and "
        f"{came}{known}. Start on each machine: gatewaybench worker --master-host "
        f"{address} --master-port {workers.port}{more}{what}"
    )


def _several(processes: int) -> list[str]:
    """Return locust's options for so many forked workers, which meet on a free port."""
    if processes == 1:
        return []
    with socket.socket() as free:
        free.bind((_LOOPBACK, 0))
        port = str(free.getsockname()[1])
    command = ["--processes", str(processes), "--master-bind-host", _LOOPBACK]
    return [*command, "--master-bind-port", port, "--master-host", _LOOPBACK, "--master-port", port]


def _lines(process: subprocess.Popen[bytes], log: Path) -> Iterator[bytes]:
    output: IO[bytes] | None = process.stdout
    if output is None:
        return
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        until_s = time.monotonic() + SILENCE_S
        while selector.select(timeout=max(0.0, until_s - time.monotonic())):
            block = os.read(output.fileno(), 65_536)
            if not block:
                return
            *lines, rest = (rest + block).split(b"\n")
            yield from lines
            until_s = time.monotonic() + SILENCE_S
    raise LoadFailedError(f"The load process said nothing for {SILENCE_S:.0f} s. Full log: {log}")


def _ended(code: int) -> str:
    return f"ended with {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"
