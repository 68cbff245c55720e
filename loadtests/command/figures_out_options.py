"""Where the command line wants figures to go, or in one sentence why they cannot."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from loadtests.sweep.figures_out import OPTION, FiguresOut
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.nearest import meant

KINDS: Final = ("csv", "openmetrics")


def figures_out_of(texts: Sequence[str]) -> FiguresOut:
    """Return where figures go of `KIND=FILE` texts; raise SpecError for what cannot be written."""
    files: dict[str, Path] = {}
    for text in texts:
        kind, _, name = text.partition("=")
        if kind not in KINDS or not name:
            near = "" if kind in KINDS else meant(kind, KINDS)
            raise SpecError(f"{OPTION} takes csv=FILE or openmetrics=FILE; got {text!r}{near}.")
        if kind in files:
            raise SpecError(f"{OPTION} {kind}=FILE is given twice; give it once.")
        files[kind] = _writable(Path(name), kind)
    if len(set(files.values())) < len(files):
        raise SpecError(f"{OPTION} names one file for both kinds; give each its own.")
    return FiguresOut(csv=files.get("csv"), openmetrics=files.get("openmetrics"))


def _writable(path: Path, kind: str) -> Path:
    """Return a file's whole path; raise SpecError where it cannot be written at the run's end."""
    path = path.absolute()
    folder = path.parent
    if path.exists() and not path.is_file():
        seen = f"{path} is no file"
    elif not folder.is_dir():
        seen = f"there is no folder {folder}"
    elif said := _refusal(path.with_name(f"{path.name}.part")):
        seen = f"{folder} takes none: {said}"
    else:
        return path
    raise SpecError(
        f"{OPTION} {kind}=FILE takes a file that can be written, but {seen}; name another."
    )


def _refusal(part: Path) -> str:
    """Return why a file cannot be made; "" where it can. None is left."""
    try:
        part.touch()
        part.unlink()
    except OSError as error:
        return str(error.strerror or error).lower()
    return ""
