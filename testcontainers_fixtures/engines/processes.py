"""Runs the parts of a stack as child processes of the harness, with a private RabbitMQ."""

import os
import platform
import secrets
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from signal import Signals

from testcontainers_fixtures.broker.broker_wishes import BrokerWishes
from testcontainers_fixtures.broker.installation import find_rabbitmq
from testcontainers_fixtures.broker.node import BrokerPorts
from testcontainers_fixtures.broker.private import PrivateBroker
from testcontainers_fixtures.engines.child import Child
from testcontainers_fixtures.engines.children import Children
from testcontainers_fixtures.engines.engine import Address, BrokerAccess, Launch, Running
from testcontainers_fixtures.engines.free_ports import LOOPBACK, Ports, require_free
from testcontainers_fixtures.engines.orphans import reap_orphans
from testcontainers_fixtures.engines.surroundings import Account, account, surroundings
from testcontainers_fixtures.errors import MissingNeedError, StackError
from testcontainers_fixtures.folders.temporary_folders import PREFIX
from testcontainers_fixtures.folders.writable_folders import temporary
from testcontainers_fixtures.part_contents.copied_files import put
from testcontainers_fixtures.part_contents.requirements_venv import environment_of
from testcontainers_fixtures.part_contents.volume_users import VolumeUsers

CLOSE_GRACE_S = 3.0


