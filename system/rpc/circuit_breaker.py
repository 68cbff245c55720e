"""Leaves a service alone for a moment after it has failed several times in a row.

    closed --- `failures` in a row ---> open --- after `rest_s` ---> half-open: one call is let in
       ^                                  ^                              |
       +------------- it is answered -----|------------------------------+
                                          +------- it fails -------------+

It is our own because none of the libraries lets just one call in when half-open: purgatory (3.0)
and circuitbreaker (2.1) let all in, pybreaker (1.4) runs coroutines under Tornado only, aiobreaker
has rested since 2021. With 32 calls waiting for a service that hangs, one and all is the difference
between one call that runs into its deadline and 32.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from system.wire.rpc_errors import (
    DeadlinePassedError,
    UpstreamBadError,
    UpstreamOpenError,
    UpstreamRefusedError,
)

log = structlog.stdlib.get_logger(__name__)


class Breaker:
    """Judges the calls to one service; `call` around each.

    A refused connection and a broken answer count as failures, and a call that ran into its
    deadline after it had at least `patience_s`: a client that asks for an answer within 1 ms says
    nothing about the service. An answer never counts, whatever its status: a 500 is one endpoint's
    defect, and costs no more than a 200; to open for it would take all the others down.
    """

    def __init__(
        self,
        service: str,
        *,
        failures: int,
        rest_s: float,
        patience_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.service = service
        self.failures = failures
        self.rest_s = rest_s
        self.patience_s = patience_s
        self._clock = clock
        self._failed = 0
        self._open_until_s: float | None = None
        self._trying = False

    def __repr__(self) -> str:
        """Show the service and the state."""
        return f"<Breaker {self.service} {self.state}>"

    @property
    def state(self) -> str:
        """Return closed, open or half-open."""
        if self._open_until_s is None:
            return "closed"
        return "open" if self._clock() < self._open_until_s else "half-open"

    @contextmanager
    def call(self) -> Iterator[None]:
        """Let one call through and learn from it, or raise UpstreamOpenError."""
        trial = self._admit()
        begun_s = self._clock()
        try:
            yield
        except (UpstreamRefusedError, UpstreamBadError):
            self._note_failure(trial=trial)
            raise
        except DeadlinePassedError:
            if self._clock() - begun_s >= self.patience_s:
                self._note_failure(trial=trial)
            raise
        else:
            self._note_answer(trial=trial)
        finally:
            self._trying = self._trying and not trial

    def _admit(self) -> bool:
        """Return whether this call is the trial."""
        if self._open_until_s is None:
            return False
        left_s = self._open_until_s - self._clock()
        if left_s > 0 or self._trying:
            # How long the trial takes is not known: about a rest.
            raise UpstreamOpenError(retry_after_s=left_s if left_s > 0 else self.rest_s)
        self._trying = True
        return True

    def _note_failure(self, *, trial: bool) -> None:
        self._failed += 1
        if trial or (self._open_until_s is None and self._failed >= self.failures):
            if not trial:
                log.warning("breaker opened", service=self.service, failures=self._failed)
            self._open_until_s = self._clock() + self.rest_s

    def _note_answer(self, *, trial: bool) -> None:
        # One that began before it opened says nothing of the service as it is now.
        if trial:
            log.info("breaker closed", service=self.service)
            self._open_until_s = None
        if self._open_until_s is None:
            self._failed = 0
