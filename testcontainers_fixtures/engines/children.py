"""Starts child processes that cannot outlive their harness, and ends them.

Three lines of defence, each for what the one before cannot see: the kernel kills a child whose
harness dies (leash.py), a guardian then ends the child's own children (guardian.py), and the next
start reaps what is left should the guardian have been killed too (orphans.py).
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from testcontainers_fixtures.engines.orphans import VARIABLE, Label, end_labelled
from testcontainers_fixtures.engines.process_table import living
from testcontainers_fixtures.engines.process_usage import usage_of_tree
from testcontainers_fixtures.engines.protocol import Usage
from testcontainers_fixtures.errors import StackError

POLL_S = 0.01
KILL_TIMEOUT_S = 10.0
GUARDIAN_TIMEOUT_S = 10.0
LEASH = Path(__file__).with_name("leash.py")
PACKAGE_ROOT = Path(__file__).parents[2]
TAIL_BYTES = 65_536
PASSED_ON = ("HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LOGNAME", "LD_LIBRARY_PATH")


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
            file.seek(max(self._log_start, end - TAIL_BYTES))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])

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


class Children:
    """All child processes of one engine. They end with `close`, or with the harness itself.

    PR_SET_PDEATHSIG fires when the *thread* that started a child ends, so all of them are started
    by one thread that lives until `close`. `cores` are those that they may run on.
    """

    def __init__(self, *, data: Path, cores: frozenset[int] | None = None) -> None:
        self._label = Label.new()
        self._children: list[Child] = []
        self._closed = False
        self._spawner = ThreadPoolExecutor(
            max_workers=1,
            thread_name_prefix="spawner",
            # A child may run where the thread that starts it may.
            initializer=(lambda: os.sched_setaffinity(0, cores)) if cores else None,
        )
        self._guardian = _start_guardian(self._label, data)

    def __repr__(self) -> str:
        """Show who runs."""
        return f"<Children {', '.join(map(repr, self._children)) or 'none'}>"

    def start(  # noqa: PLR0913 -- what a process is: a program, its settings, its places
        self,
        name: str,
        *,
        url: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        cwd: Path,
        log: Path,
    ) -> Child:
        """Start a program (an absolute path and its arguments) and return at once.

        `environment` is all it sees, but for the label.
        """
        if self._closed:
            raise StackError(f"Cannot start {name}: this engine is closed; start a new one.")
        settings = {**environment, VARIABLE: str(self._label)}

        def spawn() -> Child:
            # The child is kept here, so that a Ctrl-C while the caller waits cannot lose it.
            child = _spawn(name, url, command, settings, cwd, log)
            self._children.append(child)
            return child

        return self._spawner.submit(spawn).result()

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
        end_labelled(self._label)
        self._spawner.shutdown(wait=True)
        if self._guardian.stdin is not None:
            self._guardian.stdin.close()
        self._guardian.wait(timeout=GUARDIAN_TIMEOUT_S)


def minimal_environment() -> dict[str, str]:
    """Return what every child may know of the harness's environment: no secret, no option.

    The running interpreter's programs come first on PATH.
    """
    programs = str(Path(sys.executable).parent)
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {
        "LANG": "C.UTF-8",
        **kept,
        "PATH": os.pathsep.join((programs, os.environ.get("PATH", os.defpath))),
        "VIRTUAL_ENV": sys.prefix,
        "PYTHONUNBUFFERED": "1",
    }


def wait_until(done: Callable[[], bool], *, timeout_s: float) -> bool:
    """Ask until it is done; tell whether it was within the time."""
    deadline_s = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(POLL_S)
    return True


def _spawn(  # noqa: PLR0913, PLR0917 -- as Children.start
    name: str, url: str, command: Sequence[str], settings: dict[str, str], cwd: Path, log: Path
) -> Child:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        offset = output.tell()
        leader = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *command],
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


def _start_guardian(label: Label, data: Path) -> subprocess.Popen[bytes]:
    # In a session of its own, a Ctrl-C at the terminal does not reach it.
    return subprocess.Popen(
        [sys.executable, "-S", "-m", "testcontainers_fixtures.engines.guardian", str(label), data],
        cwd=PACKAGE_ROOT,
        env={},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
