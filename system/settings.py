"""Turns a process's YAML file, its `.env` and the environment into frozen settings.

A value may hold tags that read the environment, which wins over the `.env` in the same folder:

    amqp://gateway:<% env_tag(param="RMQ_PASS") %>@127.0.0.1:5672/gateway
    <% env_tag(param="RMQ_PORT", default="5672") %>

A value put in a URL is percent-encoded. This is the one place that reads the environment.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

TAG = re.compile(
    r"<%\s*env_tag\(\s*param=\"(?P<name>\w+)\"(?:\s*,\s*default=\"(?P<default>[^\"]*)\")?\s*\)\s*%>"
)
ENV_LINE = re.compile(r"^\s*(?:export\s+)?(?P<name>\w+)\s*=\s*(?P<value>.*?)\s*$")


class SettingsError(Exception):
    """A settings file cannot be used; the message names the file, the key and the next step."""


class Settings(BaseModel):
    """What a process's settings have in common: frozen, and no key that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


SettingsT = TypeVar("SettingsT", bound=Settings)


def load_settings(
    path: Path, model: type[SettingsT], environment: Mapping[str, str] | None = None
) -> SettingsT:
    """Read `path`, fill in its tags and validate it as `model`; raise SettingsError."""
    variables = _dotenv(path.with_name(".env")) | dict(
        os.environ if environment is None else environment
    )
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(f"Expected a settings file at {path}; there is none.") from error
    except (ValueError, yaml.YAMLError) as error:  # a number too long to read is a ValueError
        raise SettingsError(f"{path} is not YAML: {' '.join(str(error).split())}.") from error
    filled = _filled(raw, "", path, variables)
    try:
        return model.model_validate(filled)
    except ValidationError as error:
        raise SettingsError(f"{path}: {'; '.join(_complaints(error))}.") from error
    except SettingsError as error:  # of settings that do not go together
        raise SettingsError(f"{path}: {error}") from error


def _complaints(error: ValidationError) -> Iterator[str]:
    # Pydantic's own text repeats the value, which may be a secret.
    for fault in error.errors(include_input=False, include_url=False, include_context=False):
        yield f"key {'.'.join(map(str, fault['loc'])) or '(top level)'}: {fault['msg'].lower()}"


def _filled(value: object, key: str, path: Path, variables: Mapping[str, str]) -> object:
    if isinstance(value, dict):
        return {k: _filled(v, f"{key}.{k}".lstrip("."), path, variables) for k, v in value.items()}
    if isinstance(value, list):
        return [_filled(v, f"{key}.{i}".lstrip("."), path, variables) for i, v in enumerate(value)]
    if isinstance(value, str):
        return TAG.sub(_reader(value, key, path, variables), value)
    return value


def _reader(
    text: str, key: str, path: Path, variables: Mapping[str, str]
) -> Callable[[re.Match[str]], str]:
    def read(tag: re.Match[str]) -> str:
        value = variables.get(tag["name"], tag["default"])
        if value is None:
            raise SettingsError(
                f"{path}: key {key} needs the environment variable {tag['name']}, which is not"
                f" set; set it, or put it into {path.with_name('.env')}."
            )
        return quote(value, safe="") if _inside_url(text, tag) else value

    return read


def _inside_url(text: str, tag: re.Match[str]) -> bool:
    # `http://host:<% port %>` is inside; a tag that is the whole URL is not.
    return "://" in text[: tag.start()]


def _dotenv(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    lines = (ENV_LINE.match(line) for line in path.read_text(encoding="utf-8").splitlines())
    return {m["name"]: _unquoted(m["value"]) for m in lines if m}


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value
