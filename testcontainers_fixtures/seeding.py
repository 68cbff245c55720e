"""Puts a stack file's rows into a service, over HTTP, so that every engine can do it."""

import json

from testcontainers_fixtures.errors import StartError
from testcontainers_fixtures.http_client.http_exchange import exchange
from testcontainers_fixtures.placeholders import numbered
from testcontainers_fixtures.secret_values import with_secrets
from testcontainers_fixtures.stack_spec import Seed, StackSpec

ANSWER_WITHIN_S = 10.0
JSON = {"Content-Type": "application/json"}


def seed_service(spec: StackSpec, service: str, url: str) -> int:
    """Send every seed request of `service` to `url`, in order; return how many were sent."""
    return sum(_send(seed, url) for seed in spec.seed if seed.service == service)


def _send(seed: Seed, url: str) -> int:
    method, path = seed.request.split(" ", 1)
    where = f"The seed {seed.request!r} of {seed.service}"
    headers = {name: with_secrets(value, where) for name, value in seed.headers.items()}
    for n in range(1, seed.repeat + 1):
        body = None if seed.body is None else json.dumps(numbered(seed.body, n)).encode()
        answer = exchange(
            url,
            method,
            path.replace("{n}", str(n)),
            within_s=ANSWER_WITHIN_S,
            headers=(JSON if body else {}) | headers,
            body=body,
        )
        if answer.status != seed.status:
            raise StartError(
                f"Seeding {seed.service}: expected {seed.status} from {seed.request} number {n};"
                f" seen: {answer.status} {answer.text[:300]}"
            )
    return seed.repeat
