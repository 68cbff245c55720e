"""Runs a private RabbitMQ as a child process: loopback only, with data and users of its own."""

from pathlib import Path

from testcontainers_fixtures.broker.broker_readiness import Versions, await_broker
from testcontainers_fixtures.broker.broker_wishes import BrokerWishes
from testcontainers_fixtures.broker.control import controlled
from testcontainers_fixtures.broker.installation import Installation
from testcontainers_fixtures.broker.node import BrokerPorts, NodeSetup
from testcontainers_fixtures.engines.child import Child
from testcontainers_fixtures.engines.children import Children
from testcontainers_fixtures.engines.engine import BrokerAccess, Usage
from testcontainers_fixtures.engines.free_ports import LOOPBACK
from testcontainers_fixtures.engines.surroundings import Surroundings
from testcontainers_fixtures.errors import StackError

START_TIMEOUT_S = 60.0


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
        wishes: BrokerWishes | None = None,
    ) -> None:
        self.url = f"amqp://{LOOPBACK}:{ports.amqp}"
        self.ports = ports
        self.versions: Versions | None = None
        self._installation = installation
        self._children = children
        self._log = log
        self._setup = NodeSetup(
            folder=folder, ports=ports, vhost=vhost, user=user, wishes=wishes or BrokerWishes()
        )
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

        Raises MissingNeedError when a port is taken, StartError when it ends early or
        after `timeout_s`.
        """
        if self.alive():
            raise StackError(f"The broker already runs on {self.url}; stop it before starting it.")
        if self._epmd is None or not self._epmd.alive():
            self.ports.require_free()
            self._setup.write_files()
            self._epmd = self._start_epmd()
        self._node = self._start_node()
        self.versions = await_broker(
            self._setup.endpoint(), alive=self.alive, log_tail=self.log_tail, timeout_s=timeout_s
        )
        return self._setup.access(self.versions.rabbitmq)

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

    def control(self, *arguments: str) -> str:
        """Run `rabbitmqctl` and return what it says; it takes about a second."""
        command = (str(self._installation.control), *arguments)
        return controlled(command, self._setup.environment(self._installation.programs))

    def configure(self, lines: str) -> None:
        """Let these lines stand behind its rabbitmq.conf from its next start on."""
        self._setup.write_lines(lines)

    def usage(self) -> Usage | None:
        """Return what the node has used; None when it does not run."""
        return self._node.usage() if self._node else None

    def _started(self) -> Child:
        if self._node is None:
            raise StackError("The broker was never started; start it before doing this to it.")
        return self._node

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
            around=Surroundings(
                environment=self._setup.environment(self._installation.programs),
                cwd=self._setup.folder,
            ),
            log=self._log.with_name(f"{name}.log"),
        )
