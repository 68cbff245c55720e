"""Starts child processes that cannot outlive their harness, and ends them.

Three lines of defence, each for what the one before cannot see: the kernel kills a child whose
harness dies (parent_death.py), a guardian then ends the child's own children (guardian.py), and the
next start reaps what is left should the guardian have been killed too (orphans.py).
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from signal import Signals

from testcontainers_fixtures.engines.child import Child, spawn, wait_until
from testcontainers_fixtures.engines.logs import LogKeeper
from testcontainers_fixtures.engines.orphans import VARIABLE, Label, end_labelled
from testcontainers_fixtures.engines.surroundings import Surroundings
from testcontainers_fixtures.errors import StackError

GUARDIAN_TIMEOUT_S = 10.0
PACKAGE_ROOT = Path(__file__).parents[2]


class Children:
    """All child processes of one engine. They end with `close`, or with the harness itself.

    PR_SET_PDEATHSIG fires when the *thread* that started a child ends, so all of them are started
    by one thread that lives until `close`. `cores` are those that they may run on. `data` and
    `open_data` are the folders that go with a harness that was killed.
    """

    def __init__(
        self,
        *,
        data: Path,
        open_data: Path | None = None,
        cores: frozenset[int] | None = None,
    ) -> None:
        self._label = Label.new()
        self._children: list[Child] = []
        self._closed = False
        self._spawner = ThreadPoolExecutor(
            max_workers=1,
            thread_name_prefix="spawner",
            # A child may run where the thread that starts it may.
            initializer=(lambda: os.sched_setaffinity(0, cores)) if cores else None,
        )
        self._guardian = _start_guardian(self._label, [data, *([open_data] if open_data else [])])
        self._logs = LogKeeper()

    def __repr__(self) -> str:
        """Show who runs."""
        return f"<Children {', '.join(map(repr, self._children)) or 'none'}>"

    def start(  # noqa: PLR0913 -- what a process is: a program, its surroundings, its end
        self,
        name: str,
        *,
        url: str,
        command: Sequence[str],
        around: Surroundings,
        log: Path,
        stop_signal: Signals = Signals.SIGTERM,
    ) -> Child:
        """Start a program (an absolute path and its arguments) and return at once.

        `around` is all it sees, but for the label.
        """
        if self._closed:
            raise StackError(f"Cannot start {name}: this engine is closed; start a new one.")
        settings = {**around.environment, VARIABLE: str(self._label)}

        def keep() -> Child:
            # The child is kept here, so that a Ctrl-C while the caller waits cannot lose it.
            seen = replace(around, environment=settings)
            child = spawn(name, url, command, seen, log, stop_signal)
            self._children.append(child)
            self._logs.keep(log)
            return child

        return self._spawner.submit(keep).result()

    def close(self, *, grace_s: float, disposable: Sequence[Child] = ()) -> None:
        """End all: SIGTERM to every leader at once, SIGKILL to what is left after `grace_s`.

        Disposable children get no SIGTERM: nothing they could still write is wanted. Safe to call
        twice, and complete even when a Ctrl-C ends the grace period.
        """
        self._closed = True
        polite = [child for child in reversed(self._children) if child not in disposable]
        try:
            for child in polite:
                child.ask_to_end()
            wait_until(lambda: not any(child.alive() for child in polite), timeout_s=grace_s)
        finally:
            self._end_all()

    def _end_all(self) -> None:
        # Queued starts would otherwise come after their end.
        self._spawner.shutdown(wait=False, cancel_futures=True)
        for child in reversed(self._children):
            child.kill()
        self._spawner.shutdown(wait=True)
        for child in self._children:
            child.kill()  # one whose start was under way; those that are gone are left alone
        end_labelled(self._label)
        self._logs.close()
        if self._guardian.stdin is not None:
            self._guardian.stdin.close()
        self._guardian.wait(timeout=GUARDIAN_TIMEOUT_S)


def _start_guardian(label: Label, data: Sequence[Path]) -> subprocess.Popen[bytes]:
    # In a session of its own, a Ctrl-C at the terminal does not reach it.
    return subprocess.Popen(
        [sys.executable, "-S", "-m", "testcontainers_fixtures.engines.guardian", str(label), *data],
        cwd=PACKAGE_ROOT,
        env={},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
