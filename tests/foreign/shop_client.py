"""A client of the shop, as its tests use it: logged in, patient."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx

from testcontainers_fixtures.stack import Stack

# What the shop is started with; the tests put them into the environment.
SECRETS: Final = {
    "SHOP_PASSWORD": "correct-horse-battery",
    "SHOP_JWT_SECRET": "signed-with-more-than-32-letters-of-noise",
}
SEEDED: Final = [f"order {n}" for n in range(10, 30)]
ORDERS: Final = "/api/v1/orders"


@contextmanager
def shopper(stack: Stack) -> Iterator[httpx.Client]:
    """Give a client that has logged in."""
    body = {"user": "a test", "password": SECRETS["SHOP_PASSWORD"]}
    with httpx.Client(base_url=stack.gateway, timeout=20, trust_env=False) as client:
        token = client.post("/api/v1/login", json=body).raise_for_status().json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def items(stack: Stack) -> list[str]:
    """Return what is ordered, the oldest first."""
    with shopper(stack) as client:
        page = client.get(ORDERS, params={"limit": 100}).raise_for_status().json()
    return [one["item"] for one in page["items"]]


def order(stack: Stack, number: int) -> str:
    """Return what was ordered by the seed of that number, from 10 to 29."""
    path = f"{ORDERS}/00000000-0000-4000-8000-0000000000{number}"
    with shopper(stack) as client:
        found: dict[str, Any] = client.get(path).raise_for_status().json()
    return str(found["item"])


def placed(stack: Stack, item: str) -> int:
    """Place an order; return the status."""
    with shopper(stack) as client:
        return client.post(ORDERS, json={"item": item}).status_code
