"""What the gateway is told from outside."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from system.settings import Settings, load_settings

# An empty one would let in who brings nothing.
Secret = Annotated[SecretStr, Field(min_length=1)]

CONFIG = Path(__file__).with_name("config") / "local.yaml"


class GatewaySettings(Settings):
    """Where calls go, how many are held at a time, how long they may take, and who may make them.

    `api_keys` and `bearer_tokens` are lists, or text with commas between; empty: everybody may.
    """

    broker: SecretStr
    broker_ca_file: str
    broker_verify: bool
    api_keys: tuple[Secret, ...]
    bearer_tokens: tuple[Secret, ...]
    max_in_flight: int
    most_body_bytes: int
    most_held_body_bytes: int
    most_held_answer_bytes: int
    max_message_bytes: int
    default_timeout_ms: int
    max_timeout_ms: int
    telemetry: bool

    @field_validator("api_keys", "bearer_tokens", mode="before")
    @classmethod
    def split(cls, given: object) -> object:
        """Take a list from the environment apart."""
        return given.replace(",", " ").split() if isinstance(given, str) else given


def read_settings() -> GatewaySettings:
    """Read this process's settings file."""
    return load_settings(CONFIG, GatewaySettings)
