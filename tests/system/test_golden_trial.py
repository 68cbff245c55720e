"""The golden trial: the published sequence of calls, straight at the service and by the gateway."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from testcontainers_fixtures.stack import Stack

JOHN = {"surname": "John", "name": "Malkovitch", "country": "USA"}
SMITH = {"surname": "John", "name": "Smith", "country": "Great Britain"}

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(params=["service", "gateway"])
def client(request: pytest.FixtureRequest, stack: Stack) -> Iterator[httpx.Client]:
    """Give a client of a system that holds no rows."""
    stack.reset(seeded=False)
    base_url = stack.gateway if request.param == "gateway" else stack.services["srv_clients"]
    with httpx.Client(base_url=base_url, timeout=10) as opened:
        yield opened


def test_a_client_is_created_listed_read_changed_deleted_and_gone(client: httpx.Client) -> None:
    def seen(method: str, path: str, body: object = None) -> tuple[int, Any]:
        answer = client.request(method, path, json=body) if body else client.request(method, path)
        return answer.status_code, answer.json()

    john, smith = {"id": 1, **JOHN}, {"id": 1, **SMITH}

    assert seen("POST", "/clients", JOHN) == (201, john)
    assert seen("GET", "/clients") == (200, [john])
    assert seen("GET", "/clients/1") == (200, john)
    assert seen("PATCH", "/clients/1", SMITH) == (202, smith)
    assert seen("DELETE", "/clients/1") == (202, None)
    assert seen("GET", "/clients/1") == (404, {"detail": "Client not found"})


def test_the_broker_shows_the_work_queue_the_dead_letters_and_one_callback_queue_a_worker(
    stack: Stack,
) -> None:
    queues = httpx.get(f"{stack.management}/api/queues/gateway", timeout=10).json()
    exchanges = httpx.get(f"{stack.management}/api/exchanges/gateway", timeout=10).json()
    names = [queue["name"] for queue in queues]

    assert "resolve" in names
    assert "rpc.dlx" in {exchange["name"] for exchange in exchanges}
    assert len([name for name in names if name.startswith("rpc.reply.")]) == 1


def test_an_answer_tells_its_request_id_and_where_the_time_went(stack: Stack) -> None:
    answer = httpx.get(f"{stack.gateway}/clients", headers={"X-Request-Id": "abc-1"}, timeout=10)
    entries = (entry.split(";dur=") for entry in answer.headers["Server-Timing"].split(", "))
    hops = {name: float(duration) for name, duration in entries}
    parts = hops["publish"] + hops["wait"] + hops["resolver"] + hops["reply"]

    assert answer.headers["X-Request-Id"] == "abc-1"
    assert set(hops) == {"gw", "rpc", "publish", "wait", "resolver", "service", "reply"}
    assert parts == pytest.approx(hops["rpc"], abs=0.01)
    assert hops["service"] <= hops["resolver"]
    assert hops["rpc"] <= hops["gw"]


def test_a_service_error_passes_byte_for_byte(stack: Stack) -> None:
    direct = httpx.get(f"{stack.services['srv_goods']}/goods/999999", timeout=10)
    through = httpx.get(f"{stack.gateway}/goods/999999", timeout=10)

    assert (through.status_code, through.content) == (direct.status_code, direct.content)
    assert through.headers["Content-Type"] == direct.headers["Content-Type"]
