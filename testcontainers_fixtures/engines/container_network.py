"""The network of a stack of containers, in which every name keeps its address.

Docker gives a container that is started again another address. A client that has resolved the name
before would then talk to nobody for as long as it remembers, which no deployment with a load
balancer or a stable service address does; so addresses belong to names here.
"""

import ipaddress
import threading
from collections.abc import Mapping, Sequence

import docker
from docker.errors import APIError
from docker.types import IPAMConfig, IPAMPool
from testcontainers.core.network import Network

from testcontainers_fixtures.errors import StartError

TRIES = 5
FIRST_HOST = 2  # the one before it is the bridge itself


class ContainerNetwork:
    """A bridge network with names and fixed addresses; made on construction, ended by `remove`."""

    def __init__(self, client: docker.DockerClient, labels: Mapping[str, str]) -> None:
        self._client = client
        self._network, self._subnet = _create(client, dict(labels))
        self._addresses: dict[str, str] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        """Show the subnet and how many names have an address."""
        return f"<ContainerNetwork {self._subnet} {len(self._addresses)} names>"

    def address(self, name: str) -> str:
        """Return the address of a name; the first call chooses it."""
        with self._lock:
            if name not in self._addresses:
                self._addresses[name] = str(self._subnet[FIRST_HOST + len(self._addresses)])
            return self._addresses[name]

    def settings(self, name: str, aliases: Sequence[str] = ()) -> dict[str, object]:
        """Return what a container must be created with to be that name in this network."""
        endpoint = self._client.api.create_endpoint_config(
            aliases=[name, *aliases], ipv4_address=self.address(name)
        )
        network = self._network.name
        return {"network": network, "networking_config": {network: endpoint}}


def _create(
    client: docker.DockerClient, labels: dict[str, str]
) -> tuple[Network, ipaddress.IPv4Network]:
    # Only in a network with a subnet of its own may addresses be chosen, and only the engine knows
    # which subnets are free: it is asked by letting it choose, then that choice is taken.
    for _ in range(TRIES):
        subnet = _free_subnet(client, labels)
        pool = IPAMConfig(pool_configs=[IPAMPool(subnet=str(subnet))])
        try:
            return Network(docker_network_kw={"labels": labels, "ipam": pool}).create(), subnet
        except APIError:
            continue  # another stack took the subnet in between
    raise StartError(
        f"Expected the Docker engine to make a network; it refused {TRIES} times: remove networks "
        "that nobody uses (`docker network prune`)."
    )


def _free_subnet(client: docker.DockerClient, labels: dict[str, str]) -> ipaddress.IPv4Network:
    probe = Network(docker_network_kw={"labels": labels}).create()
    try:
        found = client.api.inspect_network(probe.name)["IPAM"]["Config"]
    finally:
        probe.remove()
    subnets = (ipaddress.ip_network(pool["Subnet"]) for pool in found)
    return next(subnet for subnet in subnets if isinstance(subnet, ipaddress.IPv4Network))
