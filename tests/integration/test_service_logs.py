"""A service that runs logs as gateway and resolver do: a line of JSON a failure, with its call."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from system.boot import BOOT
from tests.integration.lone_part import alone

pytestmark = pytest.mark.timeout(120)

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ROW = {"surname": "a", "name": "b", "country": "c"}


def told(folder: Path) -> list[dict[str, Any]]:
    """Return what the service's workers logged."""
    [log] = folder.rglob("srv_clients*.log")
    found = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [line for line in found if line["event"] == "call failed"]


def due(within_s: float) -> str:
    """Return a deadline as a resolver would say it."""
    return f"boot={BOOT}; monotonic={time.monotonic() + within_s:.6f}; wall={time.time():.6f}"


def test_a_failure_is_one_line_that_names_its_call_and_an_ordinary_call_none(
    tmp_path: Path,
) -> None:
    store = tmp_path / "clients.sqlite3"
    settings = {"CLIENTS_DATABASE": str(store)}
    headers = {"X-Request-Id": "abc-1", "traceparent": TRACE, "X-Deadline": ""}
    with (
        alone(tmp_path, "srv_clients", workers=1, settings=settings) as part,
        httpx.Client(base_url=part.url, timeout=10) as client,
    ):
        created = client.post("/clients", json=ROW)
        with closing(sqlite3.connect(store, isolation_level=None)) as operator:
            operator.execute("BEGIN IMMEDIATE")
            late = client.post("/clients", json=ROW, headers=headers | {"X-Deadline": due(0.2)})
            # Broken by an operator: a defect as far as the service can tell.
            operator.execute("DROP TABLE clients")
            operator.execute("COMMIT")
        broken = client.get("/clients", headers={"X-Request-Id": "abc-2"})
    lines = told(tmp_path)

    assert (created.status_code, late.status_code, broken.status_code) == (201, 504, 500)
    assert broken.headers["X-Request-Id"] == "abc-2"
    assert [(one["reason"], one["request_id"]) for one in lines] == [
        ("deadline", "abc-1"),
        ("internal", "abc-2"),
    ]
    assert lines[0]["traceparent"] == TRACE
    assert {one["process"] for one in lines} == {"srv_clients"}
    assert "no such table" in lines[1]["exception"]
