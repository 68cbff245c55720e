"""What the copies of a part are called, and what the placeholders of each stand for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from testcontainers_fixtures import credentials
from testcontainers_fixtures.broker.broker_configuration import twin_of
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.engines.engine import BrokerAccess, Engine
from testcontainers_fixtures.links.proxy_launch import linked_values
from testcontainers_fixtures.stack_spec import Part, StackSpec
from testcontainers_fixtures.taps.tap_launch import seen_address, tap_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One copy of a part, its twin or its tap; `name` is what it is called everywhere."""

    part: str
    name: str
    twin: bool = False
    tap: bool = False

    @property
    def first(self) -> bool:
        """Tell whether it is the first of the copies that serve the system."""
        return self.own and self.name == self.part

    @property
    def own(self) -> bool:
        """Tell whether it is a copy that serves the system: neither a twin nor a tap."""
        return not (self.twin or self.tap)

    def volume(self, name: str) -> str:
        """Return the volume that a part names so: a twin's are its own, as all its data are."""
        return f"{name}.twin" if self.twin else name


def copies_of(name: str, part: Part, count: int, *, twins: bool, taps: bool) -> Iterator[Copy]:
    """Yield the copies of a part: `resolver`, `resolver-2`, ..., `srv_x-twin`, `srv_x-tap`."""
    for number in range(1, count + 1):
        yield Copy(part=name, name=name if number == 1 else f"{name}-{number}")
    if twins and part.twin:
        yield Copy(part=name, name=f"{name}-twin", twin=True)
    if taps and part.tap:
        yield Copy(part=name, name=tap_name(name), tap=True)


def values_for(  # noqa: PLR0913 -- all that they depend on, each once
    copy: Copy,
    spec: StackSpec,
    engine: Engine,
    broker: BrokerAccess | None,
    configuration: CopyCounts,
    *,
    taps: bool,
    links: bool,
) -> dict[str, object]:
    """Return what each placeholder stands for in this copy's command and settings.

    With `taps` a part finds each service at its tap, with `links` a target at its link; a twin does
    not, for what it sends is nobody's request.
    """
    part = spec.parts[copy.part]
    values: dict[str, object] = {
        "data": engine.data_folder(copy.name, user=part.user or ""),
        "workers": 1 if copy.twin else configuration.workers(part),
        "prefetch": configuration.prefetch,
    }
    if part.port:
        own = engine.reserve(copy.name, part.port)
        values |= {"host": own.bind, "port": own.port}
    values |= {f"ports.{key}": engine.reserve(copy.name, at).port for key, at in part.ports.items()}
    for key, inside in part.volumes.items():
        values[f"volumes.{key}"] = engine.volume_folder(copy.volume(key), inside)
    for name, other in spec.parts.items():
        if other.port:
            tapped = taps and other.tap and not copy.twin
            address = seen_address(name, other.port, engine, tapped=tapped)
            values |= {f"{name}.host": address.host, f"{name}.port": address.port}
            values |= {f"{name}.url": address.url}
        for key, at in other.ports.items():
            further = engine.reserve(name, at)
            # A tap stands before the first port alone.
            values |= {f"{name}.ports.{key}": further.port, f"{name}.urls.{key}": further.url}
            values.setdefault(f"{name}.host", further.host)
    if broker and spec.broker and spec.broker.queues and copy.twin:
        broker = replace(broker, user=twin_of(broker.user))
    if spec.broker:
        for key in ("host", "port", "user", "password", "vhost"):
            values[f"broker.{key}"] = getattr(broker, key, "")
    known = credentials.made_up_or_given(spec.contract)
    values |= {f"credentials.{name.lower()}": value for name, value in known.items()}
    values |= linked_values(copy.part, spec, engine) if links and not copy.twin else {}
    return values | (_broker_url(values, broker) if spec.broker else {})


def _broker_url(values: Mapping[str, object], broker: BrokerAccess | None) -> dict[str, object]:
    """Return the broker's URL where it is seen: at itself, or at a link that leads there."""
    if broker is None:
        return {"broker.url": ""}
    host, port = str(values["broker.host"]), int(str(values["broker.port"]))
    return {"broker.url": broker.inside_url(host, port)}
