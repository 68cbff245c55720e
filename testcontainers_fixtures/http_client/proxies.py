"""By which way an address is reached: a proxy of the environment, and never one to this machine.

`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` count as everywhere else. The parts of a
stack listen on loopback addresses, of which a proxy knows nothing.
"""

import ipaddress
import os
from collections.abc import MutableMapping
from typing import Final
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from testcontainers_fixtures.errors import StackError

_HERE: Final = ("localhost", "127.0.0.1", "::1")


def proxy_for(url: SplitResult) -> SplitResult | None:
    """Return the proxy that stands before an address; raise StackError for one of another kind."""
    known = getproxies_environment()
    found = known.get(url.scheme) or known.get("all")
    if not found or is_here(url.hostname or "") or _is_spared(url):
        return None
    proxy = urlsplit(found if "://" in found else f"http://{found}")
    if proxy.scheme != "http" or not proxy.hostname:
        raise StackError(
            f"Expected a proxy as http://HOST:PORT before {url.hostname}; the environment names "
            f"one of another kind ({proxy.scheme}): set NO_PROXY={url.hostname} to go without."
        )
    return proxy


def is_here(host: str) -> bool:
    """Tell whether a host is this very machine."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    inner = getattr(address, "ipv4_mapped", None) or address
    return bool(inner.is_loopback or inner.is_unspecified)


def spare_this_machine(environment: MutableMapping[str, str] = os.environ) -> None:
    """Have libraries with clients of their own ask no proxy for this machine either."""
    for name in ("no_proxy", "NO_PROXY"):
        known = [one for one in environment.get(name, "").split(",") if one.strip()]
        environment[name] = ",".join([*known, *(one for one in _HERE if one not in known)])


def _is_spared(url: SplitResult) -> bool:
    port = f":{url.port}" if url.port else ""
    return bool(proxy_bypass(f"{url.hostname}{port}"))
