"""Makes the virtual environment of a part's requirements: once for each content, into a cache."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from testcontainers_fixtures.errors import MissingNeedError, StackError
from testcontainers_fixtures.folders.lock_file import exclusive
from testcontainers_fixtures.folders.writable_folders import cache_folder, writing_to

INSTALL_S: Final = 900.0
LOCK_WAIT_S: Final = INSTALL_S + 60.0
MADE: Final = ".gatewaybench-made"
KEPT_CHARACTERS: Final = 400
# Another file that a requirements file takes in, or is bound by.
_OTHERS: Final = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)[\s=]+(\S+)", re.MULTILINE)
Progress = Callable[[str], None]


def environment_of(requirements: Path, part: str, on_progress: Progress) -> Path:
    """Return a virtual environment in which all is installed that a requirements file names.

    It is made by uv, with the Python that runs the harness, and found again while neither that nor
    the file, nor what it takes in by `-r` and `-c`, has changed. Two harnesses make it once.

    Raises:
        MissingNeedError: the file or uv is not there.
        StackError: uv could not install it; the message ends with what uv said.

    """
    if not requirements.is_file():
        raise MissingNeedError(
            f"Expected the requirements of {part} at {requirements}; there is no such file:"
            " its path is relative to the part's folder."
        )
    cache = cache_folder("environments")
    venv = cache / key_of(requirements)
    with (
        writing_to(cache),
        exclusive(
            venv.with_suffix(".lock"), doing="installing requirements", timeout_s=LOCK_WAIT_S
        ),
    ):
        if not (venv / MADE).exists():
            on_progress(f"Installing {requirements.name} of {part}")
            # One that was broken off: its scripts bear its path, so it is not made elsewhere.
            shutil.rmtree(venv, ignore_errors=True)
            _install(requirements, venv, part)
            (venv / MADE).touch()
    return venv


def key_of(requirements: Path) -> str:
    """Return a hash of the Python and of every file that says what is installed."""
    digest = hashlib.sha256(f"{sys.version}\n{sys.executable}".encode())
    for file in _files(requirements, set()):
        digest.update(b"\0" + (file.read_bytes() if file.is_file() else b""))
    return digest.hexdigest()[:16]


def _files(requirements: Path, seen: set[Path]) -> Iterator[Path]:
    file = requirements.resolve()
    if file in seen:
        return
    seen.add(file)
    yield file
    if file.is_file():
        for other in _OTHERS.findall(file.read_text(encoding="utf-8", errors="replace")):
            yield from _files(file.parent / other, seen)


def _install(requirements: Path, venv: Path, part: str) -> None:
    uv = _uv(part)
    _run([uv, "venv", "--quiet", "--python", sys.executable, str(venv)], requirements, part)
    install = [uv, "pip", "install", "--quiet", "--python", str(venv / "bin" / "python")]
    _run([*install, "-r", requirements.name], requirements, part)


def _run(command: list[str], requirements: Path, part: str) -> None:
    # Where packages come from is the environment's to say, as for every installer.
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    try:
        done = subprocess.run(
            command,
            cwd=requirements.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=INSTALL_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StackError(
            f"Expected uv to install {requirements} of {part} within {INSTALL_S:.0f} s; it did not."
        ) from None
    if done.returncode:
        said = " ".join(done.stdout.decode(errors="replace").split())[-KEPT_CHARACTERS:]
        raise StackError(
            f"Expected uv to install {requirements} of {part}; it ended with {done.returncode} and"
            f" said: {said}"
        )


def _uv(part: str) -> str:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        raise MissingNeedError(
            f"Expected `uv` beside {sys.executable} or on PATH, to install the requirements of"
            f" {part}; there is none: install it (`pip install uv`), or name a virtual environment"
            " of your own as `python`."
        )
    return found
