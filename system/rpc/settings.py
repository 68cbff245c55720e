"""What the resolver is told from outside."""

from pathlib import Path

from system.settings import load_settings
from system.wire.broker_login import BrokerLogin

CONFIG = Path(__file__).with_name("config") / "local.yaml"


class ResolverSettings(BrokerLogin):
    """Where calls come from, where they go, and how many are held at a time."""

    prefetch: int
    services: dict[str, str]
    keeping_keys: list[str]
    services_ca_file: str
    services_verify: bool
    connect_timeout_s: float
    keepalive_s: float
    max_message_bytes: int
    max_answer_bytes: int
    breaker_failures: int
    breaker_rest_s: float
    breaker_patience_s: float
    drain_grace_s: float
    probe_host: str
    probe_port: int
    telemetry: bool


def read_settings() -> ResolverSettings:
    """Read this process's settings file."""
    return load_settings(CONFIG, ResolverSettings)
