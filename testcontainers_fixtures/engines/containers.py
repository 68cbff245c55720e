"""Runs the parts of a stack in containers: one each, on a network of the stack's own."""

import atexit
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar, cast

from docker.errors import APIError
from docker.types import LogConfig, Mount

from testcontainers_fixtures.broker import broker_configuration
from testcontainers_fixtures.broker.broker_wishes import BrokerWishes
from testcontainers_fixtures.engines.container_broker import (
    AMQP_PORT,
    ENVIRONMENT,
    MANAGEMENT_PORT,
    NAME,
    USER,
    BrokerSetup,
    ContainerBroker,
)
from testcontainers_fixtures.engines.container_network import ContainerNetwork
from testcontainers_fixtures.engines.container_part import ContainerPart
from testcontainers_fixtures.engines.container_ports import PublishedPorts
from testcontainers_fixtures.engines.docker_access import (
    LOOPBACK,
    Progress,
    docker_client,
    quiet,
)
from testcontainers_fixtures.engines.engine import (
    Address,
    BrokerAccess,
    Launch,
    Running,
    Vessel,
)
from testcontainers_fixtures.engines.free_ports import require_free
from testcontainers_fixtures.engines.logs import MOST_BYTES
from testcontainers_fixtures.engines.ownership import (
    ENGINE_LABEL,
    reap_orphans,
    remove_of_engine,
    this_harness,
)
from testcontainers_fixtures.errors import StackError, StartError
from testcontainers_fixtures.images.interpreter import python_version
from testcontainers_fixtures.images.part_images import find_images, user_of
from testcontainers_fixtures.part_contents.container_contents import (
    FilledContainer,
    docker_options,
    mounts,
)
from testcontainers_fixtures.part_contents.container_volumes import DATA, ContainerVolumes
from testcontainers_fixtures.part_contents.copied_files import packed
from testcontainers_fixtures.stack_spec import StackSpec

