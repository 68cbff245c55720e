"""A Gunicorn worker that ends politely: `gunicorn -k system.chassis.worker.Worker`.

Uvicorn closes idle connections at once when it is told to end. A client that keeps its connections
may be sending its next request at that very moment, and then cannot know whether it was executed.
So for a while every answer says that its connection closes, and only silent connections are closed
unasked. New connections are refused from the beginning; those that the kernel had taken already,
and would reset with the listening socket, are served.
"""

import asyncio
import socket
import sys
from collections.abc import Iterator
from typing import Any, Final

from gunicorn.arbiter import Arbiter
from uvicorn.server import Server
from uvicorn_worker import UvicornWorker

from system import memory
from system.chassis.http_protocol import BoundedProtocol

FAREWELL_S: Final = 0.5
_LOOKED_EVERY_S: Final = 0.02


class FarewellServer(Server):
    """Settles once it is up, and tells the clients that are still connected before it closes."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Have the application start and listen, then settle."""
        await super().startup(sockets)
        memory.settle()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Refuse new connections, say farewell to the old ones, finish what runs, and end."""
        taken = [one for listening in sockets or [] for one in _taken_by_kernel(listening)]
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        await self._serve_too(taken)
        self._say_farewell()
        await self._until_all_have_heard()
        await super().shutdown(sockets)

    async def _serve_too(self, taken: list[socket.socket]) -> None:
        loop = asyncio.get_running_loop()
        for connection in taken:
            await loop.connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> asyncio.Protocol:
        # As the base class makes one for each connection.
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg] # its base class is told nothing
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    def _say_farewell(self) -> None:
        self.server_state.default_headers.append((b"connection", b"close"))
        for connection in self.server_state.connections:
            cycle = getattr(connection, "cycle", None)
            if cycle is not None:
                cycle.keep_alive = False

    async def _until_all_have_heard(self) -> None:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + FAREWELL_S
        while self.server_state.connections and loop.time() < until_s and not self.force_exit:  # noqa: ASYNC110 -- uvicorn tells nobody of it
            await asyncio.sleep(_LOOKED_EVERY_S)


class Worker(UvicornWorker):
    """Uvicorn's worker with a server that says farewell, and connections within bounds."""

    # No part speaks WebSocket, whose own protocol has other bounds.
    CONFIG_KWARGS: dict[str, Any] = {  # noqa: RUF012 -- as the base class has it
        "http": BoundedProtocol,
        "ws": "none",
    }

    async def _serve(self) -> None:
        # As the base class has it, but for the server.
        self.config.app = self.wsgi
        server = FarewellServer(self.config)
        self._install_sigquit_handler()
        await server.serve(sockets=self.sockets)
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)


def _taken_by_kernel(listening: socket.socket) -> Iterator[socket.socket]:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:  # there is no more, or the socket is gone already
            return
        connection.setblocking(False)  # noqa: FBT003 -- the standard library asks for it so
        yield connection
