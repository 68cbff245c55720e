"""Runs one command to its end: without a shell, within a bound, what it said kept."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from testcontainers_fixtures.errors import MissingNeedError, StackError
from testcontainers_fixtures.output.redaction import hidden
from testcontainers_fixtures.scaling.scaling_commands import ScalingCommand

LOG_NAME: Final = "scaling.log"
_SHOWN: Final = 2_000
_KEPT: Final = 64_000
_MOST_READ: Final = 16 * 1024 * 1024
_AGAIN_S: Final = 1.0
_KILLED_WITHIN_S: Final = 5.0


class ScalingError(StackError):
    """A command of [attach] failed, or took too long; the message has what it said last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRuns:
    """Runs commands in `folder`, each within `within_s`, and writes down in `log` what they say.

    None outlives its call, nor what it started in its own process group, whatever ends that call.
    """

    folder: Path
    log: Path
    within_s: float

    def require_programs(self, commands: Iterable[ScalingCommand]) -> None:
        """Raise MissingNeedError for a program that is not there, before any is run."""
        for one in commands:
            program = one.words[0]
            path = str(self.folder / program) if "/" in program else program
            if shutil.which(path) is None:
                raise MissingNeedError(
                    f"Expected the program {program!r}, which {one.key} of [attach] runs; it is not"
                    f" there: install it, or give its path from the stack file's folder on."
                )

    def run(self, command: ScalingCommand) -> None:
        """Return once a command has ended with 0; raise ScalingError where it does not."""
        until_s = time.monotonic() + self.within_s
        while True:
            code, said = self._ended(command, until_s)
            if code == 0:
                return
            if code is None or not command.repeated or time.monotonic() + _AGAIN_S >= until_s:
                raise ScalingError(self._failed(command, code, said, self.within_s))
            time.sleep(_AGAIN_S)

    def read(self, command: ScalingCommand, *, within_s: float | None = None) -> str:
        """Return what a command writes on its standard output; raise ScalingError where it fails.

        It is kept nowhere: what an engine tells of its parts has their settings, secrets and all.
        """
        within_s = self.within_s if within_s is None else within_s
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
            try:
                code = self._code(command, output, within_s, complaints)
            except OSError as error:
                raise ScalingError(f"`{command}` ({command.key} of [attach]): {error}.") from error
            if code != 0:
                raise ScalingError(self._failed(command, code, _last_of(complaints), within_s))
            output.seek(0)
            return output.read(_MOST_READ).decode(errors="replace")

    def _ended(self, command: ScalingCommand, until_s: float) -> tuple[int | None, str]:
        """Return a command's exit code, None where it was not over in time, and what it said."""
        # A file, and not a pipe: what it leaves running may keep that open.
        with tempfile.TemporaryFile() as output:
            begun_s = time.monotonic()
            try:
                code = self._code(command, output, until_s - begun_s)
            except OSError as error:
                raise ScalingError(f"`{command}` ({command.key} of [attach]): {error}.") from error
            said = _last_of(output)
        self._keep(command, code, said, time.monotonic() - begun_s)
        return code, said

    def _code(
        self,
        command: ScalingCommand,
        output: IO[bytes],
        within_s: float,
        complaints: IO[bytes] | None = None,
    ) -> int | None:
        # A session of its own: Ctrl-C at the terminal reaches the harness alone.
        process = subprocess.Popen(
            command.words,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=complaints or subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait(timeout=max(0.0, within_s))
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.returncode is None:
                _kill(process)

    def _keep(self, command: ScalingCommand, code: int | None, said: str, took_s: float) -> None:
        how = "was ended" if code is None else f"ended with {code}"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {command}\n{said}{'' if said.endswith(chr(10)) else chr(10)}")
            log.write(f"({how} after {took_s:.1f} s)\n")

    @staticmethod
    def _failed(command: ScalingCommand, code: int | None, said: str, within_s: float) -> str:
        seen = "it did not end" if code is None else f"it ended with {code}"
        end = said.strip()[-_SHOWN:]
        return (
            f"Expected `{command}` ({command.key} of [attach]) to end with 0 within "
            f"{within_s:g} s; {seen}. " + (f"It said:\n{end}" if end else "It said nothing.")
        )


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=_KILLED_WITHIN_S)


def _last_of(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _KEPT))
    return hidden(output.read().decode(errors="replace"))
