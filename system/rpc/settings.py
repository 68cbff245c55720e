"""What the resolver is told from outside."""

from pathlib import Path

from pydantic import SecretStr

from system.settings import Settings, load_settings

CONFIG = Path(__file__).with_name("config") / "local.yaml"


class ResolverSettings(Settings):
    """Where calls come from, where they go, and how many are held at a time."""

    broker: SecretStr
    prefetch: int
    services: dict[str, str]
    connect_timeout_s: float
    keepalive_s: float
    drain_grace_s: float
    probe_host: str
    probe_port: int
    telemetry: bool


def read_settings() -> ResolverSettings:
    """Read this process's settings file."""
    return load_settings(CONFIG, ResolverSettings)
