"""Runs a private RabbitMQ as a child process: loopback only, with data and users of its own."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from testcontainers_fixtures.broker import configuration
from testcontainers_fixtures.broker.installation import Installation
from testcontainers_fixtures.broker.readiness import Endpoint, Versions, await_broker
from testcontainers_fixtures.engines.child import Child
from testcontainers_fixtures.engines.children import Children
from testcontainers_fixtures.engines.environment import minimal_environment
from testcontainers_fixtures.engines.ports import LOOPBACK, require_free
from testcontainers_fixtures.engines.protocol import BrokerAccess, Usage
from testcontainers_fixtures.errors import StackError

START_TIMEOUT_S = 60.0
NODE = "rabbit@localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerPorts:
    """Where it listens on the loopback address; the last two are Erlang's own."""

    amqp: int
    management: int
    epmd: int
    distribution: int

    def require_free(self) -> None:
        """Raise MissingNeed where somebody else listens on one of them."""
        for port in (self.amqp, self.management, self.epmd, self.distribution):
            require_free(port, "the broker")


class PrivateBroker:
    """A RabbitMQ that can be killed, paused, stopped and started again: same ports, same data.

    It lives until the `Children` it was started with are closed. `folder` holds its configuration
    and its data, `log` everything it says.
    """

    name = "broker"

    def __init__(  # noqa: PLR0913 -- the run's places and the stack file's names, each once
        self,
        *,
        installation: Installation,
        children: Children,
        folder: Path,
        log: Path,
        ports: BrokerPorts,
        vhost: str,
        user: str,
    ) -> None:
        self.url = f"amqp://{LOOPBACK}:{ports.amqp}"
        self.ports = ports
        self.versions: Versions | None = None
        self._installation = installation
        self._children = children
        self._folder = folder
        self._log = log
        self._vhost, self._user = vhost, user
        self._password = configuration.new_password()
        self._monitor_password = configuration.new_password()
        self._epmd: Child | None = None
        self._node: Child | None = None

    def __repr__(self) -> str:
        """Show where it listens and whether it runs, never its passwords."""
        return f"<PrivateBroker {self.url} {'alive' if self.alive() else 'not running'}>"

    @property
    def children(self) -> list[Child]:
        """Return its processes as last started: epmd, then the node."""
        return [child for child in (self._epmd, self._node) if child is not None]

    def start(self, *, timeout_s: float = START_TIMEOUT_S) -> BrokerAccess:
        """Start it, or start it again after `kill` or `stop`; return once it answers.

        Raises MissingNeed when a port is taken, StartError when it ends early or after `timeout_s`.
        """
        if self.alive():
            raise StackError(f"The broker already runs on {self.url}; stop it before starting it.")
        if self._epmd is None or not self._epmd.alive():
            self.ports.require_free()
            self._write_configuration()
            self._epmd = self._start_epmd()
        self._node = self._start_node()
        self.versions = await_broker(
            self._endpoint(), alive=self.alive, log_tail=self.log_tail, timeout_s=timeout_s
        )
        return self._access(self.versions)

    def alive(self) -> bool:
        """Tell whether the node runs."""
        return self._node is not None and self._node.alive()

    def log_tail(self, lines: int = 20) -> str:
        """Return its last log lines since it was started."""
        return self._node.log_tail(lines) if self._node else ""

    def stop(self, *, grace_s: float) -> None:
        """Shut it down; RabbitMQ takes about 6 s to do so in order."""
        self._started().stop(grace_s=grace_s)

    def kill(self) -> None:
        """End it at once; returns when it is gone."""
        self._started().kill()

    def pause(self) -> None:
        """Freeze it: its connections stay open and nothing answers."""
        self._started().pause()

    def resume(self) -> None:
        """Thaw it again."""
        self._started().resume()

    def usage(self) -> Usage | None:
        """Return what the node has used; None when it does not run."""
        return self._node.usage() if self._node else None

    def _started(self) -> Child:
        if self._node is None:
            raise StackError("The broker was never started; start it before doing this to it.")
        return self._node

    def _write_configuration(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "definitions.json").write_text(
            configuration.definitions(
                vhost=self._vhost,
                user=self._user,
                password=self._password,
                monitor_password=self._monitor_password,
            ),
            encoding="utf-8",
        )
        (self._folder / "rabbitmq.conf").write_text(
            configuration.rabbitmq_conf(
                definitions_file=str(self._folder / "definitions.json"),
                bind=LOOPBACK,
                amqp_port=self.ports.amqp,
                management_port=self.ports.management,
            ),
            encoding="utf-8",
        )
        (self._folder / "enabled_plugins").write_text(configuration.ENABLED_PLUGINS)
        _write_cookie(self._folder / ".erlang.cookie")

    def _start_epmd(self) -> Child:
        # In the foreground: as a daemon it would leave the session and outlive the broker.
        command = (str(self._installation.epmd), "-address", LOOPBACK)
        return self._child("epmd", (*command, "-port", str(self.ports.epmd)))

    def _start_node(self) -> Child:
        return self._child("broker", (str(self._installation.server),))

    def _child(self, name: str, command: tuple[str, ...]) -> Child:
        return self._children.start(
            name,
            url=self.url,
            command=command,
            environment=self._environment(),
            cwd=self._folder,
            log=self._log.with_name(f"{name}.log"),
        )

    def _environment(self) -> dict[str, str]:
        base = minimal_environment()
        programs = map(str, self._installation.programs)
        folder = str(self._folder)
        return base | {
            "PATH": os.pathsep.join((*programs, base["PATH"])),
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
            "-kernel inet_dist_use_interface {127,0,0,1}",
        }

    def _endpoint(self) -> Endpoint:
        return Endpoint(
            host=LOOPBACK,
            amqp_port=self.ports.amqp,
            management_port=self.ports.management,
            user=configuration.MONITOR,
            password=self._monitor_password,
        )

    def _access(self, versions: Versions) -> BrokerAccess:
        return BrokerAccess(
            host=LOOPBACK,
            port=self.ports.amqp,
            user=self._user,
            password=self._password,
            vhost=self._vhost,
            amqp_url=configuration.amqp_url(
                host=LOOPBACK,
                port=self.ports.amqp,
                user=self._user,
                password=self._password,
                vhost=self._vhost,
            ),
            management_url=configuration.management_url(
                host=LOOPBACK, port=self.ports.management, password=self._monitor_password
            ),
            version=versions.rabbitmq,
        )


def _write_cookie(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(secrets.token_hex(16))
    path.chmod(0o400)
