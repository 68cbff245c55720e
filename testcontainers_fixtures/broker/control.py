"""Runs RabbitMQ's own command line against a private node."""

import subprocess
from collections.abc import Mapping, Sequence

from testcontainers_fixtures.errors import StackError

CONTROL_TIMEOUT_S = 30.0


def controlled(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return what `rabbitmqctl` says; raise StackError where it fails or takes too long."""
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=CONTROL_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StackError(
            f"Expected rabbitmqctl to answer within {CONTROL_TIMEOUT_S:.0f} s; it did not: "
            "the broker may be frozen, or the machine busy."
        ) from error
    return settled(command, done.returncode, done.stdout)


def settled(command: Sequence[str], code: int, said: str) -> str:
    """Return what a command said; raise StackError with its end where the code is not 0."""
    if code:
        raise StackError(
            f"Expected `rabbitmqctl {' '.join(command[1:])}` to succeed; it ended with {code} and "
            f"said: {said.strip()[-400:]}"
        )
    return said
