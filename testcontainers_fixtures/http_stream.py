"""HTTP/1.1 on a stream, one event at a time: either end of what passes through a door."""

import select
import socket
from typing import Final

import anyio
import h11
from anyio.abc import ByteStream, SocketAttribute

HEAD_BYTES: Final = 512 * 1024
READ_BYTES: Final = 64 * 1024
SILENT_S: Final = 60.0


class HttpStream:
    """One end of what passes: HTTP/1.1 on a stream."""

    def __init__(self, stream: ByteStream, role: type[h11.CLIENT] | type[h11.SERVER]) -> None:
        self.stream = stream
        self._http = h11.Connection(our_role=role, max_incomplete_event_size=HEAD_BYTES)
        self._socket: socket.socket = stream.extra(  # noqa: S610 -- it is no query
            SocketAttribute.raw_socket
        )
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __repr__(self) -> str:
        """Show how far both have come."""
        return f"<HttpStream {self._http.states}>"

    @property
    def is_gone(self) -> bool:
        """Tell whether the other end has closed a connection on which nothing is due."""
        watch = select.poll()
        watch.register(self._socket, select.POLLIN)
        return bool(watch.poll(0))

    async def request(self) -> h11.Request | None:
        """Return the next request; None where there is none, or none in time."""
        with anyio.move_on_after(SILENT_S):
            event = await self.next()
            return event if isinstance(event, h11.Request) else None
        return None

    async def next(self) -> object:
        """Return the next event."""
        while (event := self._http.next_event()) is h11.NEED_DATA:
            try:
                self._http.receive_data(await self.stream.receive(READ_BYTES))
            except anyio.EndOfStream:
                self._http.receive_data(b"")
        return event

    async def send(self, event: h11.Event) -> None:
        """Send an event."""
        data = self._http.send(event)
        if data:
            await self.stream.send(data)

    def again(self) -> bool:
        """Begin with the next request where this connection takes one."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True
