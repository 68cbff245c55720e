"""Copies files and folders of this machine to where a part finds them: into a tar, or a folder."""

import io
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from testcontainers_fixtures.errors import SpecError

MOST_BYTES: Final = 256 * 1024 * 1024


def packed(files: Mapping[str, Path], part: str) -> bytes:
    """Return a tar archive that puts each file or folder at its absolute path.

    Owners and rights are as on this machine, as they would show through a bind mount. Raises
    SpecError for what is not there, and for more than MOST_BYTES.
    """
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", dereference=True) as archive:
        for place, file in files.items():
            _require(file, part)
            archive.add(file, arcname=place.lstrip("/"), filter=_regular)
    return held.getvalue()


def put(
    files: Mapping[str, Path], folder: Path, part: str, *, owner: tuple[int, int] | None
) -> None:
    """Copy each file or folder to its path below a folder; the copies are an owner's, if named.

    Raises SpecError for what is not there, for more than MOST_BYTES, and for a path that is not
    below the folder, which a process cannot have of its own.
    """
    for place, file in files.items():
        if PurePosixPath(place).is_absolute():
            raise SpecError(
                f"Part {part!r} has a file at {place}, which a container has to itself and a"
                " process does not: name a path below {data}, without a slash before it, or choose"
                " --engine containers."
            )
        _require(file, part)
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.is_dir():
            shutil.copytree(file, target, dirs_exist_ok=True)
        else:
            shutil.copy(file, target)
        if owner:
            _hand_over(folder, target, owner)


def _require(file: Path, part: str) -> None:
    if not os.access(file, os.R_OK):
        raise SpecError(
            f"Part {part!r} is given {file} (`files`), which is not there or cannot be read:"
            " correct its path, which is relative to the stack file."
        )
    held = 0
    for one in _below(file):
        held += one.stat().st_size
        if held > MOST_BYTES:
            raise SpecError(
                f"Part {part!r} is given {file}, which holds more than"
                f" {MOST_BYTES // 1024 // 1024} MB: name what it needs of that alone, or build it"
                " into its image."
            )


def _below(file: Path) -> Iterator[Path]:
    if not file.is_dir():
        yield file
        return
    for folder, _, names in os.walk(file):
        yield from (one for name in names if (one := Path(folder, name)).is_file())


def _regular(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    # A socket or a device of this machine is nothing that a container could use.
    return entry if entry.isfile() or entry.isdir() else None


def _hand_over(folder: Path, target: Path, owner: tuple[int, int]) -> None:
    between = [one for one in target.parents if one.is_relative_to(folder) and one != folder]
    inside = [Path(at, name) for at, folders, names in os.walk(target) for name in folders + names]
    for one in (*between, target, *inside):
        os.chown(one, *owner)
