"""A service of a set speed: every list of clients takes its worker 50 ms, and nothing else does.

Gunicorn's sync workers run one call at a time and accept a connection a call, so that W of them are
W equal servers with one queue. It stands where the clients service stands.
"""

import os
import time
from collections.abc import Callable, Iterable

HELD_S = 0.05
Start = Callable[[str, list[tuple[str, str]]], object]


def app(environ: dict[str, str], start_response: Start) -> Iterable[bytes]:
    """Answer an empty list after 50 ms; tell at once that it is ready."""
    begun_s = time.monotonic()
    if environ["PATH_INFO"] == "/ready":
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]
    time.sleep(max(0.0, HELD_S - (time.monotonic() - begun_s)))
    start_response(
        "200 OK",
        [
            ("Content-Type", "application/json"),
            ("Content-Length", "2"),
            ("X-Served-By", f"known/{os.getpid()}"),
        ],
    )
    return [b"[]"]
