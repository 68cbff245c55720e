"""Says how the proxy of a link is started, and where the link's source finds it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from testcontainers_fixtures.engines.engine import Address, BrokerAccess, Engine, Launch
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_spec import Link, StackSpec
from testcontainers_fixtures.taps.tap_launch import seen_address

READY: Final = "GET /state"
SOURCE: Final = Path(__file__).with_name("tcp_proxy.py")
CONTROL_PORT: Final = 8090
CARRIED_PORT: Final = 8091


def link_name(link: str) -> str:
    """Return what a link's proxy is called in the stack."""
    return f"{link}-link"


def carried_address(link: str, engine: Engine) -> Address:
    """Return where a link's source connects to instead of to the target itself."""
    return engine.reserve(link_name(link), CARRIED_PORT)


def link_order(
    name: str, spec: StackSpec, engine: Engine, broker: BrokerAccess | None, *, taps: bool
) -> Launch:
    """Return the order to start a link's proxy; it needs a `python` where parts run."""
    control, carried = engine.reserve(link_name(name), CONTROL_PORT), carried_address(name, engine)
    host, port = _target(name, spec, engine, broker, taps=taps)
    return Launch(
        name=link_name(name),
        command=("python3", "-c", SOURCE.read_text(encoding="utf-8")),
        environment={
            "LINK_BIND": carried.bind,
            "LINK_PORT": str(carried.port),
            "LINK_HOST": host,
            "LINK_TARGET_PORT": str(port),
            "LINK_CONTROL_PORT": str(control.port),
        },
        address=control,
    )


def linked_values(part: str, spec: StackSpec, engine: Engine) -> dict[str, object]:
    """Return the placeholders that lead a part to its links instead of to their targets."""
    return {
        f"{link.target}.{key}": value
        for name, link in spec.links.items()
        if link.source == part
        for key, value in _placeholders(carried_address(name, engine))
    }


def links_between(spec: StackSpec, source_role: str, target: str) -> list[str]:
    """Return the links from parts with a role to a target, in the file's order."""
    return [name for name, link in spec.links.items() if _joins(spec, link, source_role, target)]


def _joins(spec: StackSpec, link: Link, source_role: str, target: str) -> bool:
    part = spec.parts.get(link.source)
    return part is not None and part.role == source_role and link.target == target


def _placeholders(address: Address) -> Iterator[tuple[str, object]]:
    yield "host", address.host
    yield "port", address.port
    yield "url", address.url


def _target(
    name: str, spec: StackSpec, engine: Engine, broker: BrokerAccess | None, *, taps: bool
) -> tuple[str, int]:
    target = spec.links[name].target
    if target != "broker":
        part = spec.parts[target]
        if part.port is None:
            raise SpecError(f"Link {name!r} leads to {target}, which has no port to be reached at.")
        address = seen_address(target, part.port, engine, tapped=taps and part.tap)
        return address.host, address.port
    if broker is None:
        raise SpecError(f"Link {name!r} leads to the broker, and the stack file has no [broker].")
    return broker.host, broker.port
