"""A broker that wants a certificate of whoever comes: by it alone, or with a password beside it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import trustme

from testcontainers_fixtures.broker import broker_configuration
from testcontainers_fixtures.broker.installation import find_rabbitmq
from testcontainers_fixtures.broker.node import BrokerPorts
from testcontainers_fixtures.broker.private import PrivateBroker
from testcontainers_fixtures.engines.child import Child, wait_until
from testcontainers_fixtures.engines.children import Children
from testcontainers_fixtures.engines.engine import BrokerAccess
from testcontainers_fixtures.engines.free_ports import LOOPBACK, Ports
from tests.integration.lone_part import alone
from tests.integration.wire_ends import Broker

pytestmark = pytest.mark.timeout(180)

ROW = {"surname": "John", "name": "Malkovitch", "country": "USA"}
USER = "gateway"
PLUGINS = "[rabbitmq_management,rabbitmq_auth_mechanism_ssl].\n"


@dataclass(frozen=True)
class Papers:
    """A folder with what an authority has issued."""

    folder: Path

    def file(self, name: str) -> str:
        """Return the path of a file."""
        return str(self.folder / name)

    def write(self, name: str, certificate: trustme.LeafCert) -> None:
        """Write a certificate, its key, and both in one."""
        certificate.private_key_pem.write_to_path(self.folder / f"{name}.key")
        certificate.cert_chain_pems[0].write_to_path(self.folder / f"{name}.pem")
        certificate.private_key_and_cert_chain_pem.write_to_path(self.folder / f"{name}.both")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Give an authority's certificates: the broker's, the user's, and those of two strangers."""
    made = Papers(tmp_path_factory.mktemp("papers"))
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(made.folder / "ca.pem")
    made.write("broker", authority.issue_cert(LOOPBACK))
    made.write("user", authority.issue_cert("gateway.example", common_name=USER))
    made.write("nobody", authority.issue_cert("nobody.example", common_name="nobody"))
    made.write("forged", other.issue_cert("gateway.example", common_name=USER))
    return made


@pytest.fixture(scope="module")
def secure_port() -> int:
    """Return where the broker speaks TLS."""
    return Ports().pick()


@pytest.fixture(scope="module")
def access(
    papers: Papers, secure_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrokerAccess]:
    """Give a private RabbitMQ that lets nobody in over TLS without a certificate."""
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
        user=USER,
    )
    broker.configure(
        f"listeners.ssl.1 = {LOOPBACK}:{secure_port}\n"
        f"ssl_options.cacertfile = {papers.file('ca.pem')}\n"
        f"ssl_options.certfile = {papers.file('broker.pem')}\n"
        f"ssl_options.keyfile = {papers.file('broker.key')}\n"
        "ssl_options.verify = verify_peer\n"
        "ssl_options.fail_if_no_peer_cert = true\n"
        "auth_mechanisms.1 = PLAIN\n"
        "auth_mechanisms.2 = EXTERNAL\n"
        "ssl_cert_login_from = common_name"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(broker_configuration, "enabled_plugins", lambda _further=(): PLUGINS)
        try:
            yield broker.start()
        finally:
            children.close(grace_s=0)


def settings(papers: Papers, port: int, **more: str) -> dict[str, str]:
    """Return what an end is told of the broker."""
    where = {"RMQ_SCHEME": "amqps", "RMQ_HOST": LOOPBACK, "RMQ_PORT": str(port)}
    return where | {"RMQ_CA_FILE": papers.file("ca.pem")} | more


@pytest.mark.parametrize(
    ("one_file", "password"),
    [
        pytest.param(False, False, id="two files, a certificate"),
        pytest.param(True, True, id="one file, both"),
        pytest.param(True, False, id="one file, a certificate", marks=pytest.mark.long),
        pytest.param(False, True, id="two files, both", marks=pytest.mark.long),
    ],
)
def test_both_ends_show_a_certificate_and_calls_go_through(  # noqa: PLR0913 -- fixtures, and two flags by keyword
    access: BrokerAccess,
    papers: Papers,
    secure_port: int,
    tmp_path: Path,
    *,
    password: bool,
    one_file: bool,
) -> None:
    shown = {"RMQ_CERT_FILE": papers.file("user.both" if one_file else "user.pem")}
    shown |= {} if one_file else {"RMQ_KEY_FILE": papers.file("user.key")}
    shown |= {"RMQ_PASS": access.password} if password else {}
    told = settings(papers, secure_port, **shown)
    store = {"CLIENTS_DATABASE": str(tmp_path / "clients.sqlite3")}
    with ExitStack() as held:
        service = held.enter_context(alone(tmp_path / "s", "srv_clients", settings=store))
        towards = told | {"CLIENTS_URL": service.url}
        held.enter_context(alone(tmp_path / "r", "resolver", settings=towards, ready="GET /ready"))
        gateway = held.enter_context(
            alone(tmp_path / "g", "gateway", settings=told, ready="GET /ready")
        )
        created = httpx.post(f"{gateway.url}/clients", json=ROW, timeout=10)
        operator = Broker(access)
        wait_until(lambda: len(operator.get("/connections")) >= 3, timeout_s=10)  # sampled
        connections = operator.get("/connections")
        operator.http.close()

    assert (created.status_code, created.json()) == (201, ROW | {"id": 1})
    assert {one["user"] for one in connections} == {USER}
    assert {one["auth_mechanism"] for one in connections} == {"PLAIN" if password else "EXTERNAL"}
    assert all(f"CN={USER}" in one["peer_cert_subject"] for one in connections)


KEPT_OUT = {
    "no certificate": ({"RMQ_PASS": "its password"}, "RMQ_CERT_FILE"),
    "another's certificate": ({"certificate": "nobody"}, "certificate"),
    "a forged certificate": ({"certificate": "forged"}, "RMQ_CERT_FILE"),
}


@pytest.mark.parametrize(("shown", "said"), KEPT_OUT.values(), ids=KEPT_OUT.keys())
def test_who_is_kept_out_says_so_once_in_answer_ready_and_log(  # noqa: PLR0913 -- by keyword
    access: BrokerAccess,
    papers: Papers,
    secure_port: int,
    tmp_path: Path,
    *,
    shown: Mapping[str, str],
    said: str,
) -> None:
    told = {key: access.password for key in shown if key == "RMQ_PASS"}
    if "certificate" in shown:
        told["RMQ_CERT_FILE"] = papers.file(f"{shown['certificate']}.pem")
        told["RMQ_KEY_FILE"] = papers.file(f"{shown['certificate']}.key")
    environment = settings(papers, secure_port, **told)
    with ExitStack() as held:
        gateway = held.enter_context(
            alone(tmp_path / "g", "gateway", workers=1, settings=environment)
        )
        resolver = held.enter_context(
            alone(tmp_path / "r", "resolver", settings=environment, ready="GET /health")
        )
        wait_until(lambda: _says(resolver, said), timeout_s=10)
        answer = httpx.get(f"{gateway.url}/clients", timeout=10)
        ready = httpx.get(f"{gateway.url}/ready", timeout=10)
        lines = [json.loads(one) for one in gateway.log_tail(200).splitlines() if one[:1] == "{"]

    assert (answer.status_code, answer.json()["reason"]) == (503, "access_refused")
    assert said in answer.json()["detail"]
    assert (ready.status_code, said in ready.json()["detail"]) == (503, True)
    assert len([line for line in lines if line["event"].startswith("the broker refuses")]) == 1


def _says(resolver: Child, said: str) -> bool:
    return said in httpx.get(f"{resolver.url}/ready", timeout=10).text
