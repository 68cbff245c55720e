"""What a private RabbitMQ node is set up with: ports, users, files and environment."""

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from testcontainers_fixtures.broker import broker_configuration
from testcontainers_fixtures.broker.broker_readiness import BrokerEndpoint
from testcontainers_fixtures.broker.broker_wishes import BrokerWishes
from testcontainers_fixtures.engines.engine import BrokerAccess
from testcontainers_fixtures.engines.free_ports import LOOPBACK, require_free
from testcontainers_fixtures.engines.surroundings import minimal_environment

NODE = "rabbit@localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerPorts:
    """Where it listens on the loopback address; the last two are Erlang's own."""

    amqp: int
    management: int
    epmd: int
    distribution: int

    def require_free(self) -> None:
        """Raise MissingNeedError where somebody else listens on one of them."""
        for port in (self.amqp, self.management, self.epmd, self.distribution):
            require_free(port, "the broker")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSetup:
    """A node's folder, which holds its configuration and its data, and who may do what on it."""

    folder: Path
    ports: BrokerPorts
    vhost: str
    user: str
    wishes: BrokerWishes = field(default_factory=BrokerWishes)
    monitor_password: str = field(default_factory=broker_configuration.new_password, repr=False)

    def write_files(self) -> None:
        """Write what the node reads when it starts."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "definitions.json").write_text(self._definitions(), encoding="utf-8")
        (self.folder / "rabbitmq.conf").write_text(self._rabbitmq_conf(), encoding="utf-8")
        plugins = broker_configuration.enabled_plugins(self.wishes.plugins)
        (self.folder / "enabled_plugins").write_text(plugins)
        _write_cookie(self.folder / ".erlang.cookie")

    def write_lines(self, lines: str) -> None:
        """Write what is to stand behind rabbitmq.conf from the next start on."""
        added = self.folder / "conf.d"
        added.mkdir(exist_ok=True)
        (added / "90-asked.conf").write_text(lines + "\n", encoding="utf-8")

    def environment(self, programs: Iterable[Path]) -> dict[str, str]:
        """Return the environment of the node and of its epmd; `programs` come first on PATH."""
        base = minimal_environment()
        folder = str(self.folder)
        return base | {
            "PATH": os.pathsep.join((*map(str, programs), base["PATH"])),
            "HOME": folder,
            "ERL_EPMD_PORT": str(self.ports.epmd),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_CRASH_DUMP_SECONDS": "0",
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_DIST_PORT": str(self.ports.distribution),
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{folder}/config",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            # What an administrator has set up under /etc/rabbitmq is for another broker.
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/advanced.config",
            "RABBITMQ_CONFIG_FILES": f"{folder}/conf.d",
            # With input allowed its script becomes Erlang instead of waiting beside it, so that
            # signals, and the kernel's when the harness dies, reach the node itself.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_START_ARGS": "-noinput -start_epmd false "
            + broker_configuration.DISTRIBUTED_ON_LOOPBACK,
            **broker_configuration.CONTROL_ENVIRONMENT,
        }

    def endpoint(self) -> BrokerEndpoint:
        """Return where it must answer to be ready, and as whom it is asked."""
        return BrokerEndpoint(
            host=LOOPBACK,
            amqp_port=self.ports.amqp,
            management_port=self.ports.management,
            user=broker_configuration.MONITOR,
            password=self.monitor_password,
        )

    def access(self, version: str) -> BrokerAccess:
        """Return how parts and harness reach it."""
        return BrokerAccess(
            host=LOOPBACK,
            port=self.ports.amqp,
            user=self.user,
            password=self.wishes.password,
            vhost=self.vhost,
            amqp_url=broker_configuration.amqp_url(
                host=LOOPBACK,
                port=self.ports.amqp,
                user=self.user,
                password=self.wishes.password,
                vhost=self.vhost,
            ),
            management_url=broker_configuration.management_url(
                host=LOOPBACK, port=self.ports.management, password=self.monitor_password
            ),
            version=version,
        )

    def _definitions(self) -> str:
        return self.wishes.document(
            vhost=self.vhost, user=self.user, monitor_password=self.monitor_password
        )

    def _rabbitmq_conf(self) -> str:
        return broker_configuration.rabbitmq_conf(
            definitions_file=str(self.folder / "definitions.json"),
            bind=LOOPBACK,
            amqp_port=self.ports.amqp,
            management_port=self.ports.management,
            lines=self.wishes.lines(self.user),
        )


def _write_cookie(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(16))
    path.chmod(0o400)
