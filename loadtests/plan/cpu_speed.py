"""A fixed piece of work, timed: how fast a core of this machine is just now.

On a shared machine a core is not equally fast at all hours. A neighbour on the same silicon takes
clock, caches and memory from it, which no kernel tells: busy shares stay, and every request costs
more CPU time. So the same work is timed before each stretch of traffic and after it.
"""

import json
import statistics
import time
from typing import Final

# What gateways do all day: objects to text and back. About 0.2 ms.
_DOCUMENT: Final = [
    {"id": number, "name": f"item {number}", "price": number / 7, "tags": ["a", "b", "c"]}
    for number in range(120)
]
# Their median bears a few that were interrupted.
_TIMES: Final = 15
_MS_PER_NS: Final = 1e-6


def reference_work_ms() -> float:
    """Return how long the work takes now, in ms: the median of 15 times, 3 to 5 ms in all."""
    return round(statistics.median(_once_ns() for _ in range(_TIMES)) * _MS_PER_NS, 4)


def _once_ns() -> int:
    began_ns = time.perf_counter_ns()
    json.loads(json.dumps(_DOCUMENT))
    return time.perf_counter_ns() - began_ns
