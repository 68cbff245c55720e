"""Holds what a stack file says of a running stack against what its engine says of it."""

from collections.abc import Iterator, Mapping, Sequence

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.scaling.deployed import Deployed, DeployedPart
from testcontainers_fixtures.scaling.presets import ROLES, variable_of
from testcontainers_fixtures.stack_file.attach_spec import Attach
from testcontainers_fixtures.stack_spec import StackSpec


def require_first_numbers(spec: StackSpec, attach: Attach, deployed: Deployed) -> None:
    """Raise SpecError for a part that is not there, or of which there are not as many as is said.

    What is put back after a run is what the file says, so that has to be what was there.
    """
    said = [key for key in ROLES if getattr(attach, key) is not None]
    needed = dict.fromkeys([*(p for key in said for p in _named(spec, key)), *attach.restarts])
    for part in needed:
        if part not in deployed.parts:
            raise SpecError(_absent(attach, part, deployed.parts))
    for key in said:
        for part in _named(spec, key):
            _require_equal(attach, key, part, deployed.parts[part])


def _named(spec: StackSpec, key: str) -> Sequence[str]:
    return tuple(spec.named(ROLES[key]))


def _require_equal(attach: Attach, key: str, part: str, seen: DeployedPart) -> None:
    said, what = getattr(attach, key), f"{key} = {getattr(attach, key)}"
    for there, how in _told(attach, key, seen):
        if there != str(said):
            raise SpecError(
                f"Stack file: [attach] says {what}, and {seen.called} (part {part!r}) has {how}."
                f" The file's numbers are put back after a run: write {key} = {there} there, or"
                f" have the engine make {said} of it first."
            )


def _told(attach: Attach, key: str, seen: DeployedPart) -> Iterator[tuple[str, str]]:
    """Yield the number that the engine tells, in its own terms; nothing where it tells none."""
    if key == "resolvers":
        if seen.replicas is not None:
            yield str(seen.replicas), f"{seen.replicas} replicas"
        return
    variable = variable_of(attach, key)
    if variable and (value := seen.variables.get(variable, "")).isdigit():
        yield value, f"{variable}={value}"


def _absent(attach: Attach, part: str, known: Mapping[str, DeployedPart]) -> str:
    place = f"stack {attach.stack!r}" if attach.stack else f"namespace {attach.namespace!r}"
    there = ", ".join(one.called for one in known.values()) or "none of the file's parts"
    return (
        f"Expected {attach.called(part)!r} in the {place}, which is part {part!r} of the stack"
        f' file; seen: {there}. Say what it is called there: names.{part} = "NAME" in [attach].'
    )
