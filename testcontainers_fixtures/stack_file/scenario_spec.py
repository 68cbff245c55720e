"""A stack file's traffic: what is asked, how often, and what the answers are held to."""

import re
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from testcontainers_fixtures.errors import KeyedError
from testcontainers_fixtures.stack_file.draw_spec import Draw, refuse_empty_ranges
from testcontainers_fixtures.stack_file.flow_spec import FlowStep, Kept, refuse_contradictions
from testcontainers_fixtures.stack_file.spec_fields import HeaderName, Name, RequestLine

# From the first to the last and again, any by the seed, or each row once.
RowOrder = Literal["in order", "random", "once"]
Limit = Annotated[float, Meta(gt=0)]
_UNIT: Final = re.compile(r"_(ms|share|per_s)$")


class Call(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of request in a traffic mix.

    `{NAME}` in the request and in the body's strings is drawn evenly from `draw[NAME]`, stands in a
    column of the scenario's data, or is taken from what another call `keeps`: a JSON pointer into
    its answer, stored under a name. A call that `takes` a name uses each value once: writes pair
    with deletes.
    `expect` holds a good answer to values at places (a JSON pointer, header, cookie), and
    `expect_schema` its body to a JSON Schema beside the file: what does not fit has failed.
    `resolver` is the part that takes it from its queue, which the capacity model needs to know
    where there are several kinds; the gateway, where that answers by itself.
    Braces written twice are braces. In the values of `headers` stands `{secrets.NAME}` for an
    environment variable. Calls of one name count as one in the figures.
    """

    name: str
    request: RequestLine
    resolver: Name | None = None
    weight: Annotated[float, Meta(gt=0)] = 1.0
    headers: dict[HeaderName, str] = {}
    body: Any = None
    draw: dict[str, Draw] = {}
    keeps: dict[str, str] = {}
    takes: str | None = None
    status: tuple[int, ...] = (200, 201, 202, 204)
    expect: dict[Kept, Any] = {}
    expect_schema: str = ""

    def __post_init__(self) -> None:
        """Refuse a range that holds nothing."""
        refuse_empty_ranges(self.draw)


class Slo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a traffic mix is held to: limits in ms, a share, and the least requests a second.

    `call` names one call of it; without it the limits are about all of them together.
    """

    call: str = ""
    p50_ms: Limit | None = None
    p90_ms: Limit | None = None
    p99_ms: Limit | None = None
    p99_9_ms: Limit | None = None
    failed_share: Annotated[float, Meta(gt=0, le=1)] | None = None
    throughput_per_s: Limit | None = None

    def __post_init__(self) -> None:
        """Refuse an SLO without a limit, and a rate that a call's weight decides."""
        if not self.limits:
            raise ValueError("an slo sets no limit; give one, such as p99_ms = 50")
        if self.call and self.throughput_per_s is not None:
            raise ValueError("throughput_per_s is about all calls; leave the slo's call out")

    @property
    def limits(self) -> dict[str, float]:
        """Return the limits that are set, by figure without its unit."""
        named = {name: getattr(self, name) for name in self.__struct_fields__ if name != "call"}
        return {_UNIT.sub("", name): limit for name, limit in named.items() if limit is not None}


class Scenario(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Traffic that `loadtests` can drive, and what it is held to: a mix of calls, or a flow.

    `calls` are independent of each other; a `flow` is the steps that each session takes in order.
    `headers` are those of every call or step that does not have its own of that name. `data` is a
    file beside this one, of which each request, or each session, has a row: its columns are values
    in braces.
    """

    description: str
    headers: dict[HeaderName, str] = {}
    calls: Annotated[tuple[Call, ...], Meta(min_length=1)] = ()
    flow: Annotated[tuple[FlowStep, ...], Meta(min_length=1)] = ()
    data: str = ""
    data_order: RowOrder = "in order"
    slo: tuple[Slo, ...] = ()

    def __post_init__(self) -> None:
        """Refuse both or neither, a call that takes what no call keeps, and steps at odds."""
        if bool(self.calls) == bool(self.flow):
            raise ValueError("a scenario has `calls` or a `flow`, and one of them")
        kept = {name for call in self.calls for name in call.keeps}
        for at, call in enumerate(self.calls):
            if call.takes and call.takes not in kept:
                raise KeyedError(
                    f"call {call.name!r} takes {call.takes!r}, which no call keeps",
                    "calls",
                    at,
                    "takes",
                )
        refuse_contradictions(self.flow)

    @property
    def asked(self) -> tuple[Call | FlowStep, ...]:
        """Return what is asked, in the file's order: calls, or the steps of a flow."""
        return self.flow or self.calls
