"""Which requests are worth a span: the slowest of each phase, what went wrong, and some others."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

# Of each phase of a trial: the page's ten slowest, and two more, since rows are rounded. What is
# neither is a hundredth, so that the usual is beside the unusual.
MOST_SLOW: Final = 12
MOST_BAD: Final = 50
EVERY: Final = 100
WARM_UP: Final = "warm-up"
_NS_PER_S: Final = 1_000_000_000
_NUMBER: Final = 16  # hexadecimal digits of a trace id that are the request's number

Row = Mapping[str, str]


class TracedRequest(Struct, frozen=True, kw_only=True):
    """A request as a span has it: `span_id` is what the system got as the parent's."""

    trace_id: int
    span_id: int
    name: str
    begin_ns: int
    end_ns: int
    is_good: bool
    reason: str
    attributes: dict[str, str | int | float]


def traced(rows: Iterable[Row]) -> Iterator[TracedRequest]:
    """Yield the requests of a trial that get a span, from its rows as they were written down.

    Of a long run there are millions of rows: only those that may be chosen are held.
    """
    phases: defaultdict[tuple[str, str], _Phase] = defaultdict(_Phase)
    for row in rows:
        if row["phase"] != WARM_UP:
            phases[row["phase"], row["users"]].add(row)
    for phase in phases.values():
        yield from (_request(row, why) for row, why in phase.chosen())


class _Phase:
    def __init__(self) -> None:
        self._count = 0
        self._slow: list[tuple[float, int, Row]] = []  # a heap
        self._others: dict[int, tuple[Row, str]] = {}
        self._bad = 0

    def add(self, row: Row) -> None:
        number, self._count = self._count, self._count + 1
        if row["outcome"] != "ok" and self._bad < MOST_BAD:
            self._bad += 1
            self._others[number] = row, "went wrong"
        elif number % EVERY == 0:
            self._others[number] = row, "sampled"
        # As on the page: a failed one may have been refused in no time, or given up.
        if row["outcome"] != "failed":
            heapq.heappush(self._slow, (_took_s(row), number, row))
            if len(self._slow) > MOST_SLOW:
                heapq.heappop(self._slow)

    def chosen(self) -> Iterator[tuple[Row, str]]:
        slow = {number: (row, "slowest") for _, number, row in self._slow}
        for _, found in sorted((self._others | slow).items(), key=lambda one: one[0]):
            yield found


def _took_s(row: Row) -> float:
    return float(row["done_s"]) - float(row["due_s"])


def _request(row: Row, why: str) -> TracedRequest:
    hops = {
        f"gatewaybench.hop.{name}": float(value)
        for name, value in row.items()
        if name.endswith("_ms") and value
    }
    status = {"http.response.status_code": int(row["status"])} if row["status"] else {}
    late_ms = (float(row["sent_s"]) - float(row["due_s"])) * 1_000
    return TracedRequest(
        trace_id=int(row["trace_id"], 16),
        span_id=int(row["trace_id"][-_NUMBER:], 16),
        name=row["call"],
        begin_ns=_ns(row["sent_s"]),
        end_ns=_ns(row["done_s"]),
        is_good=row["outcome"] == "ok",
        reason=row["reason"],
        attributes={
            "gatewaybench.phase": row["phase"],
            "gatewaybench.why": why,
            "gatewaybench.outcome": row["outcome"],
            "gatewaybench.response_ms": round(_took_s(row) * 1_000, 3),
            "gatewaybench.late_ms": round(late_ms, 3),
            **status,
            **hops,
        },
    )


def _ns(text: str) -> int:
    """Return whole nanoseconds of seconds with six decimals: no float holds so many digits."""
    whole, _, rest = text.partition(".")
    return int(whole) * _NS_PER_S + int(rest.ljust(9, "0"))
