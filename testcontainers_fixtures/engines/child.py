"""One child process with all that it started: how it is watched, frozen and ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from testcontainers_fixtures.engines.engine import Usage
from testcontainers_fixtures.engines.process_table import living
from testcontainers_fixtures.engines.process_usage import usage_of_tree
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.output.redaction import hidden

POLL_S = 0.01
KILL_TIMEOUT_S = 10.0
PARENT_DEATH = Path(__file__).with_name("parent_death.py")
TAIL_BYTES = 65_536


class Child:
    """One child with all that it started, in a session of its own.

    Its leader stays unreaped until `stop` or `kill`, so that its id cannot pass to a stranger.
    """

    def __init__(self, *, name: str, url: str, leader: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.url = url
        self.log = log
        self._leader = leader
        self._log_start = 0

    def __repr__(self) -> str:
        """Show the name, the id and whether it runs."""
        return f"<Child {self.name} pid={self.pid} {'alive' if self.alive() else 'ended'}>"

    @property
    def pid(self) -> int:
        """Return the process id of the leader, which is also its group's and its session's."""
        return self._leader.pid

    def alive(self) -> bool:
        """Tell whether the leader still runs."""
        if self._leader.returncode is not None:
            return False
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.pid, flags) is None

    def log_tail(self, lines: int = 20) -> str:
        """Return the last lines it logged since this start."""
        with self.log.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            # A log that was cut is shorter than it was at this start.
            start = self._log_start if self._log_start <= end else 0
            file.seek(max(start, end - TAIL_BYTES))
            last = file.read().decode(errors="replace").splitlines()[-lines:]
        return hidden("\n".join(last))

    def log_from(self, offset: int) -> None:
        """Leave out of `log_tail` what earlier copies of the same name logged."""
        self._log_start = offset

    def stop(self, *, grace_s: float) -> None:
        """Send SIGTERM to the leader, and SIGKILL to all that is left after the grace period."""
        self.ask_to_end()
        wait_until(lambda: not self.alive(), timeout_s=grace_s)
        self.kill()

    def ask_to_end(self) -> None:
        """Send SIGTERM to the leader and return at once; a paused child is resumed to hear it."""
        if self.alive():
            os.kill(self.pid, signal.SIGTERM)
            self.resume()

    def kill(self) -> None:
        """Send SIGKILL to the leader and all its descendants; return when they are gone."""
        if self._leader.returncode is not None:
            return
        if not wait_until(self._killed, timeout_s=KILL_TIMEOUT_S):
            raise StackError(
                f"{self.name} (pid {self.pid}) did not end within {KILL_TIMEOUT_S:.0f} s of "
                "SIGKILL; it may be stuck in a system call: look at it with ps."
            )
        self._leader.wait(timeout=KILL_TIMEOUT_S)

    def pause(self) -> None:
        """Freeze it and all its descendants (SIGSTOP)."""
        self._signal_group(signal.SIGSTOP)

    def resume(self) -> None:
        """Thaw it again (SIGCONT)."""
        self._signal_group(signal.SIGCONT)

    def workers(self) -> list[int]:
        """Return the ids of the processes that its leader has started itself, oldest first."""
        mine = [found for found in living() if found.parent == self.pid]
        return [found.pid for found in sorted(mine, key=lambda one: (one.started, one.pid))]

    def kill_worker(self, worker: int) -> None:
        """Send SIGKILL to one of them."""
        if worker in self.workers():
            os.kill(worker, signal.SIGKILL)

    def usage(self) -> Usage | None:
        """Return what it and all that it started have used; None when it has ended."""
        return usage_of_tree(self.pid) if self.alive() else None

    def _killed(self) -> bool:
        """Kill, and tell whether nobody was left to kill."""
        self._signal_group(signal.SIGKILL)
        left = [found.pid for found in living() if found.session == self.pid]
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not left

    def _signal_group(self, number: signal.Signals) -> None:
        if self._leader.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, number)


def spawn(  # noqa: PLR0913, PLR0917 -- as Children.start
    name: str, url: str, command: Sequence[str], settings: Mapping[str, str], cwd: Path, log: Path
) -> Child:
    """Start a program in a session of its own, on the leash of the thread that calls."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        offset = output.tell()
        leader = subprocess.Popen(
            [sys.executable, "-I", "-S", str(PARENT_DEATH), str(os.getpid()), *command],
            cwd=cwd,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    child = Child(name=name, url=url, leader=leader, log=log)
    child.log_from(offset)
    return child


def wait_until(done: Callable[[], bool], *, timeout_s: float) -> bool:
    """Ask until it is done; tell whether it was within the time."""
    deadline_s = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(POLL_S)
    return True
