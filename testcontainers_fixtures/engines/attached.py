"""A system that is already up, perhaps somebody else's: nothing is started or stopped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import msgspec

from testcontainers_fixtures.broker.broker_wishes import BrokerWishes
from testcontainers_fixtures.engines.engine import Address, BrokerAccess, Launch, Running
from testcontainers_fixtures.errors import NoAnswerError, NotOursError, SpecError, StackError
from testcontainers_fixtures.http_client.http_exchange import exchange

CALL_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class AttachedPart:
    """One part behind a URL; it can be asked, and neither killed nor paused."""

    name: str
    url: str

    def alive(self) -> bool:
        """Return True: its readiness request tells more than we could know."""
        return True

    def log_tail(self, lines: int = 20) -> str:  # noqa: ARG002 -- there is no log to take lines from
        """Return nothing: it logs where it runs."""
        return ""

    def stop(self, *, grace_s: float) -> None:  # noqa: ARG002 -- it refuses
        """Refuse: it is not ours."""
        raise NotOursError(f"{self.name} at {self.url} was attached to; it is not ours to stop.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedEngine:
    """Implements `engines.engine.Engine` over URLs, by the name of the copy behind each."""

    urls: Mapping[str, str]
    amqp: str | None = None
    management: str | None = None
    name: str = field(default="attached", init=False)

    def conditions(self) -> Mapping[str, str]:
        """Return the engine; of the network only that it is somebody else's."""
        return {"engine": self.name, "network_mode": "as attached"}

    def runs(self, name: str) -> bool:
        """Tell whether a URL was given for that copy."""
        return name in self.urls

    def start_broker(
        self,
        *,
        vhost: str,  # noqa: ARG002 -- the URL says both
        user: str,  # noqa: ARG002 -- see above
        wishes: BrokerWishes | None = None,  # noqa: ARG002 -- it is set up already
    ) -> BrokerAccess:
        """Return what the AMQP URL says; the version comes from the management API, if given."""
        url = urlsplit(self.amqp or "amqp://unknown:5672/")
        return BrokerAccess(
            host=url.hostname or "",
            port=url.port or 5672,
            user=unquote(url.username or ""),
            password=unquote(url.password or ""),
            vhost=unquote(url.path.removeprefix("/")),
            amqp_url=self.amqp or "",
            management_url=self.management or "",
            version=self._version(),
        )

    def broker(self) -> Running:
        """Refuse: the broker is not ours to break."""
        raise NotOursError("The broker was attached to; it is not ours to stop or break.")

    def reserve(self, name: str, port: int) -> Address:
        """Return where the part is; one without a URL is only named."""
        url = urlsplit(self.urls.get(name, f"http://{name}:{port}"))
        return Address(host=url.hostname or name, port=url.port or port, bind=url.hostname or name)

    def data_folder(self, name: str, *, user: str = "") -> str:  # noqa: ARG002 -- no part has one here
        """Return nothing: its data are where it runs."""
        return ""

    def volume_folder(self, name: str, inside: str) -> str:  # noqa: ARG002 -- as with its data
        """Return where it would be in a container."""
        return inside

    def launch(self, order: Launch) -> Running:
        """Return the part behind the URL; nothing is started."""
        if order.name not in self.urls:
            raise SpecError(f"Expected a URL for {order.name}; none was given.")
        return AttachedPart(order.name, self.urls[order.name].rstrip("/"))

    def close(self) -> None:
        """Do nothing: nothing was started."""

    def _version(self) -> str:
        if not self.management:
            return "unknown"
        url = urlsplit(self.management)
        try:
            answer = exchange(self.management, "GET", "/api/overview", within_s=CALL_TIMEOUT_S)
            return msgspec.json.decode(answer.body, type=_Overview).rabbitmq_version
        except NoAnswerError as error:
            seen = str(error)
        except msgspec.DecodeError:
            seen = f"{answer.status} {answer.reason}"
        raise StackError(
            f"Expected RabbitMQ's management API at {url.hostname}:{url.port} to tell its "
            f"version; seen: {seen}. Check URL and user, or leave it out."
        )


class _Overview(msgspec.Struct):
    rabbitmq_version: str
