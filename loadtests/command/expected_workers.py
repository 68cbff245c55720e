"""The workers of other machines that were asked for, or in one sentence why that cannot be."""

import ipaddress
import os
import socket
from typing import Final

from loadtests.command.conflicts import not_usual, refuse
from loadtests.command.options import RunOptions
from loadtests.plan.load_workers import ExpectedWorkers
from loadtests.sweep.locust_process import LOCUSTS
from loadtests.sweep.outputs.figures_out import FiguresOut
from testcontainers_fixtures.attachment import is_on_loopback, means_here
from testcontainers_fixtures.command_options import option_of
from testcontainers_fixtures.errors import SpecError

_BESIDE: Final = ("expect_workers_max_wait_s", "master_bind_host", "master_bind_port", "secret_env")


def expected_workers(
    asked: RunOptions, figures_out: FiguresOut, url: str | None
) -> ExpectedWorkers | None:
    """Return who is waited for where; raise SpecError for what does not go with it.

    `url` is what they load; None is a stack that is started here, which is on loopback.
    """
    if asked.expect_workers is None:
        for name in not_usual(asked, _BESIDE):
            raise SpecError(
                f"{option_of(RunOptions, name)} belongs to --expect-workers N, which was not given."
            )
        return None
    _refuse_alien(asked, figures_out)
    _check_address(asked.master_bind_host, asked.master_bind_port)
    only_beside = url is None or is_on_loopback(url)
    if only_beside and not means_here(asked.master_bind_host):
        raise SpecError(_unreachable(asked.master_bind_host, url))
    return ExpectedWorkers(
        count=asked.expect_workers,
        host=asked.master_bind_host,
        port=asked.master_bind_port,
        within_s=asked.expect_workers_max_wait_s,
        secret_env=secret_variable(asked.secret_env),
        only_beside=only_beside,
    )


def secret_variable(name: str | None) -> str | None:
    """Return the variable of a secret; raise SpecError where none is in it."""
    if name is not None and name.startswith(LOCUSTS):
        raise SpecError(
            f"--secret-env takes another variable than {name!r}: load processes are not given what "
            f"begins with {LOCUSTS}, which is for locust's own options; rename it."
        )
    if name is not None and not os.environ.get(name):
        raise SpecError(
            f"--secret-env takes an environment variable with a secret in it; {name!r} is empty or "
            f"not set: export it here and on every machine."
        )
    return name


def _refuse_alien(asked: RunOptions, figures_out: FiguresOut) -> None:
    refuse(
        asked,
        ("generators", "pin"),
        "is about processes of this machine; with --expect-workers the load comes from others: "
        "leave it out, and start more workers (`worker --processes N`).",
    )
    refuse(
        asked,
        ("users",),
        "names a file of this machine, and with --expect-workers others send: leave one out.",
    )
    if figures_out.need_requests:
        raise SpecError(
            "--out csv=FILE and --otlp need every request, and with --expect-workers those stay "
            "with the workers: leave one out; --out openmetrics=FILE has the figures."
        )


def _unreachable(host: str, url: str | None) -> str:
    return (
        f"--master-bind-host {host} lets workers of other machines come, and what they would load "
        f"({url or 'a stack that is started here'}) is on this machine's loopback address, which "
        f"they do not reach: load a --target or an [attach] stack by an address that they reach, "
        f"or leave --master-bind-host out and start the workers on this machine."
    )


def _check_address(host: str, port: int) -> None:
    try:
        ipaddress.IPv4Address(host)
    except ValueError as error:
        raise SpecError(
            f"--master-bind-host takes an IPv4 address of this machine, such as 127.0.0.1 or "
            f"0.0.0.0 for all of them; got {host!r}."
        ) from error
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        raise SpecError(
            f"Workers cannot come to {host}:{port}: {os.strerror(error.errno or 0).lower()}; give "
            f"another --master-bind-port or --master-bind-host."
        ) from error
