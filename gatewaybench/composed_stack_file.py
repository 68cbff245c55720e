"""The text of a stack file on a compose file: what that cannot say, and what is to be filled in."""

import json
from collections.abc import Iterator
from typing import Final

from gatewaybench.compose_roles import ComposeRoles
from testcontainers_fixtures.project.stack_schema import NAME as SCHEMA

FILL_IN_QUEUE: Final = "fill-in-the-queue-that-calls-are-taken-from"
_HEAD: Final = """\
#:schema ./{schema}
# What {shown} cannot say of this system: all else is taken from there, at each start.
# `gatewaybench stack` starts it, in containers; `gatewaybench doctor` says what is missing.
format_version = 2
name = {name}
compose = {compose}
"""
_NOTES: Final = {
    "gateway": """\
# ready = "GET /health"             # once it answers so; else as {compose} says
# openapi = "/openapi.json"         # where it publishes its document
""",
    "resolver": """\
# ready = "queue NAME"              # once it takes calls from there; else as {compose} says
""",
    "service": """\
# openapi = "/openapi.json"         # for `gatewaybench e2e`: the gateway is held to it
# probe = "GET /items"              # asked through the gateway: proves the whole way
""",
}
_REST: Final = """
# [scenarios.reads]                  # what `gatewaybench load` sends; one can be written for you:
# description = "Reads"              # gatewaybench scenario --openapi URL
# [[scenarios.reads.calls]]
# name = "list items"
# request = "GET /items"

[contract]                           # what may differ between two equal answers
volatile_headers = ["Date", "Server"]
"""


def composed_text(name: str, compose: str, found: ComposeRoles) -> str:
    """Return a stack file that takes its parts from a compose file, beside it or below."""
    said = {"name": json.dumps(name), "compose": json.dumps(compose)}
    head = _HEAD.format(schema=SCHEMA, shown=compose, **said)
    return "".join([head, *_broker(found), *_parts(compose, found), *_stubs(found), _REST])


def _broker(found: ComposeRoles) -> Iterator[str]:
    if found.queues is None:
        return
    queues = list(found.queues) or [FILL_IN_QUEUE]
    note = "" if found.queues else "  # fill this in"
    yield f"\n[broker]\nwork_queues = {json.dumps(queues)}{note}\n"


def _stubs(found: ComposeRoles) -> Iterator[str]:
    if found.stubs:
        yield "\n# Stubs, unless a table of theirs says `role` (database, cache, service):\n"
        yield from (f"# [parts.{name}]\n" for name in found.stubs)


def _parts(compose: str, found: ComposeRoles) -> Iterator[str]:
    for name, role in {**found.roles, found.gateway: "gateway"}.items():
        yield f'\n[parts.{name}]\nrole = "{role}"\n'
        taken = [queue for queue, taker in (found.queues or {}).items() if taker == name]
        ready = f"ready = {json.dumps(f'queue {taken[0]}')}\n" if taken else ""
        yield ready or _NOTES[role].format(compose=compose)
