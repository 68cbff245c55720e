"""Puts a stack file's rows into a service, over HTTP, so that every engine can do it."""

import httpx

from testcontainers_fixtures.errors import StartError
from testcontainers_fixtures.placeholders import numbered
from testcontainers_fixtures.stack_spec import Seed, StackSpec


def seed_service(client: httpx.Client, spec: StackSpec, service: str, url: str) -> int:
    """Send every seed request of `service` to `url`, in order; return how many were sent."""
    return sum(_send(client, seed, url) for seed in spec.seed if seed.service == service)


def _send(client: httpx.Client, seed: Seed, url: str) -> int:
    method, path = seed.request.split(" ", 1)
    for n in range(1, seed.repeat + 1):
        target = url + path.replace("{n}", str(n))
        answer = client.request(method, target, json=numbered(seed.body, n))
        if answer.status_code != seed.status:
            raise StartError(
                f"Seeding {seed.service}: expected {seed.status} from {seed.request} number {n};"
                f" seen: {answer.status_code} {answer.text[:300]}"
            )
    return seed.repeat
