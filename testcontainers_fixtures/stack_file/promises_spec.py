"""What a stack file says of a gateway's answers: what they promise, and what they tell."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from testcontainers_fixtures.stack_file.contract_spec import (
    CollectionSpec,
    LeaveOut,
    PathRule,
    require_route,
)
from testcontainers_fixtures.stack_file.drift_spec import Drift
from testcontainers_fixtures.stack_file.parity_spec import ParityRule
from testcontainers_fixtures.stack_file.spec_fields import HeaderName, Name, Seconds, Variable

NEW_KEYS: Final = (
    *("paths", "added_headers", "leave_out", "collections", "open", "answers_within_s"),
    "parity",
)


class Contract(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the gateway promises to pass on, and what may differ between two equal answers.

    `dropped_headers` are those of a service's answer that the gateway leaves out on purpose.
    `not_run` are the reasons (the member `reason` of a problem, RFC 9457) with which it says that a
    call was not run; after any other failure it may have been. `credentials` maps each header that
    lets the harness in to the environment variable that has its value. `drift` is what is let be
    of what the documents say differently.

    `answers_within_s` is the gateway's own deadline, past which no call may hang; faults hold it to
    that.

    `paths` are rules by service, where the gateway's paths are not the service's. `added_headers`
    are given to each request by the gateway, with the value that a twin is to be sent where it is
    known. `leave_out` is not asked, `open` asks nobody who comes, `collections` says of lists what
    their schemas do not. `parity` has the places at which gateway and twin may answer otherwise.
    """

    request_headers: tuple[str, ...] = ()
    response_headers: tuple[str, ...] = ()
    dropped_headers: tuple[str, ...] = ()
    volatile_headers: tuple[str, ...] = ()
    volatile_fields: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()
    credentials: dict[HeaderName, Variable] = {}
    answers_within_s: Seconds | None = None
    paths: dict[Name, PathRule] = {}
    added_headers: tuple[HeaderName, ...] | dict[HeaderName, str] = ()
    leave_out: tuple[LeaveOut, ...] = ()
    parity: tuple[ParityRule, ...] = ()
    collections: dict[str, CollectionSpec] = {}
    open: tuple[str, ...] = ()
    drift: Drift = Drift()

    def __post_init__(self) -> None:
        """Refuse what names no route."""
        for at, route in enumerate(self.open):
            require_route(route, "open", at)

    @property
    def newer(self) -> str:
        """Return what of it needs the second format; "" where nothing does."""
        used = [key for key in NEW_KEYS if getattr(self, key)]
        return f"`{used[0]}` of [contract]" if used else ""

    @property
    def added(self) -> Mapping[str, str]:
        """Return the headers that the gateway adds, in lower case, each with its value or ""."""
        known = self.added_headers
        pairs = known.items() if isinstance(known, dict) else ((name, "") for name in known)
        return {name.lower(): value for name, value in pairs}


class Telemetry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Response headers that tell where time went and who answered; absent ones are not measured.

    `hops` maps each Server-Timing metric to the metric that encloses it ("" for the outermost), in
    the order in which a request passes them: what a hop took for itself is its duration without
    those of the hops inside it.
    """

    rpc_metric: str | None = None
    hops: dict[str, str] = {}
    worker_header: str | None = None
    deadline_header: str | None = None

    def __post_init__(self) -> None:
        """Refuse a hop inside one that is not named before it."""
        seen = {""}
        for name, inside in self.hops.items():
            if inside not in seen:
                raise ValueError(f"hop {name!r} lies inside {inside!r}, which no hop before it is")
            seen.add(name)
