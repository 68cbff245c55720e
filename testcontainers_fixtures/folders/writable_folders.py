"""Folders that are written to: where they are, and in one sentence why one of them cannot be."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from testcontainers_fixtures.errors import UnusablePlaceError

CACHE: Final = "gatewaybench"
ELSEWHERE: Final = "set TMPDIR to a folder that can be written to"
ANOTHER: Final = "make room, or name another folder"
# What the system says of a place, and not of what was done there.
_OF_A_PLACE: Final = frozenset({
    errno.EACCES, errno.EDQUOT, errno.EEXIST, errno.EFBIG, errno.EIO, errno.EISDIR, errno.ELOOP,
    errno.ENAMETOOLONG, errno.ENOSPC, errno.ENOTDIR, errno.EPERM, errno.EROFS,
})  # fmt: skip


@contextmanager
def writing_to(place: Path, advice: str = ANOTHER) -> Iterator[None]:
    """Say what could not be written, why, and what to do, in place of the system's error.

    Raises UnusablePlaceError; an error that says nothing of a place passes as it is.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _OF_A_PLACE:
            raise
        raise _unusable(error, place, advice) from error


def made(folder: Path, advice: str = ANOTHER) -> Path:
    """Return a folder, made where there was none; raise UnusablePlaceError where none can be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(error, folder, advice) from error
    return folder


def temporary() -> Path:
    """Return the folder for temporary files; raise UnusablePlaceError where none can be written."""
    try:
        return Path(tempfile.gettempdir())
    except OSError as error:
        raise _unusable(error, Path("TMPDIR"), ELSEWHERE) from error


def home() -> Path:
    """Return the user's home folder; raise UnusablePlaceError where there is none."""
    try:
        return Path.home()
    except RuntimeError as error:
        raise UnusablePlaceError(
            "Expected a home folder: HOME is not set, and the system knows none of this user. Set "
            "HOME, or XDG_CACHE_HOME, to a folder that can be written to."
        ) from error


def cache_folder(*below: str) -> Path:
    """Return a folder for what is kept between runs and harnesses, made where it is not there.

    It is below XDG_CACHE_HOME where that is an absolute path, as its specification asks, else below
    HOME. Raises UnusablePlaceError where it cannot be made.
    """
    asked = Path(os.environ.get("XDG_CACHE_HOME", ""))
    base = asked if asked.is_absolute() else home() / ".cache"
    folder = Path(base, CACHE, *below).absolute()
    return made(folder, "set XDG_CACHE_HOME to a folder that can be written to")


def _unusable(error: OSError, place: Path, advice: str) -> UnusablePlaceError:
    named = error.filename if isinstance(error.filename, str | Path) else place
    why = str(error.strerror or error).lower()
    return UnusablePlaceError(f"Expected to write to {named}; seen: {why}. To go on, {advice}.")
