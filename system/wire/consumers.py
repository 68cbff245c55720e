"""How many resolvers consume the work queue, asked once for all calls of a short while.

While calls come it is asked anew aside, before the answer is too old: no call waits for it then.
"""

import asyncio
import time
from contextlib import suppress

from system.wire.broker_errors import BROKEN
from system.wire.broker_liveness import read
from system.wire.connection import BrokerConnection
from system.wire.rpc_errors import BrokerBlockedError, RpcError

# How long an answer to "does anybody consume the work queue?" is believed, how much sooner it is
# asked anew, and for how long after a call: asking costs the broker and this process some CPU.
CONSUMERS_BELIEVED_S = 0.025
ASKED_SOONER_S = 0.005
ASKED_AFTER_CALL_S = 1.0


class Consumers:
    """The number of consumers of the work queue; `ask` while it is `stale`, `used` by each call."""

    def __init__(self, connection: BrokerConnection) -> None:
        self.connection = connection
        self.count = 0
        self._believed_until_s = 0.0
        self._asking: asyncio.Task[None] | None = None
        self._used_s = 0.0
        self._keeping: asyncio.Task[None] | None = None

    def forget(self) -> None:
        """Believe nothing that an earlier connection told."""
        self._asking, self._believed_until_s = None, 0.0
        if self._keeping:
            self._keeping.cancel()

    @property
    def stale(self) -> bool:
        """Tell whether the count is older than CONSUMERS_BELIEVED_S."""
        return time.monotonic() >= self._believed_until_s

    def used(self) -> None:
        """Note that a call has come, after which the count is kept fresh for a while."""
        self._used_s = time.monotonic()
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep())

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

    async def _keep(self) -> None:
        """Ask anew in time for as long as calls come; the next call meets what goes wrong here."""
        with suppress(RpcError):
            while time.monotonic() < self._used_s + ASKED_AFTER_CALL_S:
                until_s = self._believed_until_s - ASKED_SOONER_S
                await asyncio.sleep(max(0.0, until_s - time.monotonic()))
                await self.ask()
