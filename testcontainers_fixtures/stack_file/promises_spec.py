"""What a stack file says of a gateway's answers: what they promise, and what they tell."""

from msgspec import Struct

from testcontainers_fixtures.stack_file.drift_spec import Drift
from testcontainers_fixtures.stack_file.spec_fields import HeaderName, Variable


class Contract(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the gateway promises to pass on, and what may differ between two equal answers.

    `dropped_headers` are those of a service's answer that the gateway leaves out on purpose.
    `not_run` are the reasons (the member `reason` of a problem, RFC 9457) with which it says that a
    call was not run; after any other failure it may have been. `credentials` maps each header that
    lets the harness in to the environment variable that has its value. `drift` is what is let be
    of what the documents say differently.
    """

    request_headers: tuple[str, ...] = ()
    response_headers: tuple[str, ...] = ()
    dropped_headers: tuple[str, ...] = ()
    volatile_headers: tuple[str, ...] = ()
    volatile_fields: tuple[str, ...] = ()
    not_run: tuple[str, ...] = ()
    credentials: dict[HeaderName, Variable] = {}
    drift: Drift = Drift()


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
