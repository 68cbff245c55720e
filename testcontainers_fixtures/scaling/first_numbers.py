"""Holds what a stack file says of a running stack against what its engine says of it."""

from collections.abc import Iterator, Mapping, Sequence

from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.scaling.deployed import Deployed, DeployedPart
from testcontainers_fixtures.scaling.presets import ROLES, variable_of
from testcontainers_fixtures.stack_file.attach_spec import Attach, split_lines
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


def numbers_not_told(
    spec: StackSpec, attach: Attach, deployed: Deployed
) -> Iterator[tuple[str, str]]:
    """Yield what a run record has of variables that a run sets, and that parts did not have."""
    for key in ROLES:
        variable, said = _set_variable(attach, key), getattr(attach, key)
        for part in _named(spec, key) if variable else ():
            seen = deployed.parts.get(part)
            if seen and variable not in seen.variables:
                sentence = f"{seen.called} had no {variable}, which is {said} after the run"
                yield f"not told {part}", sentence


def _named(spec: StackSpec, key: str) -> Sequence[str]:
    return tuple(spec.named(ROLES[key]))


def _require_equal(attach: Attach, key: str, part: str, seen: DeployedPart) -> None:
    said, what = getattr(attach, key), f"{key} = {getattr(attach, key)}"
    if (variable := _set_variable(attach, key)) and not _is_plain(seen, variable):
        raise SpecError(
            f"Stack file: [attach] says {what}, and {seen.called} (part {part!r}) has {variable},"
            f" though not as a plain number, so what it has could not be put back after a run: have"
            f" the engine make {variable}={said} of it first, or leave {key} out."
        )
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
    if variable and (value := seen.variables.get(variable) or "").isdigit():
        yield value, f"{variable}={value}"


def _set_variable(attach: Attach, key: str) -> str | None:
    """Return the variable that the commands of a key set; None where they go another way."""
    variable = variable_of(attach, key)
    words = [word for words in split_lines(attach.scale.lines(key)) for word in words]
    return variable if any(word.startswith(f"{variable}=") for word in words) else None


def _is_plain(seen: DeployedPart, variable: str) -> bool:
    """Tell whether a variable is not there, or is a number as it stands."""
    return variable not in seen.variables or (seen.variables[variable] or "").isdigit()


def _absent(attach: Attach, part: str, known: Mapping[str, DeployedPart]) -> str:
    place = f"stack {attach.stack!r}" if attach.stack else f"namespace {attach.namespace!r}"
    there = ", ".join(one.called for one in known.values()) or "none of the file's parts"
    return (
        f"Expected {attach.called(part)!r} in the {place}, which is part {part!r} of the stack"
        f' file; seen: {there}. Say what it is called there: names.{part} = "NAME" in [attach].'
    )
