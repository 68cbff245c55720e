"""Says how the tap of a service is started, and who goes through it."""

from pathlib import Path
from typing import Final

from testcontainers_fixtures.engines.engine import Address, Engine, Launch

READY: Final = "GET /.tap/since/0"
SOURCE: Final = Path(__file__).with_name("passthrough.py")


def tap_name(service: str) -> str:
    """Return what a service's tap is called in the stack."""
    return f"{service}-tap"


def tap_order(service: str, port: int, engine: Engine) -> Launch:
    """Return the order to start the tap of a service; it needs a `python` where parts run."""
    own, target = engine.reserve(tap_name(service), port), engine.reserve(service, port)
    return Launch(
        name=tap_name(service),
        command=("python3", "-c", SOURCE.read_text(encoding="utf-8")),
        environment={
            "TAP_BIND": own.bind,
            "TAP_PORT": str(own.port),
            "TAP_HOST": target.host,
            "TAP_TARGET_PORT": str(target.port),
        },
        address=own,
        fresh=True,
    )


def seen_address(service: str, port: int, engine: Engine, *, tapped: bool) -> Address:
    """Return where the other parts of the stack find a part: at its tap, where it has one."""
    return engine.reserve(tap_name(service) if tapped else service, port)
