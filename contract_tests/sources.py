"""Where the document of a service comes from: its own address, or a file that was given for it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import yaml

from testcontainers_fixtures import credentials
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack import Stack

FETCHED_WITHIN_S: Final = 10.0
SCHEMA_OPTION: Final = "--schema"
# Under which the gateway's own document stands beside those of the services.
GATEWAY: Final = ""

Document = dict[str, Any]


def documents(stack: Stack, files: Mapping[str, Document]) -> dict[str, Document]:
    """Return what each service publishes, by name; the gateway's own, if any, under GATEWAY."""
    addresses = {**stack.services, **dict.fromkeys(stack.spec.named("gateway"), stack.doorstep)}
    found = dict(files)
    for name, part in stack.spec.parts.items():
        shown = GATEWAY if part.role == "gateway" else name
        if part.openapi and name in addresses and shown not in found:
            found |= _found(stack, shown, f"{addresses[name]}{part.openapi}")
    return found


def _found(stack: Stack, name: str, url: str) -> dict[str, Document]:
    try:
        shown = credentials.shown(stack.spec.contract) if name == GATEWAY else {}
        return {name: fetched(url, shown)}
    except SpecError:
        # Of a gateway that is attached to nobody has said that it publishes anything.
        if stack.ours or name != GATEWAY:
            raise
        return {}


def fetched(url: str, shown: Mapping[str, str] | None = None) -> Document:
    """Return the document behind a URL; raise SpecError where there is none.

    `shown` are headers by which one is let in.
    """
    headers = credentials.put(url, shown or {})
    try:
        answer = httpx.get(url, headers=headers, timeout=FETCHED_WITHIN_S).raise_for_status()
        document: Document = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        seen = str(error).splitlines()[0]
        raise SpecError(
            f"Expected an OpenAPI document at {url}, but: {seen}; name another path as openapi in "
            f"the stack file, or give a file with {SCHEMA_OPTION} NAME=FILE."
        ) from error
    return document


def given(pairs: Sequence[str], known: Sequence[str]) -> dict[str, Document]:
    """Return the documents of NAME=FILE pairs; raise SpecError for what cannot be."""
    found = {}
    for pair in pairs:
        name, _, file = pair.partition("=")
        if name not in known or not file:
            raise SpecError(
                f"Expected {SCHEMA_OPTION} NAME=FILE, the name out of {', '.join(known)}; "
                f"seen: {pair!r}."
            )
        found[name] = _read(Path(file))
    return found


def asked(config: pytest.Config, known: Sequence[str]) -> dict[str, Document]:
    """Return the documents given on pytest's command line."""
    return given(config.getoption(SCHEMA_OPTION) or (), known)


def _read(path: Path) -> Document:
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise SpecError(f"Expected an OpenAPI document in {path}, but: {error}.") from error
    if not isinstance(document, dict) or "paths" not in document:
        raise SpecError(f"Expected an OpenAPI document in {path}; it has no paths.")
    return document
