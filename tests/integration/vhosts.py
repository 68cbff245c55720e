"""A vhost and a user of their own on the shared broker, with just the rights that a test gives."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote
from uuid import uuid4

import httpx

from system.wire import topology
from system.wire.connection import BrokerSettings
from testcontainers_fixtures.engines.engine import BrokerAccess

ALL = ".*"
EXCHANGES = ("rpc.dlx", "rpc.withdrawn")


@dataclass
class Tenant:
    """Who may do what where; `grant` changes that, and `settings` is how an end logs in."""

    access: BrokerAccess
    api: httpx.Client
    name: str = field(default_factory=lambda: f"t{uuid4().hex[:8]}")
    password: str = field(default_factory=lambda: uuid4().hex)

    @property
    def settings(self) -> BrokerSettings:
        """Return how one of the two ends reaches the vhost."""
        return self.logged_in(self.password)

    def logged_in(self, password: str) -> BrokerSettings:
        """Return the settings of one who shows this password."""
        host = f"{self.access.host}:{self.access.port}"
        return BrokerSettings(url=f"amqp://{self.name}:{password}@{host}/{self.name}")

    @property
    def environment(self) -> dict[str, str]:
        """Return the same for a process of its own."""
        return {
            "RMQ_HOST": self.access.host,
            "RMQ_PORT": str(self.access.port),
            "RMQ_USER": self.name,
            "RMQ_VHOST": self.name,
            "RMQ_PASS": self.password,
        }

    def put(self, path: str, body: object) -> None:
        """Put something at a path of the management API."""
        self.api.put(path, json=body).raise_for_status()

    def grant(self, configure: str = ALL, write: str = ALL, read: str = ALL) -> None:
        """Give these rights in place of those before."""
        rights = {"configure": configure, "write": write, "read": read}
        self.put(f"/permissions/{self.name}/{self.name}", rights)

    def grant_nothing(self) -> None:
        """Take the vhost away."""
        self.api.delete(f"/permissions/{self.name}/{self.name}").raise_for_status()

    def declare(self, queue: str, arguments: dict[str, object], *, durable: bool = True) -> None:
        """Declare a queue as operations would."""
        said = {"durable": durable, "auto_delete": False, "arguments": arguments}
        self.put(f"/queues/{self.name}/{quote(queue)}", said)

    def set_up(self) -> None:
        """Declare what both ends share, so that nobody needs the right to."""
        self.declare("resolve", dict(topology.WORK.arguments))
        for exchange in EXCHANGES:
            self.put(f"/exchanges/{self.name}/{exchange}", {"type": "fanout", "durable": True})

    def delete(self, queue: str) -> None:
        """Delete a queue."""
        self.api.delete(f"/queues/{self.name}/{queue}").raise_for_status()


@contextlib.contextmanager
def tenant(access: BrokerAccess) -> Iterator[Tenant]:
    """Give a vhost whose user has all rights; it is deleted again."""
    with httpx.Client(base_url=f"{access.management_url}/api", timeout=10) as api:
        made = Tenant(access, api)
        made.put(f"/vhosts/{made.name}", {})
        made.put(
            f"/permissions/{made.name}/harness",
            dict.fromkeys(("configure", "write"), ALL) | {"read": ALL},
        )
        made.put(f"/users/{made.name}", {"password": made.password, "tags": ""})
        made.grant()
        try:
            yield made
        finally:
            api.delete(f"/vhosts/{made.name}")
            api.delete(f"/users/{made.name}")
