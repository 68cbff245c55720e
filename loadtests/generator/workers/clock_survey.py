"""Asks workers for the time, all of them and often enough that one exchange of each was quick."""

import time
from collections.abc import Collection
from typing import Final

from loadtests.generator.workers.clock_offsets import ClockExchange, ClockOffset, offset_in
from loadtests.generator.workers.master_channel import Heard, MasterChannel
from loadtests.generator.workers.messages import ClockRead, ReadClock

EXCHANGES: Final = 16
# Far away an exchange takes long, and fewer have to do.
LEAST: Final = 5
QUICKLY_S: Final = 1.0
WITHIN_S: Final = 8.0
_ROUND_S: Final = 2.0
_LOOK_S: Final = 0.1


def surveyed(channel: MasterChannel, workers: Collection[str]) -> dict[str, ClockOffset]:
    """Return each worker's offset by its id; who leaves meanwhile, or is silent, is left out."""
    found: dict[str, list[ClockExchange]] = {worker: [] for worker in workers}
    began_s = time.monotonic()
    for number in range(EXCHANGES):
        _exchange(channel, found, number)
        took_s = time.monotonic() - began_s
        if took_s > WITHIN_S or (number + 1 >= LEAST and took_s > QUICKLY_S):
            break
    return {worker: offset_in(made) for worker, made in found.items() if made}


def _exchange(channel: MasterChannel, found: dict[str, list[ClockExchange]], number: int) -> None:
    asked_s = {}
    for worker in found:
        asked_s[worker] = time.monotonic()
        channel.send(worker, ReadClock(number=number))
    until_s = time.monotonic() + _ROUND_S
    waited_for = set(found)
    while waited_for and time.monotonic() < until_s:
        waited_for -= {worker for worker in waited_for if channel.is_gone(worker)}
        heard = channel.next(within_s=_LOOK_S)
        if heard is None or heard.worker not in waited_for:
            continue
        if isinstance(heard.reply, ClockRead) and heard.reply.number == number:
            waited_for.discard(heard.worker)
            found[heard.worker].append(_made(asked_s[heard.worker], heard, heard.reply))


def _made(asked_s: float, heard: Heard, read: ClockRead) -> ClockExchange:
    here_s = time.time() - time.monotonic()
    return ClockExchange(
        asked_s=asked_s,
        got_s=read.got_s,
        told_s=read.told_s,
        heard_s=heard.at_s,
        wall_ahead_s=(read.wall_s - read.told_s) - here_s,
    )
