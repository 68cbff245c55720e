"""Reads from the taps what reached each service during a trial, and when.

A tap keeps far more records than a trial makes, so they are read once, when all is over: by then
every answer that came has come.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Final, Self

from contract_tests.faults.ledger import ServiceWork
from testcontainers_fixtures.errors import StackError
from testcontainers_fixtures.taps.records import Arrival, TapReader

# A tap listens only while its service does, which may have come up just now.
LOOKS: Final = 20
PAUSE_S: Final = 0.5


class TapArrivals:
    """What has reached the services since it was entered."""

    def __init__(self, taps: Mapping[str, str], prefix: str) -> None:
        self._taps = taps
        self._pattern = re.compile(rf"{re.escape(prefix)}\d+".encode())
        self._open = ExitStack()
        self._readers: dict[str, TapReader] = {}

    def __repr__(self) -> str:
        """Show where it looks."""
        return f"<TapArrivals at {', '.join(self._taps)}>"

    def __enter__(self) -> Self:
        """Leave out what has arrived up to now; raise StackError where a tap does not answer."""
        for name, url in self._taps.items():
            self._readers[name] = self._open.enter_context(TapReader(url))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Look no more."""
        self._open.close()

    def work(self) -> list[ServiceWork]:
        """Return what has arrived; raise StackError where a tap does not tell."""
        return [
            work
            for name, reader in self._readers.items()
            for one in _looked(reader)
            for work in self._work(name, one)
        ]

    def _work(self, service: str, arrival: Arrival) -> Iterator[ServiceWork]:
        for key in set(self._pattern.findall(arrival.request.content)):
            yield ServiceWork(
                key=key.decode(),
                service=service,
                arrived_s=arrival.arrived_s,
                answered_s=arrival.answered_s,
                status=arrival.answer.status if arrival.answer else None,
            )


def _looked(reader: TapReader) -> list[Arrival]:
    for _ in range(LOOKS - 1):
        try:
            return reader.arrivals()
        except StackError:
            time.sleep(PAUSE_S)
    return reader.arrivals()
