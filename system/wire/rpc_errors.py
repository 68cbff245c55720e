"""What can go wrong with a call, as one tree; each leaf has a reason that travels on the wire.

Fault
├── NotRun              nothing was executed: safe to try again
│   ├── NoResponder     no resolver is listening
│   ├── BrokerDown      the broker cannot be reached
│   ├── BrokerBlocked   the broker takes no messages (memory or disk alarm)
│   ├── AccessRefused   the broker lets its user not do what a call takes
│   ├── QueueMismatch   the work queue that is there cannot serve
│   ├── Overload        too many calls in flight, or the queue is full
│   ├── TooLarge        the request is longer than a message may be
│   ├── HeadTooLarge    its target, a header or all of them are longer than an envelope carries
│   ├── BadEnvelope     bytes that are no envelope of this version
│   ├── LateOnArrival   the deadline had passed by another machine's clock when a resolver took it
│   ├── UnknownService  no service owns the first segment of the path
│   ├── UpstreamRefused the service refuses the connection
│   └── UpstreamOpen    the service's breaker is open
└── MaybeRun            it may have happened: only the caller can know whether to ask again
    ├── DeadlinePassed  no answer by the deadline
    ├── OutcomeUnknown  a resolver died holding a call that is not run again
    └── UpstreamBad     the service broke off, answered what is no HTTP, or far too much
"""

from typing import ClassVar


class Fault(Exception):  # noqa: N818 -- a fault is a normal answer here, mapped to a status
    """A call ended without the service's answer.

    `retry_after_s`, where it is known, is when another try may be worth it.
    """

    reason: ClassVar[str]
    sentence: ClassVar[str]

    def __init__(self, detail: str | None = None, *, retry_after_s: float | None = None) -> None:
        super().__init__(detail or self.sentence)
        self.retry_after_s = retry_after_s


class NotRun(Fault):
    """Nothing was executed."""


class MaybeRun(Fault):
    """The call may have been executed."""


class NoResponder(NotRun):
    """No resolver is listening on the work queue."""

    reason = "no_responder"
    sentence = "No resolver is listening."


class BrokerDown(NotRun):
    """The broker cannot be reached."""

    reason = "broker_down"
    sentence = "The message broker cannot be reached."


class BrokerBlocked(NotRun):
    """The broker takes no messages."""

    reason = "broker_blocked"
    sentence = "The message broker takes no messages at present."


class AccessRefused(NotRun):
    """The broker does not let its user do what a call takes; the detail names the right."""

    reason = "access_refused"
    sentence = "The message broker refuses access."


class QueueMismatch(NotRun):
    """The work queue is declared otherwise, in a way that cannot serve; the detail says how."""

    reason = "queue_mismatch"
    sentence = "The work queue that is there cannot serve calls."


class Overload(NotRun):
    """Too many calls are in flight."""

    reason = "overload"
    sentence = "Too many calls are in flight."


class TooLarge(NotRun):
    """The request is longer than a message may be."""

    reason = "too_large"
    sentence = "The request is too large."


class HeadTooLarge(NotRun):
    """The request's target, a header or all of them are longer than an envelope carries."""

    reason = "head_too_large"
    sentence = "The request's head is too large."


class BadEnvelope(NotRun):
    """The bytes are no envelope of this version."""

    reason = "bad_envelope"
    sentence = "The message is no envelope of a known version."


class LateOnArrival(NotRun):
    """The deadline had passed when a resolver took the call, by another machine's clock."""

    reason = "late_on_arrival"
    sentence = "The call was late when a resolver took it, and was not run."


class UnknownService(NotRun):
    """No service owns the first segment of the path."""

    reason = "unknown_service"
    sentence = "No service owns this path."


class UpstreamRefused(NotRun):
    """The service refuses the connection."""

    reason = "upstream_refused"
    sentence = "The service refuses the connection."


class UpstreamOpen(NotRun):
    """The service's breaker is open."""

    reason = "upstream_open"
    sentence = "The service failed too often and is being left alone for a moment."


class DeadlinePassed(MaybeRun):
    """No answer came by the deadline."""

    reason = "deadline"
    sentence = "No answer came by the deadline."


class OutcomeUnknown(MaybeRun):
    """A resolver died holding a call that is not run again: an unsafe one, or one of several."""

    reason = "outcome_unknown"
    sentence = "The call was interrupted; whether it took effect is unknown."


class UpstreamBad(MaybeRun):
    """The service broke off, or answered what is no HTTP or far too much."""

    reason = "upstream_bad"
    sentence = "The service answered with something that is not HTTP."


def leaves(root: type[Fault] = Fault) -> dict[str, type[Fault]]:
    """Return every fault that can travel, by its reason."""
    found = {root.reason: root} if "reason" in vars(root) else {}
    for child in root.__subclasses__():
        found |= leaves(child)
    return found


def fault_for(reason: str, detail: str, retry_after_s: float | None = None) -> Fault:
    """Return the fault that a reply names; one this version does not know may have run."""
    kind = leaves().get(reason)
    if kind is None:
        return OutcomeUnknown(f"{reason}: {detail}")
    return kind(detail, retry_after_s=retry_after_s)
