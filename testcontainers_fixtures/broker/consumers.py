"""Asks the broker which queues there are, and how many consume each."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from testcontainers_fixtures.engines.engine import BrokerAccess
from testcontainers_fixtures.errors import NoAnswerError, StackError
from testcontainers_fixtures.http_client.http_exchange import exchange
from testcontainers_fixtures.stack_file.nearest import meant

ANSWER_S: Final = 2.0
POLL_S: Final = 0.1
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
    # A consumer is told of with the statistics of its channel, up to 5 s after it came; nothing
    # that the management API has is sooner.
    found = Counter(one.queue.name for one in _got(access, "consumers", list[_Consumer]))
    queues = _got(access, "queues", list[_Queue], "?disable_stats=true")
    return {one.name: found[one.name] for one in queues}


def idle(access: BrokerAccess, queues: Sequence[str], *, within_s: float) -> str:
    """Return a sentence about those work queues that nobody consumes; "" where there are none.

    They are looked at until they are, or the time is up.
    """
    until_s = time.monotonic() + within_s
    while sentence := _idle(access, queues):
        if time.monotonic() > until_s:
            return sentence
        time.sleep(POLL_S)
    return ""


def _idle(access: BrokerAccess, queues: Sequence[str]) -> str:
    try:
        found = consumers_by_queue(access)
    except StackError as error:
        return str(error)
    missing = [queue for queue in queues if queue not in found]
    unused = [queue for queue in queues if queue in found and not found[queue]]
    told = [f"there is no queue {queue!r}{meant(queue, found)}" for queue in missing]
    told += [f"nobody consumes the queue {queue!r}" for queue in unused]
    if not told:
        return ""
    there = ", ".join(f"{name} ({count})" for name, count in sorted(found.items())) or "none"
    return (
        f"Expected every work queue of [broker] to have a consumer; {'; '.join(told)}. Queues and"
        f" their consumers: {there}. Correct `work_queue` or `work_queues`."
    )


def _got(access: BrokerAccess, what: str, kind: type[Rows], query: str = "") -> Rows:
    path = f"/api/{what}/{quote(access.vhost, safe='')}{query}"
    try:
        answer = exchange(access.management_url, "GET", path, within_s=ANSWER_S)
    except NoAnswerError as error:
        raise StackError(f"Expected the broker to tell its {what}; seen: {error}") from error
    if answer.status != _OK:
        raise StackError(f"Expected the broker to tell its {what}; seen: {answer.status}")
    return msgspec.json.decode(answer.body, type=kind)
