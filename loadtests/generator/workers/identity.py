"""Who a process is: the version of this package, and which boot of which machine it runs on."""

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from testcontainers_fixtures.engines.process_table import boot_id

_PACKAGE: Final = "gatewaybench"
_NETWORK: Final = Path("/proc/self/ns/net")
NOT_INSTALLED: Final = "not installed"


def package_version() -> str:
    """Return this package's version; "not installed" where it runs from a mere folder."""
    try:
        return version(_PACKAGE)
    except PackageNotFoundError:
        return NOT_INSTALLED


def boot() -> str:
    """Return what every process of this machine has in common, until it is booted; "" unknown."""
    try:
        return boot_id()
    except OSError:
        return ""


def network(link: Path = _NETWORK) -> str:
    """Return what every process that has the same loopback address has in common; "" unknown."""
    try:
        return os.readlink(link)  # noqa: PTH115 -- it names no path
    except OSError:
        return ""
