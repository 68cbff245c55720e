"""What the gateway is told from outside."""

from pathlib import Path

from pydantic import SecretStr

from system.settings import Settings, load_settings

CONFIG = Path(__file__).with_name("config") / "local.yaml"


class GatewaySettings(Settings):
    """Where calls go, how many are held at a time, and how long they may take."""

    broker: SecretStr
    broker_ca_file: str
    broker_verify: bool
    max_in_flight: int
    max_message_bytes: int
    default_timeout_ms: int
    max_timeout_ms: int
    telemetry: bool


def read_settings() -> GatewaySettings:
    """Read this process's settings file."""
    return load_settings(CONFIG, GatewaySettings)
