"""The transports that are compared, as their stack files have them."""

import pytest
from typer.testing import CliRunner

from loadtests.transports.__main__ import app
from loadtests.transports.catalogue import PROMISES, TRANSPORTS, stacks

NAMES = [one.name for one in TRANSPORTS]


@pytest.mark.parametrize("name", NAMES)
def test_every_transport_stands_before_the_same_service_under_the_same_traffic(name: str) -> None:
    ours, other = stacks()["ours"], stacks()[name]

    assert other.named("service") == ours.named("service")
    assert (other.seed, other.scenarios) == (ours.seed, ours.scenarios)


def test_each_has_a_vhost_of_its_own_but_the_one_without_a_queue() -> None:
    vhosts = [spec.broker.vhost for spec in stacks().values() if spec.broker]

    assert len(set(vhosts)) == len(vhosts) == len(NAMES) - 1
    assert stacks()["direct"].broker is None


def test_every_transport_says_of_every_promise_whether_it_keeps_it() -> None:
    assert [tuple(one.keeps) for one in TRANSPORTS] == [PROMISES] * len(TRANSPORTS)
    assert all(TRANSPORTS[0].keeps.values())


def test_a_scenario_that_no_transport_has_is_refused() -> None:
    done = CliRunner().invoke(app, ["--scenario", "reed"])

    assert done.exit_code == 2
    assert "--scenario takes one of read, write; got 'reed'." in done.output
