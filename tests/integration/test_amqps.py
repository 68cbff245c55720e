"""The whole way over an amqps broker: gateway, RabbitMQ with a certificate, resolver, service."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import trustme

from testcontainers_fixtures.broker.installation import find_rabbitmq
from testcontainers_fixtures.broker.node import BrokerPorts
from testcontainers_fixtures.broker.private import PrivateBroker
from testcontainers_fixtures.engines.child import wait_until
from testcontainers_fixtures.engines.children import Children
from testcontainers_fixtures.engines.engine import BrokerAccess
from testcontainers_fixtures.engines.free_ports import LOOPBACK, Ports
from tests.integration.lone_part import alone
from tests.integration.wire_ends import Broker

pytestmark = pytest.mark.timeout(180)

JSON = {"Content-Type": "application/json"}
ROW = {"surname": "John", "name": "Malkovitch", "country": "USA"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an authority, and a broker's certificate and key."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    shown = authority.issue_cert(LOOPBACK)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    shown.private_key_pem.write_to_path(folder / "key.pem")
    shown.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
    return folder


@pytest.fixture(scope="module")
def secure_port() -> int:
    """Return where the broker speaks TLS."""
    return Ports().pick()


@pytest.fixture(scope="module")
def access(
    certificates: Path, secure_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrokerAccess]:
    """Give a private RabbitMQ that has a listener for TLS beside its plain one."""
    folder, ports = tmp_path_factory.mktemp("broker"), Ports()
    (folder / "data").mkdir()
    children = Children(data=folder)
    broker = PrivateBroker(
        installation=find_rabbitmq(None, lambda _: None),
        children=children,
        folder=folder / "data",
        log=folder / "broker.log",
        ports=BrokerPorts(**{n: ports.pick() for n in BrokerPorts.__dataclass_fields__}),
        vhost="gateway",
        user="gateway",
    )
    broker.configure(
        f"listeners.ssl.1 = {LOOPBACK}:{secure_port}\n"
        f"ssl_options.cacertfile = {certificates / 'ca.pem'}\n"
        f"ssl_options.certfile = {certificates / 'certificate.pem'}\n"
        f"ssl_options.keyfile = {certificates / 'key.pem'}\n"
        "ssl_options.verify = verify_none"  # clients show a password, no certificate
    )
    try:
        yield broker.start()
    finally:
        children.close(grace_s=0)  # it takes longer to shut down, and nobody needs what it writes


@pytest.fixture(scope="module")
def settings(access: BrokerAccess, certificates: Path, secure_port: int) -> dict[str, str]:
    """Return what gateway and resolver are told of the broker."""
    return {
        "RMQ_SCHEME": "amqps",
        "RMQ_HOST": LOOPBACK,
        "RMQ_PORT": str(secure_port),
        "RMQ_PASS": access.password,
        "RMQ_CA_FILE": str(certificates / "ca.pem"),
    }


def test_calls_and_answers_of_any_size_go_through_a_broker_that_speaks_tls(
    access: BrokerAccess, settings: dict[str, str], tmp_path: Path
) -> None:
    store = {"CLIENTS_DATABASE": str(tmp_path / "clients.sqlite3")}
    with ExitStack() as held:
        service = held.enter_context(alone(tmp_path / "service", "srv_clients", settings=store))
        towards = settings | {"CLIENTS_URL": service.url}
        held.enter_context(
            alone(tmp_path / "resolver", "resolver", settings=towards, ready="GET /ready")
        )
        gateway = held.enter_context(
            alone(tmp_path / "gateway", "gateway", settings=settings, ready="GET /ready")
        )
        client = held.enter_context(httpx.Client(base_url=gateway.url, timeout=10))
        created = client.post("/clients", json=ROW)
        long = dict.fromkeys(ROW, "é" * 255)
        for _ in range(300):
            client.post("/clients", json=long).raise_for_status()
        listed = client.get("/clients?limit=1000")
        padded = client.post("/clients", content=json.dumps(ROW) + " " * 900_000, headers=JSON)
        operator = Broker(access)
        wait_until(lambda: len(operator.get("/connections")) >= 3, timeout_s=10)  # sampled
        connections = operator.get("/connections")
        operator.http.close()

    assert (created.status_code, created.json()) == (201, ROW | {"id": 1})
    assert listed.json() == [ROW | {"id": 1}, *(long | {"id": n} for n in range(2, 302))]
    assert padded.status_code == 201
    assert {one["ssl"] for one in connections} == {True}
    assert {one["user"] for one in connections} == {"gateway"}


def test_a_gateway_that_does_not_trust_the_broker_says_that_it_is_not_there(
    settings: dict[str, str], tmp_path: Path
) -> None:
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(stranger)
    mistrusting = settings | {"RMQ_CA_FILE": str(stranger)}
    with (
        alone(tmp_path, "gateway", workers=1, settings=mistrusting) as gateway,
        httpx.Client(base_url=gateway.url, timeout=10) as client,
    ):
        answers = [client.get("/clients") for _ in range(3)]

    assert [(a.status_code, a.json()["reason"]) for a in answers] == [(503, "broker_down")] * 3