EVERYWHERE = "0.0.0.0"  # noqa: S104 -- inside the container; it is published on loopback only
CONFINED: Final = {
    "entrypoint": "",
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
}
# Another driver may not be readable. The engine keeps a container's latest words, in so many files.
LOGGED = LogConfig(
    type=LogConfig.types.JSON, config={"max-size": str(MOST_BYTES // 2), "max-file": "2"}
)
Result = TypeVar("Result")


class ContainersEngine:
    """Implements `engines.engine.Engine` with testcontainers.

    Making one reaps what killed harnesses have left, finds or makes the images and makes the
    network; `on_progress` hears what takes long. `run_folder` gets `logs/`. What the image's user
    is to write to `{data}` needs a `/data` in the image that belongs to that user.

    Raises:
        MissingNeedError: no Docker engine, no base image.
        SpecError: the stack file's [image] cannot be built from.
        StartError: the build failed.

    """

    name = "containers"

    def __init__(
        self,
        run_folder: Path,
        spec: StackSpec,
        *,
        cores: frozenset[int] | None = None,
        on_progress: Progress = quiet,
    ) -> None:
        self._cores = ",".join(map(str, sorted(cores or ()))) or None
        self._logs = run_folder.resolve() / "logs"
        self.token = secrets.token_hex(4)
        self._labels = this_harness().labels | {ENGINE_LABEL: self.token}
        self._client = docker_client()
        self._parts: dict[str, ContainerPart] = {}
        self._ports = PublishedPorts()
        self._volumes = ContainerVolumes(self._client, self.token, self._labels)
        self._lock = threading.Lock()
        self._closed = False
        atexit.register(self._close_one_by_one)
        try:
            reap_orphans(self._client)
            self._images = find_images(self._client, spec, on_progress=on_progress)
            self._user = user_of(self._client, self._images.system)
            self._conditions = self._first_conditions()
            self._network = ContainerNetwork(self._client, self._labels)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        """Show what was started."""
        return f"<ContainersEngine {self.token} {' '.join(self._parts) or 'nothing started'}>"

    def conditions(self) -> Mapping[str, str]:
        """Return engine, network_mode, docker, python, the images' ids; with a broker, rabbitmq."""
        return dict(self._conditions)

    def runs(self, name: str) -> bool:  # noqa: ARG002 -- the seam asks by name; here the answer is one
        """Tell that this engine can start any part."""
        return True

    def start_broker(
        self, *, vhost: str, user: str, wishes: BrokerWishes | None = None
    ) -> BrokerAccess:
        """Start a RabbitMQ of the stack's own and return once it answers."""
        wanted = wishes or BrokerWishes()
        setup = BrokerSetup(
            vhost=vhost,
            user=user,
            wishes=wanted,
            monitor_password=broker_configuration.new_password(),
            amqp_port=self._ports.of(NAME, AMQP_PORT),
            management_port=self._ports.of(NAME, MANAGEMENT_PORT),
        )
        for port in (setup.amqp_port, setup.management_port):
            require_free(port, "the broker")
        container = self._container(NAME, self._images.broker, (AMQP_PORT, MANAGEMENT_PORT))
        container.with_envs(**ENVIRONMENT).with_command(["rabbitmq-server"])
        network = self._network.settings(NAME, wanted.aliases)
        _with(container, user=USER, **network, **CONFINED)
        broker = ContainerBroker(setup, container=container, log=self._log_of(NAME))
        self._register(broker)
        access = self._started(NAME, broker.start)
        if broker.versions:
            self._conditions |= {"rabbitmq": access.version, "erlang": broker.versions.erlang}
        return access

    def broker(self) -> ContainerBroker:
        """Return the broker, which faults can kill, pause, stop and start again."""
        broker = self._parts.get(NAME)
        if not isinstance(broker, ContainerBroker):
            raise StackError("This stack has no broker; only one whose file has [broker] does.")
        return broker

    def reserve(self, name: str, port: int) -> Address:
        """Return where the copy `name` will listen: its own name, which the network resolves."""
        return Address(host=name, port=port, bind=EVERYWHERE)

    def data_folder(self, name: str, *, user: str = "") -> str:  # noqa: ARG002 -- each container has its own
        """Return the folder as seen inside the container; it lies on a volume of the copy's."""
        return DATA

    def volume_folder(self, name: str, inside: str) -> str:  # noqa: ARG002 -- as parts say
        """Return where a container finds the volume: where its part says."""
        return inside

    def launch(self, order: Launch) -> Running:
        """Start one copy and return before it is ready; a former copy of that name ends.

        Raises:
            MissingNeedError: the port on which it would be published is taken.
            StartError: the Docker engine cannot start it.

        """
        former = self._parts.get(order.name)
        if former is not None:
            former.discard()
        own = {name: at.port for name, at in order.ports.items()}
        ports = (*((order.address.port,) if order.address else ()), *own.values())
        for port in ports:
            self._ports.require(order.name, port)
        container = self._dressed(order, ports)
        part = ContainerPart(
            order.name,
            url=self._ports.url(order.name, order.address.port) if order.address else "",
            ports={name: self._ports.place(order.name, port) for name, port in own.items()},
            container=container,
            log=self._log_of(order.name),
        )
        self._register(part)
        self._started(order.name, part.launch)
        return part

    def close(self) -> None:
        """End everything this engine started, keep the logs, leave nothing else; safe twice."""
        with ThreadPoolExecutor(thread_name_prefix="close") as pool:
            self._close(lambda parts: wait([pool.submit(part.discard) for part in parts]))

    def _close_one_by_one(self) -> None:
        # While the interpreter ends, Python 3.12 and later start no thread.
        self._close(_discard_each)

    def _close(self, discard: Callable[[list[ContainerPart]], object]) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
        try:
            # The broker last: parts that lose it would fill their logs with that.
            broker, others = self._parts.pop(NAME, None), list(self._parts.values())
            discard(others)
            discard([broker] if broker else [])
        finally:
            remove_of_engine(self._client, self.token)
            self._client.close()
            atexit.unregister(self._close_one_by_one)

    def _dressed(self, order: Launch, ports: tuple[int, ...]) -> FilledContainer:
        """Return the container of an order: what it runs, as whom, and what it finds."""
        vessel, image = order.vessel, self._images.of(order.vessel.part)
        own = vessel.part in self._images.own
        # What an image of the harness's own making is told of `/data` is always of this one.
        data = order.contents.data or (not own and _names_data(order))
        given = self._volumes.provision(order, data=data)
        container = self._container(order.name, image, ports, volumes=mounts(given.volumes))
        container.with_envs(**order.environment)
        if order.command:
            container.with_command(list(order.command))
        container.tmpfs |= order.contents.tmpfs
        if given.files:
            container.with_archive(packed(given.files, vessel.part))
        return _with(
            container,
            stop_signal=order.stop_signal,
            working_dir=self._folder(image, order.place.folder),
            **self._network.settings(order.name, vessel.options.aliases),
            **docker_options(vessel.options),
            **(_as_docker_would(order) if own else CONFINED | {"user": self._user}),
        )

    def _container(
        self, name: str, image: str, ports: tuple[int, ...], *, volumes: Sequence[Mount] = ()
    ) -> FilledContainer:
        container = FilledContainer(image)
        published = self._ports.published(name, ports)
        # Typed for a bare port number; docker-py also takes the address to publish it on.
        container.ports = cast("dict[str, int | None]", published)
        container.with_name(f"gatewaybench-{self.token}-{name}-{secrets.token_hex(2)}")
        return _with(
            container,
            labels=self._labels,
            cpuset_cpus=self._cores,
            log_config=LOGGED,
            mounts=list(volumes),
        )

    def _register(self, part: ContainerPart) -> None:
        """Note a part before it starts, so that `close` finds it even if its start is cut short."""
        with self._lock:
            if self._closed:
                raise StackError(f"The stack is closed; {part.name} cannot be started.")
            self._parts[part.name] = part

    def _started(self, name: str, start: Callable[[], Result]) -> Result:
        try:
            return start()
        except APIError as error:
            raise StartError(
                f"Expected the Docker engine to start {name}; it refused: {error.explanation}"
            ) from error

    def _log_of(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _folder(self, image: str, below: str) -> str:
        """Return a folder below the one in which an image's programs run."""
        config = self._client.images.get(image).attrs["Config"]
        return str(PurePosixPath(config["WorkingDir"] or "/") / below)

    def _first_conditions(self) -> dict[str, str]:
        found = self._images
        own = {f"{part}_image": self._identified(image) for part, image in found.own.items()}
        return {
            "engine": self.name,
            "network_mode": f"bridge, published on {LOOPBACK}",
            "docker": str(self._client.version()["Version"]),
            "python": python_version(self._client, found.system, self._labels),
            "base_origin": found.bases.origin,
            "broker_image": self._identified(found.broker),
            "system_image": self._identified(found.system),
            **own,
        }

    def _identified(self, image: str) -> str:
        return f"{image} {self._client.images.get(image).id}"


def _with(container: FilledContainer, **said: Any) -> FilledContainer:  # noqa: ANN401 -- docker-py's
    # `with_kwargs` puts what is given in the place of what was.
    container.with_kwargs(**container._kwargs, **said)  # noqa: SLF001 -- see above
    return container


def _as_docker_would(order: Launch) -> dict[str, Any]:
    """Return what is said of an image that is a part's own: nothing, unless the part says it."""
    entrypoint, user = _entrypoint(order.vessel), order.place.user
    said: dict[str, Any] = {} if entrypoint is None else {"entrypoint": entrypoint}
    return said | ({"user": user} if user else {})


def _discard_each(parts: list[ContainerPart]) -> None:
    for part in parts:
        part.discard()


def _names_data(order: Launch) -> bool:
    return any(DATA in text for text in (*order.command, *order.environment.values()))


def _entrypoint(vessel: Vessel) -> list[str] | None:
    """Return what takes the place of an image's entry point; None where that stays."""
    if vessel.whole:
        return []
    return None if vessel.entrypoint is None else list(vessel.entrypoint)
