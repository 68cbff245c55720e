"""Machines of a test: network namespaces that reach each other alone, over their own bridge."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import pytest

_NETWORK: Final = "10.203.0"
_WITHIN_S: Final = 10.0
_HUB: Final = "hub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One namespace, its address, and what is put before a command that is to run in it."""

    namespace: str
    address: str

    @property
    def prefix(self) -> tuple[str, ...]:
        """Return how a command is started there."""
        return ("ip", "netns", "exec", self.namespace)


@contextmanager
def machines(*names: str) -> Iterator[dict[str, Machine]]:
    """Give machines by name, on a network of their own; skip where none can be made.

    On CI that is a failure: there nobody would see that nothing was tried.
    """
    with ExitStack() as made:
        try:
            found = _made(made, names)
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", "") or str(error)
            why = f"Network namespaces cannot be made here: {said.strip()}"
            if os.environ.get("CI"):
                pytest.fail(f"{why}; run it as root, with iproute2.")
            pytest.skip(why)
        yield found


def _made(made: ExitStack, names: Sequence[str]) -> dict[str, Machine]:
    hub = _namespace(made, _HUB)
    _ip("-n", hub, "link", "add", "bridge", "type", "bridge")
    _ip("-n", hub, "link", "set", "bridge", "up")
    found = {}
    for number, name in enumerate(names, start=1):
        namespace = _namespace(made, name)
        cable = f"to{number}"
        _ip("-n", hub, "link", "add", cable, "type", "veth", "peer", "eth0", "netns", namespace)
        _ip("-n", hub, "link", "set", cable, "master", "bridge", "up")
        address = f"{_NETWORK}.{number}"
        _ip("-n", namespace, "addr", "add", f"{address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-n", namespace, "link", "set", device, "up")
        found[name] = Machine(namespace=namespace, address=address)
    return found


def _namespace(made: ExitStack, name: str) -> str:
    whole = f"gwb{os.getpid()}-{name}"
    _ip("netns", "add", whole)
    made.callback(_ip, "netns", "del", whole)
    return whole


def _ip(*words: str) -> None:
    program = shutil.which("ip") or "ip"
    subprocess.run([program, *words], check=True, capture_output=True, text=True, timeout=_WITHIN_S)
