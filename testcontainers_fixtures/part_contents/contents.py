"""What is put where a copy runs before it starts, as its part says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Files by where they are to be, volumes by name, and what is in memory alone.

    A file whose place is no absolute path lies in the copy's data folder. `volumes` has where a
    container finds each, `tmpfs` Docker's options by path. `data` tells that the copy works in its
    data folder.
    """

    files: Mapping[str, Path] = field(default_factory=dict)
    volumes: Mapping[str, str] = field(default_factory=dict)
    tmpfs: Mapping[str, str] = field(default_factory=dict)
    data: bool = False

    def lying_on(self, folder: str) -> dict[str, Path]:
        """Return the files whose place is a folder or below it."""
        return {place: file for place, file in self.files.items() if is_within(place, folder)}


def is_within(place: str, folder: str) -> bool:
    """Tell whether a path is a folder, or below it."""
    return PurePosixPath(place).is_relative_to(folder)
