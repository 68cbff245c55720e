"""RabbitMQ in a container: set up by two files alone, so that every base image behaves alike."""

import io
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from testcontainers.core.container import DockerContainer

from testcontainers_fixtures.broker import broker_configuration
from testcontainers_fixtures.broker.broker_readiness import BrokerEndpoint, Versions, await_broker
from testcontainers_fixtures.broker.broker_wishes import BrokerWishes
from testcontainers_fixtures.broker.control import settled
from testcontainers_fixtures.engines.container_command import ran_inside
from testcontainers_fixtures.engines.container_part import ContainerPart
from testcontainers_fixtures.engines.docker_access import LOOPBACK
from testcontainers_fixtures.engines.engine import BrokerAccess
from testcontainers_fixtures.engines.ownership import if_there

NAME = "broker"
USER = "rabbitmq"
AMQP_PORT, MANAGEMENT_PORT = 5672, 15672
FOLDER = "/etc/gatewaybench"
START_TIMEOUT_S = 60.0
ENVIRONMENT = {
    # Names resolve to an address that Docker gives later; the node need not know it.
    "RABBITMQ_NODENAME": "rabbit@localhost",
    "RABBITMQ_CONFIG_FILE": f"{FOLDER}/rabbitmq.conf",
    "RABBITMQ_ENABLED_PLUGINS_FILE": f"{FOLDER}/enabled_plugins",
    # What an image brings under /etc/rabbitmq is for another broker.
    "RABBITMQ_CONFIG_FILES": f"{FOLDER}/conf.d",
    "RABBITMQ_CONF_ENV_FILE": "/dev/null",
    # With input allowed its script becomes Erlang, so that signals reach the node itself.
    "RABBITMQ_ALLOW_INPUT": "1",
    # Erlang reserves memory for as many files as it may open, and an engine may allow a billion.
    "RABBITMQ_SERVER_START_ARGS": "-noinput +Q 65536",
    **broker_configuration.CONTROL_ENVIRONMENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSetup:
    """Who may use the broker, and where it is published on the loopback address."""

    vhost: str
    user: str
    monitor_password: str
    amqp_port: int
    management_port: int
    wishes: BrokerWishes

    @property
    def files(self) -> dict[str, str]:
        """Return what must stand in the container before it starts, by path."""
        return {
            f"{FOLDER}/definitions.json": self.wishes.document(
                vhost=self.vhost, user=self.user, monitor_password=self.monitor_password
            ),
            f"{FOLDER}/rabbitmq.conf": broker_configuration.rabbitmq_conf(
                definitions_file=f"{FOLDER}/definitions.json",
                amqp_port=AMQP_PORT,
                management_port=MANAGEMENT_PORT,
                lines=self.wishes.lines(self.user),
            ),
            f"{FOLDER}/enabled_plugins": broker_configuration.enabled_plugins(self.wishes.plugins),
        }

    @property
    def endpoint(self) -> BrokerEndpoint:
        """Return where the harness asks whether it is ready."""
        return BrokerEndpoint(
            host=LOOPBACK,
            amqp_port=self.amqp_port,
            management_port=self.management_port,
            user=broker_configuration.MONITOR,
            password=self.monitor_password,
        )

    def access(self, version: str) -> BrokerAccess:
        """Return how parts and harness reach it."""
        return BrokerAccess(
            host=NAME,
            port=AMQP_PORT,
            user=self.user,
            password=self.wishes.password,
            vhost=self.vhost,
            amqp_url=broker_configuration.amqp_url(
                host=LOOPBACK,
                port=self.amqp_port,
                user=self.user,
                password=self.wishes.password,
                vhost=self.vhost,
            ),
            management_url=broker_configuration.management_url(
                host=LOOPBACK, port=self.management_port, password=self.monitor_password
            ),
            version=version,
        )


class ContainerBroker(ContainerPart):
    """A broker that can be killed, paused, stopped and started again: same addresses, same data."""

    def __init__(self, setup: BrokerSetup, *, container: DockerContainer, log: Path) -> None:
        url = f"amqp://{LOOPBACK}:{setup.amqp_port}"
        super().__init__(NAME, url=url, container=container, log=log)
        self._setup = setup
        self.versions: Versions | None = None
        for path, text in setup.files.items():
            container.with_copy_into_container(text.encode(), path)

    def start(self, *, timeout_s: float = START_TIMEOUT_S) -> BrokerAccess:
        """Start it, or start it again after `kill` or `stop`; return once it answers.

        Raises:
            StartError: it ended early, or did not answer within `timeout_s`.

        """
        if self._created:
            self._docker().start()
        else:
            self.launch()
        self.versions = await_broker(
            self._setup.endpoint, alive=self.alive, log_tail=self.log_tail, timeout_s=timeout_s
        )
        return self._setup.access(self.versions.rabbitmq)

    def control(self, *arguments: str) -> str:
        """Run `rabbitmqctl` inside and return what it says."""
        command = ["rabbitmqctl", *arguments]
        return settled(
            command, *ran_inside(self._docker(), command, user=USER, environment=ENVIRONMENT)
        )

    def configure(self, lines: str) -> None:
        """Let these lines stand behind its rabbitmq.conf from its next start on."""
        self._docker().put_archive("/", _archive(f"{FOLDER}/conf.d/90-asked.conf", lines + "\n"))

    def _end(self, end: Callable[[], object]) -> None:
        """End it, and keep its container: it may be started again, and `discard` removes it."""
        with self._lock:
            if not self._gone:
                if_there(end)


def _archive(path: str, text: str) -> bytes:
    """Return a tar archive with one file that everybody may read."""
    held, data = io.BytesIO(), text.encode()
    with tarfile.open(fileobj=held, mode="w") as archive:
        entry = tarfile.TarInfo(path.lstrip("/"))
        entry.size, entry.mode = len(data), 0o644
        archive.addfile(entry, io.BytesIO(data))
    return held.getvalue()
