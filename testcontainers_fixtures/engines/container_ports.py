"""Where the ports of containers are published: on the loopback address, a copy's always alike."""

import threading

from testcontainers_fixtures.engines.free_ports import LOOPBACK, Ports, require_free


class PublishedPorts:
    """The published ports of one engine's copies; a copy that is started again keeps its own."""

    def __init__(self) -> None:
        self._free = Ports()
        self._published: dict[tuple[str, int], int] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        """Show how many there are."""
        return f"<PublishedPorts {len(self._published)}>"

    def of(self, name: str, port: int) -> int:
        """Return the loopback port that a copy's port is published on."""
        with self._lock:
            if (name, port) not in self._published:
                self._published[name, port] = self._free.pick()
            return self._published[name, port]

    def require(self, name: str, port: int) -> None:
        """Raise MissingNeedError where somebody else listens on the port of a copy."""
        require_free(self.of(name, port), name)

    def url(self, name: str, port: int) -> str:
        """Return where a copy's port is reached from this machine."""
        return f"http://{self.place(name, port)}"

    def place(self, name: str, port: int) -> str:
        """Return host and port at which a copy's port is reached from this machine."""
        return f"{LOOPBACK}:{self.of(name, port)}"

    def published(self, name: str, ports: tuple[int, ...]) -> dict[str, tuple[str, int]]:
        """Return the ports of a copy as the Docker engine is told of them."""
        return {f"{port}/tcp": (LOOPBACK, self.of(name, port)) for port in ports}
