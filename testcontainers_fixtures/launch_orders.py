"""Turns a stack file into orders for an engine: which copies there are, and how each is started."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.engines.engine import BrokerAccess, Engine, Launch, Place, Vessel
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.naming import Copy, copies_of, values_for
from testcontainers_fixtures.output.redaction import noted, noted_in_settings
from testcontainers_fixtures.part_contents.contents import Contents
from testcontainers_fixtures.placeholders import filled
from testcontainers_fixtures.secret_values import secrets_in
from testcontainers_fixtures.stack_file.part_spec import BROKER
from testcontainers_fixtures.stack_file.readiness_spec import Readiness, readiness
from testcontainers_fixtures.stack_spec import Part, StackSpec
from testcontainers_fixtures.taps.tap_launch import READY as TAP_READY
from testcontainers_fixtures.taps.tap_launch import tap_order


def wanted_copies(
    spec: StackSpec, engine: Engine, configuration: CopyCounts, *, twins: bool, taps: bool
) -> list[Copy]:
    """Return every copy that a configuration asks for and the engine has or can start."""
    return [
        copy
        for name, part in spec.parts.items()
        for copy in copies_of(name, part, configuration.copies(name, part), twins=twins, taps=taps)
        if engine.runs(copy.name)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """All that starts one copy.

    What is run to its end before it, one after the other; the copy itself; what shows it is ready.
    """

    before: tuple[Launch, ...] = ()
    own: Launch
    ready: Readiness


def orders_for(  # noqa: PLR0913 -- all that a start depends on, each once
    copy: Copy,
    spec: StackSpec,
    engine: Engine,
    broker: BrokerAccess | None,
    configuration: CopyCounts,
    *,
    fresh: bool,
    taps: bool,
    links: bool = False,
) -> Orders:
    """Return the orders to start one copy; raise SpecError for a placeholder that is unknown."""
    part, where = spec.parts[copy.part], f"Part {copy.part!r} of the stack file"
    if copy.tap:
        return Orders(own=tap_order(copy.part, part.port or 0, engine), ready=readiness(TAP_READY))
    given = passed_on(part.env_from, where)
    values = values_for(copy, spec, engine, broker, configuration, taps=taps, links=links)
    values |= secrets_in(part.texts, where)
    order = Launch(
        name=copy.name,
        command=_filled(part.command, values, where),
        environment={**given, **noted_in_settings(_settings(part, values, where))},
        address=engine.reserve(copy.name, part.port) if part.port else None,
        fresh=fresh,
        place=Place(
            folder=part.folder,
            python=part.python or "",
            user=part.user or "",
            requirements=part.requirements or "",
        ),
        stop_signal=part.stop_signal,
        ports={name: engine.reserve(copy.name, port) for name, port in part.ports.items()},
        contents=_contents(copy, spec, values, where),
        vessel=_vessel(copy, part, values, where),
    )
    # Data that are there were prepared when they were made, and a part's by its first copy.
    first = part.before_start if fresh and (copy.first or copy.twin) else ()
    before = [_filled(command, values, where) for command in first]
    return _in_turn(order, before, _ready(part.readiness, values, where))


def filled_for(  # noqa: PLR0913 -- as `orders_for`
    copy: Copy,
    spec: StackSpec,
    engine: Engine,
    broker: BrokerAccess | None,
    configuration: CopyCounts,
    *,
    command: Sequence[str],
    links: bool = False,
) -> tuple[str, ...]:
    """Return a command that is run beside a copy, with what it may name filled in."""
    where = f"What is run beside part {copy.part!r} of the stack file"
    values = values_for(copy, spec, engine, broker, configuration, taps=False, links=links)
    return _filled(command, values | secrets_in(command, where), where)


def _in_turn(order: Launch, before: Sequence[tuple[str, ...]], ready: Readiness) -> Orders:
    """Return the orders of which the first alone finds the data as the copy was to find them."""
    kept = replace(order, fresh=False)
    if not before:
        return Orders(own=order, ready=ready)
    whole = replace(order.vessel, whole=True)
    first, *others = (replace(kept, command=command, vessel=whole) for command in before)
    return Orders(before=(replace(first, fresh=order.fresh), *others), own=kept, ready=ready)


def _contents(copy: Copy, spec: StackSpec, values: Mapping[str, object], where: str) -> Contents:
    part = spec.parts[copy.part]
    tmpfs = (filled(text, values, where).partition(":") for text in part.tmpfs)
    below = any(not place.startswith("/") for place in part.files)
    return Contents(
        files={place: spec.folder / file for place, file in part.files.items()},
        volumes={copy.volume(name): inside for name, inside in part.volumes.items()},
        tmpfs={path: options for path, _, options in tmpfs},
        data=below or any("{data}" in text for text in part.texts),
    )


def _vessel(copy: Copy, part: Part, values: Mapping[str, object], where: str) -> Vessel:
    entrypoint, options = part.entrypoint, part.container
    return Vessel(
        part=copy.part,
        entrypoint=None if entrypoint is None else _filled(entrypoint, values, where),
        # Whoever asks by those names is not to find a twin.
        options=structs.replace(options, aliases=()) if copy.twin else options,
    )


def _filled(command: Sequence[str], values: Mapping[str, object], where: str) -> tuple[str, ...]:
    return tuple(filled(word, values, where) for word in command)


def _settings(part: Part, values: Mapping[str, object], where: str) -> dict[str, str]:
    return {name: filled(text, values, where) for name, text in part.settings.items()}


def _ready(asked: Readiness, values: Mapping[str, object], where: str) -> Readiness:
    command = _filled(asked.command, values, where)
    # A request's braces are its own.
    plain = asked.kind == "request"
    subject = asked.subject if plain else filled(asked.subject, values, where)
    return replace(asked, command=command, subject=subject)


def passed_on(names: tuple[str, ...], where: str) -> dict[str, str]:
    """Return variables of the harness's environment, each of which is a secret from then on.

    Raises SpecError for one that is not set.
    """
    if missing := [name for name in names if name not in os.environ]:
        raise SpecError(
            f"{where} is to be given {', '.join(missing)} of the environment (`env_from`), which is"
            " not set here: set it, as in `export NAME=...`, or take it out."
        )
    return {name: noted(os.environ[name]) for name in names}


def needs_broker(part: Part) -> bool:
    """Tell whether a part is told where the broker is, and so must wait for it."""
    told = any("{broker." in text for text in part.texts)
    return told or part.readiness.kind == "queue" or BROKER in part.after
