"""What the gateway is told from outside."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, SecretStr, field_validator

from system.chassis.request_heads import HeadBounds
from system.settings import load_settings
from system.wire.broker_login import BrokerLogin

_BLANK: Final = (
    "expected secrets with commas between, seen a blank one or none;"
    " name each, or leave the setting empty to let everybody in"
)
# An empty one would let in who brings nothing.
Secret = Annotated[SecretStr, Field(min_length=1)]

CONFIG = Path(__file__).with_name("config") / "local.yaml"


class GatewaySettings(BrokerLogin):
    """Where calls go, how many are held at a time, how long they may take, and who may make them.

    `api_keys` and `bearer_tokens` are lists, or text with commas between; both empty text:
    everybody may. What was meant to be a list and names nobody is refused, since it would let
    everybody in.
    """

    api_keys: tuple[Secret, ...]
    bearer_tokens: tuple[Secret, ...]
    heads: HeadBounds = HeadBounds()
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
        """Take a list from the environment apart; raise ValueError for a blank place in it."""
        if given == "":
            return ()
        entries = _entries(given) if isinstance(given, str) else given
        if isinstance(entries, list) and not (entries and all(map(_may_be_secret, entries))):
            raise ValueError(_BLANK)
        return entries


def _entries(text: str) -> list[str]:
    return [word for entry in text.split(",") for word in entry.split() or [""]]


def _may_be_secret(entry: object) -> bool:
    # The spaces around a header's value are not part of it.
    return not isinstance(entry, str) or (bool(entry) and entry == entry.strip())


def read_settings() -> GatewaySettings:
    """Read this process's settings file."""
    return load_settings(CONFIG, GatewaySettings)
