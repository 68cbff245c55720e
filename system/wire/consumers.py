"""How many resolvers consume the work queue, asked once for all calls of a short while."""

import asyncio
import time

from system.wire.broker_errors import BROKEN
from system.wire.broker_liveness import read
from system.wire.connection import BrokerConnection
from system.wire.rpc_errors import BrokerBlockedError

# How long an answer to "does anybody consume the work queue?" is believed.
CONSUMERS_BELIEVED_S = 0.025


class Consumers:
    """The number of consumers of the work queue; `ask` while it is `stale`."""

    def __init__(self, connection: BrokerConnection) -> None:
        self.connection = connection
        self.count = 0
        self._believed_until_s = 0.0
        self._asking: asyncio.Task[None] | None = None

    def forget(self) -> None:
        """Believe nothing that an earlier connection told."""
        self._asking, self._believed_until_s = None, 0.0

    @property
    def stale(self) -> bool:
        """Tell whether the count is older than CONSUMERS_BELIEVED_S."""
        return time.monotonic() >= self._believed_until_s

    async def ask(self) -> None:
        """Count anew, together with all who ask meanwhile.

        Raises BrokerBlockedError, or why there is no broker, where it does not say within its time.
        """
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(read)
        # Not cancelled when the time is over: a call that is broken off takes its channel with it.
        asking = self._asking
        await asyncio.wait({asking}, timeout=self.connection.settings.answer_timeout_s)
        if not asking.done():
            raise BrokerBlockedError if self.connection.blocked else self.connection.outage.fault()
        try:
            asking.result()
        except (*BROKEN, asyncio.CancelledError) as error:
            raise self.connection.outage.fault() from error

    async def _ask(self) -> None:
        self.count = await self.connection.consumers()
        self._believed_until_s = time.monotonic() + CONSUMERS_BELIEVED_S
