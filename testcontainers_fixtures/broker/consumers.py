"""Asks the broker which queues there are, and how many consume each."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from threading import Event
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from testcontainers_fixtures.engines.engine import BrokerAccess
from testcontainers_fixtures.errors import NoAnswerError, StackError
from testcontainers_fixtures.http_client.http_exchange import exchange
from testcontainers_fixtures.stack_file.nearest import meant

ANSWER_S: Final = 2.0
# A consumer is told of with the statistics of its channel, every 5 s; nothing that the management
# API has is sooner.
TOLD_WITHIN_S: Final = 7.0
LOOK_EVERY_S: Final = 0.5
_CORRECT: Final = "Correct `work_queue` or `work_queues`."
_OK: Final = 200
Rows = TypeVar("Rows")


class _Queue(msgspec.Struct):
    name: str


class _Consumer(msgspec.Struct):
    queue: _Queue


def consumers_by_queue(access: BrokerAccess) -> Mapping[str, int]:
    """Return how many consume each queue of the stack's vhost, those without any included.

    Raises StackError where the management API does not tell.
    """
    found = Counter(one.queue.name for one in _got(access, "consumers", list[_Consumer]))
    return {one.name: found[one.name] for one in _queues(access)}


def missing(access: BrokerAccess, queues: Sequence[str]) -> str:
    """Return a sentence about those work queues that the broker does not have; "" for none."""
    try:
        there = {one.name for one in _queues(access)}
    except StackError as error:
        return str(error)
    gone = [queue for queue in queues if queue not in there]
    told = "; ".join(f"there is no queue {queue!r}{meant(queue, there)}" for queue in gone)
    return told and (
        f"Expected the broker to have every work queue of [broker]; {told}. Its queues:"
        f" {', '.join(sorted(there)) or 'none'}. {_CORRECT}"
    )


def idle(
    access: BrokerAccess,
    queues: Sequence[str],
    *,
    ended: Event,
    within_s: float = TOLD_WITHIN_S,
    every_s: float = LOOK_EVERY_S,
) -> str:
    """Return a sentence about those work queues that nobody consumes; "" where there are none.

    They are looked at until they are consumed, or the time is up, or `ended` is set.
    """
    until_s = time.monotonic() + within_s
    while sentence := _idle(access, queues):
        if time.monotonic() > until_s:
            return sentence
        if ended.wait(every_s):
            break
    return ""


def _idle(access: BrokerAccess, queues: Sequence[str]) -> str:
    try:
        found = consumers_by_queue(access)
    except StackError as error:
        return str(error)
    unused = [queue for queue in queues if queue in found and not found[queue]]
    told = "; ".join(f"nobody consumes the queue {queue!r}" for queue in unused)
    there = ", ".join(f"{name} ({count})" for name, count in sorted(found.items()))
    return told and (
        f"Expected every work queue of [broker] to have a consumer; {told}. Queues and their"
        f" consumers: {there}. {_CORRECT}"
    )


def _queues(access: BrokerAccess) -> list[_Queue]:
    return _got(access, "queues", list[_Queue], "?disable_stats=true")


def _got(access: BrokerAccess, what: str, kind: type[Rows], query: str = "") -> Rows:
    path = f"/api/{what}/{quote(access.vhost, safe='')}{query}"
    try:
        answer = exchange(access.management_url, "GET", path, within_s=ANSWER_S)
    except NoAnswerError as error:
        raise StackError(f"Expected the broker to tell its {what}; seen: {error}") from error
    if answer.status != _OK:
        raise StackError(f"Expected the broker to tell its {what}; seen: {answer.status}")
    return msgspec.json.decode(answer.body, type=kind)