class ProcessesEngine:
    """Implements `engines.engine.Engine` without a Docker engine.

    `run_folder` gets `logs/` (kept) and `data/` (removed by `close`). Parts run in `cwd` with a
    minimal environment. `on_progress` hears what takes long: the first set-up of RabbitMQ. Making
    one reaps what killed harnesses have left running.
    """

    name = "processes"

    def __init__(
        self,
        run_folder: Path,
        *,
        cwd: Path | None = None,
        cache: Path | None = None,
        cores: frozenset[int] | None = None,
        on_progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        if sys.platform != "linux":
            raise MissingNeedError(
                f"The processes engine needs Linux, and this is {sys.platform}: "
                "start a Docker engine and use --engine containers."
            )
        reap_orphans()
        run_folder = run_folder.resolve()
        self._logs = run_folder / "logs"
        self._data = run_folder / "data"
        self._open_data = temporary() / f"{PREFIX}data-{secrets.token_hex(8)}"
        self._owners: dict[str, Account | None] = {}
        self._cwd = (cwd or Path.cwd()).resolve()
        self._cache = cache
        self._on_progress = on_progress
        self._ports = Ports()
        self._volumes = VolumeUsers()
        self._addresses: dict[tuple[str, int], Address] = {}
        self._broker: PrivateBroker | None = None
        self._conditions = {
            "engine": self.name,
            "network_mode": "loopback",
            "python": platform.python_version(),
        }
        self._children = Children(data=self._data, open_data=self._open_data, cores=cores)

    def __repr__(self) -> str:
        """Show what runs."""
        return f"<ProcessesEngine {self._children!r}>"

    def conditions(self) -> Mapping[str, str]:
        """Return engine, network_mode, python; with a broker rabbitmq, its source and erlang."""
        return dict(self._conditions)

    def runs(self, name: str) -> bool:  # noqa: ARG002 -- it can start anything
        """Return True: this engine can start a copy of any name."""
        return True

    def start_broker(
        self, *, vhost: str, user: str, wishes: BrokerWishes | None = None
    ) -> BrokerAccess:
        """Start a private RabbitMQ and return once it answers: about 4 s, plus set-up once."""
        if self._broker is not None:
            raise StackError("This engine already has a broker; it runs one a stack.")
        installation = find_rabbitmq(self._cache, self._on_progress)
        self._broker = PrivateBroker(
            installation=installation,
            children=self._children,
            folder=Path(self.data_folder("broker")),
            log=self._logs / "broker.log",
            ports=self._broker_ports(),
            vhost=vhost,
            user=user,
            wishes=wishes,
        )
        access = self._broker.start()
        self._conditions |= {"rabbitmq": access.version, "rabbitmq_source": installation.source}
        if self._broker.versions:
            self._conditions["erlang"] = self._broker.versions.erlang
        return access

    def broker(self) -> PrivateBroker:
        """Return the broker, which faults can kill, pause, stop and start again."""
        if self._broker is None:
            raise StackError("This stack has no broker; only one whose file has [broker] does.")
        return self._broker

    def reserve(self, name: str, port: int) -> Address:
        """Return a free loopback port for `port` of the copy `name`, the same until `close`.

        Two stacks may run side by side, so it is never `port` itself.
        """
        key = (name, port)
        if key not in self._addresses:
            self._addresses[key] = Address(host=LOOPBACK, port=self._ports.pick(), bind=LOOPBACK)
        return self._addresses[key]

    def data_folder(self, name: str, *, user: str = "") -> str:
        """Return the folder of the copy `name`, which is there and only readable by its owner.

        One that is another user's is not in the run folder, which that user may not enter.
        """
        if user:
            self._owners[name] = account(user, name)
        owner = self._owners.get(name)
        folder = (self._open_data if owner else self._data) / name
        if owner:
            self._open_data.mkdir(exist_ok=True)
            self._open_data.chmod(0o711)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if owner:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        return str(folder)

    def volume_folder(self, name: str, inside: str) -> str:  # noqa: ARG002 -- a process has no path of its own
        """Return the folder of the volume `name`, which parts of several users may write to."""
        folder = self._open_data / f"volume.{name}"
        if not folder.exists():
            self._open_data.mkdir(exist_ok=True)
            self._open_data.chmod(0o711)
            folder.mkdir(exist_ok=True)
            folder.chmod(0o777)
        return str(folder)

    def launch(self, order: Launch) -> Running:
        """Start one copy and return before it is ready.

        Raises MissingNeedError when its port is taken or its program is not there.
        """
        for address in (*([order.address] if order.address else []), *order.ports.values()):
            require_free(address.port, order.name)
        if order.fresh and not order.data_of:
            shutil.rmtree(self.data_folder(order.name))
        self.data_folder(order.data_owner)
        self._fill(order)
        return self._start(order)

    def close(self) -> None:
        """End everything this engine started and remove its data; safe to call twice."""
        disposable = self._broker.children if self._broker else []
        try:
            self._children.close(grace_s=CLOSE_GRACE_S, disposable=disposable)
        finally:
            for folder in (self._data, self._open_data):
                shutil.rmtree(folder, ignore_errors=True)

    def _fill(self, order: Launch) -> None:
        for name, inside in order.contents.volumes.items():
            if self._volumes.begins(name, order.name, fresh=order.fresh):
                shutil.rmtree(self.volume_folder(name, inside))
                self.volume_folder(name, inside)
        if order.fresh and order.contents.files:
            owner = self._owners.get(order.name)
            ids = (owner.pw_uid, owner.pw_gid) if owner else None
            put(order.contents.files, Path(self.data_folder(order.name)), order.name, owner=ids)

    def _start(self, order: Launch) -> Child:
        place = order.place
        if place.requirements:
            file = self._cwd / place.folder / place.requirements
            venv = environment_of(file, order.name, self._on_progress)
            place = replace(place, python=str(venv))
        around = surroundings(place, order.name, root=self._cwd, settings=order.environment)
        child = self._children.start(
            order.name,
            url=order.address.url if order.address else "",
            command=around.located(order.command, order.name),
            around=around,
            log=self._logs / f"{order.name}.log",
            stop_signal=Signals[order.stop_signal],
        )
        child.ports = {name: f"{at.host}:{at.port}" for name, at in order.ports.items()}
        return child

    def _broker_ports(self) -> BrokerPorts:
        pick = self._ports.pick
        return BrokerPorts(amqp=pick(), management=pick(), epmd=pick(), distribution=pick())
