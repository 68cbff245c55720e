"""The text of a stack file to start from: what was found out, and comments on what to fill in."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gatewaybench.probe_paths import base_path, plain_reads, probes, unasked
from gatewaybench.published import MOST_ROWS, MOST_UUIDS, UUIDS, Published
from gatewaybench.published_security import credentials_text, login_text
from gatewaybench.toml_values import inline, key
from testcontainers_fixtures.project.stack_schema import NAME as SCHEMA
from testcontainers_fixtures.project.start_needs import FILL_IN

_PARAMETER: Final = re.compile(r"\{([^}]+)\}")
_HEAD: Final = """\
#:schema ./{schema}
# All that the harness knows of this system. `gatewaybench doctor` says what is missing,
# `gatewaybench stack` starts it, `gatewaybench schema` is the schema of this file.
format_version = 2
name = "{name}"

{broker}
# Each command may have {{host}} {{port}} (the address to bind), {{workers}}, {{data}} (an empty
# folder), {{NAME.url}} of another part, {{broker.url}}; {{secrets.NAME}} is a variable of the
# environment.
"""
_BROKER: Final = """\
# Needed where parts talk over RabbitMQ: it is started, with this vhost and user in it.
[broker]
vhost = "/"
user = {user}
work_queue = {queue}
"""
_RESOLVER: Final = """
[parts.resolver]                    # the RPC server: takes calls from the queue
role = "resolver"
command = {command}
ready = {ready}
settings = {{ AMQP = "{{broker.url}}" }}  # its environment: as it calls it
"""
_QUEUE: Final = "name-of-the-queue-that-calls-are-taken-from"
_RESOLVER_COMMAND: Final = ("python", "-m", "resolver")
_TWIN: Final = """\
# twin = true                       # a second copy with equal rows: the gateway is held against it
# tap = true                        # records what arrives, to be compared with what was sent
"""


def stack_file_text(
    name: str,
    gateway: Published,
    services: Sequence[Published],
    *,
    queue: str = "",
    resolver: Sequence[str] = (),
) -> str:
    """Return a stack file of a gateway and its services, and of who takes calls from a `queue`."""
    broker = _BROKER.format(user=json.dumps(name), queue=json.dumps(queue or _QUEUE))
    head = _HEAD.format(schema=SCHEMA, name=name, broker=broker if queue else _aside(broker))
    blocks = [head, *(_part(one, "service") for one in services)]
    urls = [f'{_variable(one.name)}_URL = "{{{one.name}.url}}"' for one in services]
    urls += ['AMQP = "{broker.url}"'] if queue else []
    takes = _RESOLVER.format(
        command=json.dumps(list(resolver or _RESOLVER_COMMAND)),
        ready=json.dumps(f"queue {queue or _QUEUE}"),
    )
    blocks += [takes if queue else _aside(takes), _part(gateway, "gateway", ", ".join(urls))]
    blocks += [seed for one in services for seed in _seeds(one)]
    blocks += [*_scenario(gateway if gateway.document else None, services)]
    bases = {one.name: base_path(gateway, one) for one in services}
    blocks += [login_text(gateway), _contract(credentials_text(gateway), bases)]
    return "".join(blocks)


def _part(one: Published, role: str, settings: str = "") -> str:
    lines = [
        "",
        f"[parts.{one.name}]",
        f'role = "{role}"',
        f"port = {one.port}",
        _command(one),
        f"ready = {json.dumps(one.ready)}",
    ]
    lines += _probe(one) if role == "service" else []
    lines += (
        [f"openapi = {json.dumps(one.openapi)}"] if one.openapi else ['# openapi = "/openapi.json"']
    )
    lines += (
        [f"settings = {{ {settings} }}  # its environment: as it calls them"] if settings else []
    )
    return "\n".join([*lines, _TWIN if role == "service" else ""])


def _probe(one: Published) -> list[str]:
    """Return the line of a good request through the gateway; a comment where none is known."""
    known, unknown = probes(one), unasked(one)
    if not known and unknown:
        return [f"# probe = {inline(f'GET {unknown[0]}')}  # not tried: it may act, or have no end"]
    if one.probe == "" and known:
        why = "the gateway answers it so with no 2xx: its path there, a [login]?"
        return [f"# probe = {inline(f'GET {known[0]}')}  # {why}"]
    asked = one.probe or next(iter(known), "")
    return [f"probe = {inline(f'GET {asked}')}"] if asked else []


def _command(one: Published) -> str:
    if one.command:
        return f"command = {json.dumps(list(one.command))}"
    return f'command = ["{FILL_IN}", "--host", "{{host}}", "--port", "{{port}}"]  # fill this in'


def _aside(block: str) -> str:
    """Return a block as a comment, to be taken in where it is needed."""
    lines = block.splitlines()
    return "\n".join(f"# {one}" if one and one[0] != "#" else one for one in lines) + "\n"


def _variable(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def _seeds(one: Published) -> Iterator[str]:
    for path, body, status in one.creates():
        yield "\n".join(
            [
                "\n[[seed]]                          # rows that every run starts from",
                f'part = "{one.name}"',
                f"request = {inline(f'POST {path}')}",
                f"repeat = {_repeat(body)}",
                f"body = {inline(body)}",
                *([f"status = {status}"] if status != 201 else []),  # noqa: PLR2004 -- what a seed expects unless it says otherwise
                "",
            ]
        )


def _repeat(body: Mapping[str, Any]) -> int:
    """Return how many rows a made-up body gives; a UUID has room for one digit that counts."""
    return MOST_UUIDS if UUIDS in inline(body) else MOST_ROWS


def _scenario(gateway: Published | None, services: Sequence[Published]) -> Iterator[str]:
    told = [gateway] if gateway else list(services)
    reads = dict.fromkeys(path for one in told for path in plain_reads(one))
    if not reads:
        yield "\n# [scenarios.reads]                 # what `gatewaybench load` sends\n"
        return
    yield "\n[scenarios.reads]                   # what `gatewaybench load` sends\n"
    yield 'description = "Reads"\n'
    for path in reads:
        names = _PARAMETER.findall(path)
        draws = ", ".join(f"{key(name)} = [1, {MOST_ROWS}]" for name in names)
        asked = inline(f"GET {path}")
        yield f"\n[[scenarios.reads.calls]]\nname = {asked}\nrequest = {asked}\n"
        yield f"draw = {{ {draws} }}\n" if names else ""


def _contract(credentials: str, bases: Mapping[str, str]) -> str:
    rules = ", ".join(
        f"{key(name)} = {{ strip = {inline(base)} }}" for name, base in bases.items() if base
    )
    paths = f"paths = {{ {rules} }}  # what the gateway's paths have before the service's\n"
    return f"""
[contract]                          # what may differ between two equal answers
volatile_headers = ["Date", "Server"]
# request_headers = ["Authorization", "Idempotency-Key", "traceparent"]  # what is handed on
{paths if rules else ""}{credentials}"""
