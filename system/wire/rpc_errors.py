"""What can go wrong with a call, as one tree; each leaf has a reason that travels on the wire.

RpcError
├── NotRunError              nothing was executed: safe to try again
│   ├── NoResponderError     no resolver is listening
│   ├── BrokerDownError      the broker cannot be reached
│   ├── BrokerBlockedError   the broker takes no messages (memory or disk alarm)
│   ├── AccessRefusedError   the broker lets its user not do what a call takes
│   ├── QueueMismatchError   the work queue that is there cannot serve
│   ├── OverloadError        too many calls in flight, or the queue is full
│   ├── RequestTooLargeError the request is longer than a message may be
│   ├── HeadTooLargeError    its target, a header or all of them are too long for an envelope
│   ├── BadEnvelopeError     bytes that are no envelope of this version
│   ├── LateOnArrivalError   by another machine's clock its deadline had passed at the resolver
│   ├── UnknownServiceError  no service owns the first segment of the path
│   ├── UpstreamRefusedError the service refuses the connection
│   └── UpstreamOpenError    the service's breaker is open
└── MaybeRunError            it may have happened: only the caller can know whether to ask again
    ├── DeadlinePassedError  no answer by the deadline
    ├── OutcomeUnknownError  a resolver died holding a call that is not run again
    └── UpstreamBadError     the service broke off, answered what is no HTTP, or far too much
"""

from typing import ClassVar


class RpcError(Exception):
    """A call ended without the service's answer.

    `retry_after_s`, where it is known, is when another try may be worth it.
    """

    reason: ClassVar[str]
    sentence: ClassVar[str]

    def __init__(self, detail: str | None = None, *, retry_after_s: float | None = None) -> None:
        super().__init__(detail or self.sentence)
        self.retry_after_s = retry_after_s


class NotRunError(RpcError):
    """Nothing was executed."""


class MaybeRunError(RpcError):
    """The call may have been executed."""


class NoResponderError(NotRunError):
    """No resolver is listening on the work queue."""

    reason = "no_responder"
    sentence = "No resolver is listening."


class BrokerDownError(NotRunError):
    """The broker cannot be reached."""

    reason = "broker_down"
    sentence = "The message broker cannot be reached."


class BrokerBlockedError(NotRunError):
    """The broker takes no messages."""

    reason = "broker_blocked"
    sentence = "The message broker takes no messages at present."


class AccessRefusedError(NotRunError):
    """The broker does not let its user do what a call takes; the detail names the right."""

    reason = "access_refused"
    sentence = "The message broker refuses access."


class QueueMismatchError(NotRunError):
    """The work queue is declared otherwise, in a way that cannot serve; the detail says how."""

    reason = "queue_mismatch"
    sentence = "The work queue that is there cannot serve calls."


class OverloadError(NotRunError):
    """Too many calls are in flight."""

    reason = "overload"
    sentence = "Too many calls are in flight."


class RequestTooLargeError(NotRunError):
    """The request is longer than a message may be."""

    reason = "too_large"
    sentence = "The request is too large."


class HeadTooLargeError(NotRunError):
    """The request's target, a header or all of them are longer than an envelope carries."""

    reason = "head_too_large"
    sentence = "The request's head is too large."


class BadEnvelopeError(NotRunError):
    """The bytes are no envelope of this version."""

    reason = "bad_envelope"
    sentence = "The message is no envelope of a known version."


class LateOnArrivalError(NotRunError):
    """The deadline had passed when a resolver took the call, by another machine's clock."""

    reason = "late_on_arrival"
    sentence = "The call was late when a resolver took it, and was not run."


class UnknownServiceError(NotRunError):
    """No service owns the first segment of the path."""

    reason = "unknown_service"
    sentence = "No service owns this path."


class UpstreamRefusedError(NotRunError):
    """The service refuses the connection."""

    reason = "upstream_refused"
    sentence = "The service refuses the connection."


class UpstreamOpenError(NotRunError):
    """The service's breaker is open."""

    reason = "upstream_open"
    sentence = "The service failed too often and is being left alone for a moment."


class DeadlinePassedError(MaybeRunError):
    """No answer came by the deadline."""

    reason = "deadline"
    sentence = "No answer came by the deadline."


class OutcomeUnknownError(MaybeRunError):
    """A resolver died holding a call that is not run again: an unsafe one, or one of several."""

    reason = "outcome_unknown"
    sentence = "The call was interrupted; whether it took effect is unknown."


class UpstreamBadError(MaybeRunError):
    """The service broke off, or answered what is no HTTP or far too much."""

    reason = "upstream_bad"
    sentence = "The service answered with something that is not HTTP."


def leaves(root: type[RpcError] = RpcError) -> dict[str, type[RpcError]]:
    """Return every fault that can travel, by its reason."""
    found = {root.reason: root} if "reason" in vars(root) else {}
    for child in root.__subclasses__():
        found |= leaves(child)
    return found


def fault_for(reason: str, detail: str, retry_after_s: float | None = None) -> RpcError:
    """Return the fault that a reply names; one this version does not know may have run."""
    kind = leaves().get(reason)
    if kind is None:
        return OutcomeUnknownError(f"{reason}: {detail}")
    return kind(detail, retry_after_s=retry_after_s)
