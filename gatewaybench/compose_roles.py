"""What a compose file's services are to a harness: which is the gateway, what takes calls."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from testcontainers_fixtures.compose_file.composition import with_compose
from testcontainers_fixtures.errors import SpecError

Table = Mapping[str, Any]
# What a service that stands in front is called.
_FRONT: Final = re.compile(r"(^|[-_])(gateway|gw|front|frontend|edge|api|bff|proxy)([-_]|$)")
_QUEUE: Final = re.compile(r"(^|_)QUEUE(S|_NAME)?$")
_A_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}")
_UNTOLD: Final = "stub"
BROKER: Final = "broker"


class ComposeRoles(Struct, frozen=True, kw_only=True):
    """The parts of a compose file by what they seem to be.

    `roles` has what is to be said of some, `stubs` are those of which nothing tells what they are.
    `queues` are those that calls are taken from, by the part that takes them, "" where that is not
    known; None stands for no broker.
    """

    gateway: str
    roles: dict[str, str]
    queues: dict[str, str] | None
    stubs: tuple[str, ...] = ()


def compose_roles(compose: str, folder: Path, gateway: str | None) -> ComposeRoles:
    """Return what the services of a compose file seem to be; `gateway` is the one that is named.

    `compose` is relative to `folder`. Raises SpecError, with one sentence, for a file that cannot
    be used, and where nothing tells which service is the gateway.
    """
    data, _ = with_compose({"compose": compose, "broker": {}, "parts": {}}, folder)
    parts: dict[str, Table] = data["parts"]
    front = _gateway(parts, gateway, compose)
    takers = [
        name
        for name in _untold(parts)
        if name != front and not parts[name].get("port") and _asks_broker(parts[name], data)
    ]
    roles = dict.fromkeys(takers, "resolver")
    for name in _reached(parts, [front, *takers]):
        if parts[name].get("port") and name not in {front, *takers}:
            roles[name] = "service"
    has_broker = bool(data["broker"])
    return ComposeRoles(
        gateway=front,
        roles=roles,
        queues=_queues(parts, takers, data["broker"]) if has_broker else None,
        stubs=tuple(name for name in _untold(parts) if name not in {front, *roles}),
    )


def _untold(parts: Mapping[str, Table]) -> list[str]:
    """Return the parts whose image does not tell what they are."""
    return [name for name, part in parts.items() if part["role"] == _UNTOLD]


def _gateway(parts: Mapping[str, Table], named: str | None, compose: str) -> str:
    listening = [name for name in _untold(parts) if parts[name].get("port")]
    if named is not None:
        if named in parts:
            return named
        raise SpecError(f"There is no service {named!r} in {compose}; it has: {', '.join(parts)}.")
    waited = {other for part in parts.values() for other in part.get("after", ())}
    called = [name for name in listening if _FRONT.search(name)]
    first = [name for name in listening if name not in waited]
    for found in (called, first, listening):
        if len(found) == 1:
            return found[0]
    raise SpecError(
        f"Nothing in {compose} tells which service is the gateway; name it: --gateway NAME, one "
        f"of: {', '.join(listening or parts)}."
    )


def _asks_broker(part: Table, data: Mapping[str, Any]) -> bool:
    names = [BROKER, *data["broker"].get("aliases", ())] if data["broker"] else []
    texts = " ".join(part.get("settings", {}).values())
    told = any(re.search(rf"(?<![\w.-]){re.escape(one)}(?![\w-])", texts) for one in names)
    return bool(names) and (BROKER in part.get("after", ()) or told)


def _reached(parts: Mapping[str, Table], asked: list[str]) -> list[str]:
    """Return the parts that others ask or wait for, whoever asks first, in the file's order."""
    found: set[str] = set()
    while asked:
        part = parts[asked.pop()]
        texts = " ".join(part.get("settings", {}).values())
        for name in _untold(parts):
            named = re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", texts)
            if name not in found and (named or name in part.get("after", ())):
                found.add(name)
                asked.append(name)
    return [name for name in parts if name in found]


def _queues(parts: Mapping[str, Table], takers: list[str], broker: Table) -> dict[str, str]:
    """Return the queues that settings name, else those that the broker's definitions declare."""
    found = {queue: name for name in takers for queue in _named_queues(parts[name])}
    return found or dict.fromkeys(_declared(broker.get("definitions")), "")


def _named_queues(part: Table) -> Iterator[str]:
    for name, value in part.get("settings", {}).items():
        if _QUEUE.search(name.upper()) and _A_NAME.fullmatch(value):
            yield value


def _declared(definitions: str | None) -> list[str]:
    if definitions is None:
        return []
    try:
        rows = json.loads(Path(definitions).read_text(encoding="utf-8")).get("queues", ())
        return [str(row["name"]) for row in rows]
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        # What is wrong with it is told where it is used.
        return []
