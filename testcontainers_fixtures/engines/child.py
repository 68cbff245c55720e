"""One child process with all that it started: how it is watched, frozen and ended."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path

from testcontainers_fixtures.engines.engine import Usage
from testcontainers_fixtures.engines.process_table import STOPPED, living, process
from testcontainers_fixtures.engines.process_usage import descendants, usage_of_tree
from testcontainers_fixtures.engines.surroundings import Surroundings
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.output.redaction import hidden

POLL_S = 0.01
KILL_TIMEOUT_S = 10.0
TAIL_BYTES = 65_536


class Child:
    """One child with all that it started, in a session of its own.

    Its leader stays unreaped until `stop` or `kill`, so that its id cannot pass to a stranger.
    """

    def __init__(  # noqa: PLR0913 -- what it is, where it runs, how it is asked to end
        self,
        *,
        name: str,
        url: str,
        leader: subprocess.Popen[bytes],
        log: Path,
        around: Surroundings,
        stop_signal: signal.Signals,
    ) -> None:
        self.name = name
        self.url = url
        self.ports: dict[str, str] = {}
        self.log = log
        self._leader = leader
        self._log_start = 0
        self._around = around
        self._stop_signal = stop_signal
        self._ended_here = False

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
        try:
            return self._end() is None
        except ChildProcessError:  # another thread is killing it, and has just reaped it
            return False

    def exit_code(self) -> int | None:
        """Return what the leader ended with, a signal as less than 0; None if we ended it."""
        with suppress(ChildProcessError):  # reaped: then it was us
            end = None if self._ended_here else self._end()
            if end is not None:
                return end.si_status if end.si_code == os.CLD_EXITED else -end.si_status
        return None

    def logged(self) -> str:
        """Return what it has logged since this start, secrets and all."""
        with self.log.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(self._log_start if self._log_start <= end else 0)
            return file.read().decode(errors="replace")

    def ran(self, command: Sequence[str], *, within_s: float) -> tuple[int, str]:
        """Run a command in its place, with its settings, to the end."""
        return self._around.ran(command, self.name, within_s=within_s)

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
        """Send its signal to the leader, and SIGKILL to all that is left after the grace period."""
        self.ask_to_end()
        wait_until(lambda: not self.alive(), timeout_s=grace_s)
        self.kill()

    def ask_to_end(self) -> None:
        """Send the leader its signal and return at once; a paused child is resumed to hear it."""
        if self.alive():
            self._ended_here = True
            os.kill(self.pid, self._stop_signal)
            self.resume()

    def kill(self) -> None:
        """Send SIGKILL to the leader and all its descendants; return when they are gone."""
        if self._leader.returncode is not None:
            return
        self._ended_here = True
        # Also those that have left its session, as a database's own processes do.
        family = set(descendants(self.pid))
        if not wait_until(lambda: self._killed(family), timeout_s=KILL_TIMEOUT_S):
            raise StackError(
                f"{self.name} (pid {self.pid}) did not end within {KILL_TIMEOUT_S:.0f} s of "
                "SIGKILL; it may be stuck in a system call: look at it with ps."
            )
        self._leader.wait(timeout=KILL_TIMEOUT_S)

    def pause(self) -> None:
        """Freeze it and all its descendants (SIGSTOP)."""
        self._signal_family(signal.SIGSTOP)

    def resume(self) -> None:
        """Thaw it again (SIGCONT)."""
        self._signal_family(signal.SIGCONT)

    def frozen(self) -> bool:
        """Tell whether the kernel has stopped its leader."""
        found = process(self.pid)
        return found is not None and found.state == STOPPED

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

    def usage_with_threads(self) -> Usage | None:
        """Return the same with its threads, where one process works; None when it has ended."""
        return usage_of_tree(self.pid, threads=True) if self.alive() else None

    def _end(self) -> "os.waitid_result | None":
        """Return how the leader ended; None while it runs. It stays as it is, to be asked again."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.pid, flags)

    def _killed(self, family: Collection[int]) -> bool:
        """Kill, and tell whether nobody was left to kill."""
        self._signal_family(signal.SIGKILL)
        left = [one.pid for one in living() if one.session == self.pid or one.pid in family]
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not left

    def _signal_family(self, number: signal.Signals) -> None:
        """Send a signal to its session, and to those that have left it, as a database's own do."""
        if self._leader.returncode is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)
        for pid in set(descendants(self.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def spawn(  # noqa: PLR0913, PLR0917 -- as Children.start
    name: str,
    url: str,
    command: Sequence[str],
    around: Surroundings,
    log: Path,
    stop_signal: signal.Signals,
) -> Child:
    """Start a program in a session of its own, on the leash of the thread that calls."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        offset = output.tell()
        leader = subprocess.Popen(
            around.leashed(command),
            cwd=around.cwd,
            env=dict(around.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    child = Child(
        name=name, url=url, leader=leader, log=log, around=around, stop_signal=stop_signal
    )
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
