"""Many callers at a time: each must get the answer to its own request, and by its deadline.

Only safe requests are sent, whose answers differ from each other, so that an answer that went to
another caller is seen.
"""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from contract_tests.hops.paired_client import PairedExchange, SentRequest, asked
from contract_tests.hops.parity import ObservedResponse
from contract_tests.stories.broken_promises import BrokenPromise
from contract_tests.stories.lifecycle import LifecycleChecks
from contract_tests.stories.paging import LIMITS

CALLERS: Final = 16
ROUNDS: Final = 4
_MOST_ITEMS: Final = 12
_TRIES: Final = 10
TOO_LATE: Final = 504

Turn = tuple[SentRequest, ObservedResponse]


def mixed_up(tellers: list[LifecycleChecks]) -> Iterator[BrokenPromise]:
    """Yield the answers that belong to another request than the one they were given to."""
    sides = tellers[0].sides
    alone = [(sent, _alone(teller, sent)) for teller in tellers for sent in _distinct(teller)]
    if not alone:
        return
    turns = _interleaved([(sides.prepared(sent), answer) for sent, answer in alone]) * ROUNDS
    with ThreadPoolExecutor(CALLERS) as crowd:
        answers = list(crowd.map(lambda turn: asked(sides.gateway, turn[0]), turns))
    for (sent, expected), answer in zip(turns, answers, strict=True):
        found = sides.unlike(sent, answer, expected)
        if found:
            said = f"{sent.method} {sent.target}, asked by one of {CALLERS} at a time: "
            told = said + found[0].sentence.replace("the twin", "asked alone it is")
            exchange = PairedExchange(
                sent=sent, gateway=answer, twin=expected, differing=tuple(found)
            )
            yield BrokenPromise(
                kind="promise",
                sentence=told,
                curl=sent.curl(sides.gateway),
                promise="answers each caller with what it asked for",
                service=sides.service,
                sent=sent,
                exchange=exchange,
            )
            return


def overstayed(teller: LifecycleChecks, header: str) -> Iterator[BrokenPromise]:
    """Yield that a deadline of 1 ms, which nobody can keep, is never said to have passed."""
    bare = SentRequest(method="GET", target=teller.resource.path, headers={header: "1"})
    sent = teller.sides.prepared(bare)
    answers = [asked(teller.sides.gateway, sent) for _ in range(_TRIES)]
    if all(answer.status != TOO_LATE for answer in answers):
        seen = sorted({answer.status for answer in answers})
        sentence = f"GET {sent.target}: asked {_TRIES} times for 1 ms, never a {TOO_LATE}: {seen}"
        yield BrokenPromise(
            kind="promise",
            sentence=sentence,
            curl=sent.curl(teller.sides.gateway),
            promise="says that a deadline has passed",
            service=teller.sides.service,
            sent=sent,
            exchange=PairedExchange(sent=sent, gateway=answers[-1]),
        )


def _alone(teller: LifecycleChecks, sent: SentRequest) -> ObservedResponse:
    sides, sent = teller.sides, teller.sides.prepared(sent)
    # A twin with other data says nothing of what the service holds.
    unequal = sides.volatile is not None and sides.volatile.is_unequal
    if sides.twin is None or unequal or not sides.added.known:
        return asked(sides.gateway, sent)
    return asked(sides.twin, sides.past(sent))


def _distinct(teller: LifecycleChecks) -> Iterator[SentRequest]:
    resource = teller.resource
    rows = teller.rows("")[:_MOST_ITEMS]
    keys = [key for row in rows if (key := resource.key(row)) is not None]
    if resource.read is not None:
        yield from (SentRequest(method="GET", target=resource.at(key)) for key in keys)
    for name in resource.queried():
        if name.lower() in LIMITS:
            yield from (
                SentRequest(method="GET", target=f"{resource.path}?{name}={n}") for n in range(1, 7)
            )


def _interleaved(turns: list[Turn]) -> list[Turn]:
    """Return them so that neighbours are of different kinds."""
    half = (len(turns) + 1) // 2
    pairs = itertools.zip_longest(turns[:half], turns[half:])
    return [one for one in itertools.chain.from_iterable(pairs) if one is not None]
