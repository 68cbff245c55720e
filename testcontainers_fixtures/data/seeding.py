"""Puts a stack file's rows into a part, over HTTP, so that every engine can do it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from testcontainers_fixtures.errors import SpecError, StartError
from testcontainers_fixtures.http_client.http_exchange import exchange
from testcontainers_fixtures.output.redaction import hidden
from testcontainers_fixtures.placeholders import numbered
from testcontainers_fixtures.secret_values import with_secrets
from testcontainers_fixtures.stack_spec import Seed, StackSpec

ANSWER_WITHIN_S = 10.0
JSON = {"Content-Type": "application/json"}


def turns(spec: StackSpec) -> Iterator[list[Seed]]:
    """Yield the seeds that may be put in beside each other: services have data of their own.

    What goes through the gateway, or is a command, has a turn of its own, so that the file's order
    holds for it.
    """
    beside: list[Seed] = []
    for seed in spec.seed:
        if seed.request and seed.into in spec.named("service"):
            beside.append(seed)
            continue
        yield from ([beside] if beside else [])
        beside = []
        yield [seed]
    yield from ([beside] if beside else [])


def put_in(
    seeds: Iterable[Seed], url: str, folder: Path, entry: Mapping[str, str] | None = None
) -> int:
    """Send every request of the seeds to `url`, in order; return how many were sent.

    `folder` is that of the stack file, `entry` the headers that let a request in. Raises SpecError
    for rows that cannot be read, StartError for an answer that is another.
    """
    return sum(_send(seed, url, folder, entry or {}) for seed in seeds)


def _send(seed: Seed, url: str, folder: Path, entry: Mapping[str, str]) -> int:
    method, path = (seed.request or "").split(" ", 1)
    where = f"The seed {seed.request!r} of {seed.into}"
    headers = {name: with_secrets(value, where) for name, value in seed.headers.items()}
    n = 0
    for n, body in enumerate(_bodies(seed, folder), start=1):
        answer = exchange(
            url,
            method,
            path.replace("{n}", str(n)),
            within_s=ANSWER_WITHIN_S,
            headers={**entry, **(JSON if body else {}), **headers},
            body=body,
        )
        if answer.status != seed.status:
            raise StartError(
                f"Seeding {seed.into}: expected {seed.status} from {seed.request} number {n};"
                f" seen: {answer.status} {hidden(answer.text)[:300]}"
            )
    return n


def _bodies(seed: Seed, folder: Path) -> Iterator[bytes | None]:
    if seed.rows:
        yield from (json.dumps(row).encode() for row in rows_in(folder / seed.rows))
        return
    for n in range(1, seed.repeat + 1):
        yield None if seed.body is None else json.dumps(numbered(seed.body, n)).encode()


def rows_in(file: Path) -> list[Any]:
    """Return the rows of a file: one array, or a value a line; raise SpecError otherwise."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise SpecError(f"Expected the rows of a seed in {file}, but: {error}.") from error
    try:
        if text.lstrip().startswith("["):
            found: list[Any] = json.loads(text)
            return found
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise SpecError(
            f"Expected {file} to hold one array of JSON, or a value of JSON a line: {error}."
        ) from error
