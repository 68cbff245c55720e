"""What keeps a connection from standing: said once, told to callers, and waited out."""

import logging
import random
from collections.abc import Mapping
from typing import Any, Final

import structlog
from yarl import URL

from system.wire.broker_errors import BrokerRefusedError
from system.wire.broker_login import BrokerSettings
from system.wire.rpc_errors import BrokerDownError, NotRunError

# How much of the pause between two attempts is chance, so that not all come back at once.
JITTER: Final = 0.5
# After each refusal in a row the pause is twice as long, but for the jitter no longer than so:
# whoever grants a right sees it work while he looks.
REFUSED_PAUSE_S: Final = 4.0

log = structlog.stdlib.get_logger(__name__)


class Outage:
    """Of one connection, at present or last: what it is, and how soon it is tried again."""

    def __init__(self, settings: BrokerSettings, name: str) -> None:
        self.settings = settings
        self.name = name
        self._refused: NotRunError | None = None
        self._in_a_row = 0
        self._said = ""

    def __repr__(self) -> str:
        """Show what callers are told."""
        return f"<Outage {self.fault().reason}>"

    def fault(self) -> NotRunError:
        """Return why no call can be sent while it lasts."""
        if self._refused is None:
            return BrokerDownError()
        return type(self._refused)(str(self._refused), retry_after_s=REFUSED_PAUSE_S)

    def pause_s(self) -> float:
        """Return how long to wait before the next attempt."""
        pause_s = self.settings.reconnect_interval_s
        if self._in_a_row:
            pause_s = min(pause_s * 2**self._in_a_row, REFUSED_PAUSE_S)
        return pause_s * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 -- spreads attempts, hides nothing

    def over(self) -> None:
        """Note that the connection stands."""
        self._refused, self._in_a_row, self._said = None, 0, ""

    def refused(self, error: BrokerRefusedError) -> None:
        """Note that the broker is there, and what it refuses."""
        self._refused = error.fault
        self._in_a_row += 1
        url = URL(self.settings.url)
        told = {"user": url.user, "vhost": url.path.lstrip("/"), "said": str(error.__cause__ or "")}
        self._say("the broker refuses what is needed", str(error), told)

    def broken(self, error: Exception) -> None:
        """Note that there is no broker, or that it broke off."""
        self._refused, self._in_a_row = None, 0
        self._say("no connection to the broker yet", repr(error), {})

    def defect(self, error: Exception) -> None:
        """Note what nobody foresaw: whoever looks must see it, and the next attempt may go well."""
        self._refused, self._in_a_row = None, 0
        said = {"exc_info": error}
        self._say("a connection ended for a defect in here", repr(error), said, logging.ERROR)

    def _say(
        self, what: str, error: str, told: Mapping[str, Any], level: int = logging.WARNING
    ) -> None:
        # Once, not twice a second.
        if self._said != error:
            log.log(level, what, name=self.name, error=error, **told)
        self._said = error
