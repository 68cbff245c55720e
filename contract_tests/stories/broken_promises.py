"""A promise that was not kept, with the request that shows it."""

from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from contract_tests.hops.paired_client import SILENT, PairedClient, PairedExchange, SentRequest

Kind = Literal["parity", "received", "promise"]
# Not to know a method at all (501) is no failure.
_FAILED: Final = frozenset({SILENT, *range(500, 600)} - {501})
_SHOWN: Final = 120


class BrokenPromise(Struct, frozen=True, kw_only=True):
    """A promise that was not kept.

    `promise` says which, the same in every run; `what` is in what two sides differ.
    """

    kind: Kind
    sentence: str
    curl: str
    promise: str = ""
    what: str = ""
    service: str = ""
    sent: SentRequest | None = None
    exchange: PairedExchange | None = None


def broken(  # noqa: PLR0913 -- what was seen and how it is told, each by its name
    sides: PairedClient,
    kind: Kind,
    answer: PairedExchange,
    said: str,
    *,
    promise: str = "",
    what: str = "",
) -> BrokenPromise:
    """Return what an exchange shows to be broken, said in half a sentence."""
    sent = answer.sent
    return BrokenPromise(
        kind=kind,
        sentence=f"{sent.method} {short(sent.target)}: {said}",
        curl=sent.curl(sides.gateway),
        promise=promise,
        what=what,
        service=sides.service,
        sent=sent,
        exchange=answer,
    )


def unlike_service(sides: PairedClient, answer: PairedExchange) -> Iterator[BrokenPromise]:
    """Yield that a gateway fails, or passes on otherwise than it came, in either direction."""
    if answer.gateway.status in _FAILED:
        said = f"the gateway answers {answer.gateway.status}"
        yield broken(sides, "promise", answer, said, promise="answers")
    for said in answer.altered:
        yield broken(sides, "received", answer, said, what=said.partition(":")[0])
    for one in answer.differing:
        yield broken(sides, "parity", answer, one.sentence, what=one.what)


def short(target: str) -> str:
    """Return a request target as a line can hold it."""
    return target if len(target) <= _SHOWN else f"{target[:_SHOWN]}..."
