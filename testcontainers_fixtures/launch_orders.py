"""Turns a stack file into orders for an engine: which copies there are, and how each is started."""

from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.engines.engine import BrokerAccess, Engine, Launch
from testcontainers_fixtures.naming import Copy, copies_of, values_for
from testcontainers_fixtures.output.redaction import noted_in_settings
from testcontainers_fixtures.placeholders import filled
from testcontainers_fixtures.stack_spec import Part, StackSpec
from testcontainers_fixtures.taps.tap_launch import tap_order


def wanted_copies(
    spec: StackSpec, engine: Engine, configuration: CopyCounts, *, twins: bool, taps: bool
) -> list[Copy]:
    """Return every copy that a configuration asks for and the engine has or can start."""
    return [
        copy
        for name, part in spec.parts.items()
        for copy in copies_of(name, part, configuration.copies(part), twins=twins, taps=taps)
        if engine.runs(copy.name)
    ]


def order_for(  # noqa: PLR0913 -- all that a start depends on, each once
    copy: Copy,
    spec: StackSpec,
    engine: Engine,
    broker: BrokerAccess | None,
    configuration: CopyCounts,
    *,
    fresh: bool,
    taps: bool,
    links: bool = False,
) -> Launch:
    """Return the order to start one copy; raise SpecError for a placeholder that is unknown."""
    part, where = spec.parts[copy.part], f"Part {copy.part!r} of the stack file"
    if copy.tap:
        return tap_order(copy.part, part, engine)
    values = values_for(copy, spec, engine, broker, configuration, taps=taps, links=links)
    return Launch(
        name=copy.name,
        command=tuple(filled(word, values, where) for word in part.command),
        environment=noted_in_settings(
            {name: filled(text, values, where) for name, text in part.settings.items()}
        ),
        address=engine.reserve(copy.name, part.port),
        fresh=fresh,
    )


def needs_broker(part: Part) -> bool:
    """Tell whether a part is told where the broker is, and so must wait for it."""
    return any("{broker." in text for text in (*part.command, *part.settings.values()))
