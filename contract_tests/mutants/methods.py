"""The suite's methods in the order in which a mutant is tried by them, cheapest first.

Each looks at a running stack and returns the first thing it finds, or None.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Final

import httpx
from msgspec import Struct

from contract_tests.crowd import mixed_up, overstayed
from contract_tests.documents import Document
from contract_tests.forwarding import unlike
from contract_tests.mutants.defect import Method
from contract_tests.promises import Broken, Kind, Teller
from contract_tests.resources import resources
from contract_tests.schemas import drift
from contract_tests.sides import Sides
from testcontainers_fixtures.stack import Stack
from testcontainers_fixtures.taps.records import TapReader

FETCHED_WITHIN_S: Final = 10.0


class Finding(Struct, frozen=True, kw_only=True):
    """What gave a mutant away: by which method, in words, and the request that shows it."""

    method: Method
    sentence: str
    curl: str = ""


Search = Callable[[Stack, int, float], Finding | None]


def on_paper(stack: Stack, seed: int, until_s: float) -> Finding | None:  # noqa: ARG001 -- a Search
    """Hold the documents against each other."""
    services = {name: document_of(stack, name) for name in stack.services}
    found = drift(services, fetched(f"{stack.gateway}{own_openapi(stack)}"))
    return Finding(method="paper", sentence=found[0].sentence) if found else None


def by_stories(stack: Stack, seed: int, until_s: float) -> Finding | None:  # noqa: ARG001 -- a Search
    """Tell the life of a few rows of each resource."""
    with _taps(stack) as taps:
        return _first("stories", (b for t in tellers(stack, taps) for b in t.stories()), until_s)


def by_forwarding(stack: Stack, seed: int, until_s: float) -> Finding | None:  # noqa: ARG001 -- a Search
    """Send what a hop likes to tidy up."""
    return forwarded(stack, until_s)


def forwarded(stack: Stack, until_s: float, kinds: tuple[Kind, ...] = ()) -> Finding | None:
    """Return the first thing found of these kinds, of any without."""
    with _taps(stack) as taps:
        found = (b for t in tellers(stack, taps) for b in unlike(t))
        return _first("forwarding", found, until_s, kinds)


@contextmanager
def _taps(stack: Stack) -> Iterator[dict[str, TapReader]]:
    """Give a reader of each tap; what arrives there is looked at with every request."""
    with ExitStack() as readers:
        yield {n: readers.enter_context(TapReader(url)) for n, url in stack.taps.items()}


def by_crowd(stack: Stack, seed: int, until_s: float) -> Finding | None:  # noqa: ARG001 -- a Search
    """Ask many things at a time, and for more haste than there can be."""
    return _first("crowd", _crowded(stack), until_s)


def _crowded(stack: Stack) -> Iterator[Broken]:
    told = tellers(stack)
    yield from mixed_up(told)
    header = stack.spec.telemetry.deadline_header
    if header is not None:
        yield from (b for t in told for b in overstayed(t, header))


def tellers(stack: Stack, taps: Mapping[str, TapReader] | None = None) -> list[Teller]:
    """Return who tells the stories of each resource of each service."""
    promises, read = stack.spec.contract, taps or {}
    return [
        Teller(Sides(stack.gateway, stack.twins.get(name), promises, read.get(name)), resource)
        for name in stack.services
        for resource in resources(document_of(stack, name))
    ]


def _first(
    method: Method, broken: Iterator[Broken], until_s: float, kinds: tuple[Kind, ...] = ()
) -> Finding | None:
    for one in broken:
        if not kinds or one.kind in kinds:
            by = "received" if one.kind == "received" else method
            return Finding(method=by, sentence=one.sentence, curl=one.curl)
        if time.monotonic() > until_s:
            return None
    return None


def document_of(stack: Stack, service: str) -> Document:
    """Return what a service publishes."""
    return fetched(f"{stack.services[service]}{stack.spec.parts[service].openapi}")


def own_openapi(stack: Stack) -> str:
    """Return the path of the gateway's own document."""
    [own] = stack.spec.named("gateway").values()
    return own.openapi or ""


def fetched(url: str) -> Document:
    """Return the document at a URL."""
    answer = httpx.get(url, timeout=FETCHED_WITHIN_S).raise_for_status()
    document: Document = answer.json()
    return document
