"""What a project says once, so that nobody types it: `[tool.gatewaybench]` in its pyproject.toml.

The same keys may stand in a `gatewaybench.toml`; and a `stack.toml` alone is the stack file. Looked
for in the folder where the command was typed, then upwards to the repository's root. What is typed
comes first.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec import Struct, field, structs

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.toml_files import struct_of

OWN_FILE: Final = "gatewaybench.toml"
SHARED_FILE: Final = "pyproject.toml"
STACK_NAME: Final = "stack.toml"
_ROOT_MARK: Final = ".git"
# Commands that have settings of their own.
_HELD: Final = frozenset({"load", "contract", "e2e"})
Kind = TypeVar("Kind", bound=Struct)


class LoadDefaults(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a load run is held to: `--slo`, as often as there are texts, and `--baseline`."""

    slo: tuple[str, ...] = ()
    baseline: str | None = None


class SuiteDefaults(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a run of the contract suite is held to: `--baseline`."""

    baseline: str | None = None


class ProjectSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of a project; paths are relative to the file in which they stand."""

    stack: str | None = None
    site: str | None = None
    engine: str | None = None
    load: LoadDefaults = LoadDefaults()
    contract: SuiteDefaults = SuiteDefaults()
    e2e: SuiteDefaults = SuiteDefaults()

    def relative_to(self, folder: Path) -> "ProjectSettings":
        """Return the settings with paths that hold wherever a command is typed."""
        return structs.replace(
            self,
            stack=self.stack and str(folder / self.stack),
            site=self.site and str(folder / self.site),
            load=_placed(self.load, folder),
            contract=_placed(self.contract, folder),
            e2e=_placed(self.e2e, folder),
        )


class FoundSettings(Struct, frozen=True, kw_only=True):
    """The settings that hold somewhere, and the file that has them; None where there is none."""

    settings: ProjectSettings = ProjectSettings()
    file: Path | None = None

    def of_command(self, command: str) -> dict[str, Any]:
        """Return what is set of a command's options, by their names."""
        own = getattr(self.settings, command) if command in _HELD else None
        found = {name: getattr(self.settings, name) for name in ("stack", "site", "engine")}
        return {
            name: value
            for name, value in (found | (structs.asdict(own) if own else {})).items()
            if value
        }


class _Tools(Struct):
    gatewaybench: ProjectSettings | None = None


class _SharedFile(Struct):
    tool: _Tools = field(default_factory=_Tools)


def found_settings(start: Path | None = None) -> FoundSettings:
    """Return the nearest settings, from `start` upwards; raise SpecError for what cannot be used.

    `start` is the folder where the command was typed.
    """
    for folder in _upwards((start or Path.cwd()).resolve()):
        for read in (_own, _shared, _stack_file):
            if (found := read(folder)) is not None:
                return found
    return FoundSettings()


def _upwards(start: Path) -> Iterator[Path]:
    for folder in (start, *start.parents):
        yield folder
        if (folder / _ROOT_MARK).exists():
            return


def _own(folder: Path) -> FoundSettings | None:
    file = folder / OWN_FILE
    if not file.is_file():
        return None
    text = _text(file)
    return _found(file, _settings(file, text, ProjectSettings))


def _shared(folder: Path) -> FoundSettings | None:
    file = folder / SHARED_FILE
    # Whoever has none of ours is not told what is wrong with theirs.
    if not file.is_file() or "gatewaybench" not in (text := _text(file)):
        return None
    said = _settings(file, text, _SharedFile).tool.gatewaybench
    return _found(file, said) if said is not None else None


def _stack_file(folder: Path) -> FoundSettings | None:
    file = folder / STACK_NAME
    if not file.is_file() or "format_version" not in _text(file):
        return None
    return FoundSettings(settings=ProjectSettings(stack=str(file)), file=file)


def _found(file: Path, said: ProjectSettings) -> FoundSettings:
    return FoundSettings(settings=said.relative_to(file.parent), file=file)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise SpecError(f"Expected settings in {file}, which cannot be read: {error}.") from error


def _settings(file: Path, text: str, kind: type[Kind]) -> Kind:
    try:
        data = tomllib.loads(text)
    except ValueError as error:
        raise SpecError(f"The settings in {file} are not TOML: {error}.") from error
    return struct_of(data, kind, text=text, begins=f"The settings in {file} are")


def _placed(one: Kind, folder: Path) -> Kind:
    """Return defaults whose baseline is a path where it is one, and a run's name where not."""
    baseline = getattr(one, "baseline", None)
    if baseline is None or not (folder / baseline).exists():
        return one
    return structs.replace(one, baseline=str(folder / baseline))
