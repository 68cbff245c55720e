"""Writes a file whole or not at all, and says in one sentence why it cannot."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reports.record.errors import RecordError


def write_whole(path: Path, data: str | bytes, option: str = "--site") -> Path:
    """Write a file, and its folder where need be; one that is there stays whole until then.

    Raises RecordError where it cannot be written; `option` is what would name another place.
    """
    part = path.with_name(f"{path.name}.part")
    with writing(path, option):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(data.encode() if isinstance(data, str) else data)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
    return path


@contextmanager
def writing(path: Path, option: str = "--site") -> Iterator[None]:
    """Say what could not be written, and why, in place of the system's error."""
    try:
        yield
    except OSError as error:
        raise RecordError(
            f"Expected to write {path}, but: {str(error.strerror or error).lower()}; make room or "
            f"give a folder that can be written to ({option})."
        ) from error
