"""How an end is told to log in to its broker, and what it is told where that cannot work."""

from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from system.gateway.settings import CONFIG as GATEWAY
from system.gateway.settings import GatewaySettings
from system.rpc.settings import CONFIG as RESOLVER
from system.rpc.settings import ResolverSettings
from system.settings import SettingsError, load_settings
from system.wire.broker_login import BrokerSettings

SECURE = {"RMQ_SCHEME": "amqps"}


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a certificate, its key, the key under a password, and another key."""
    folder = tmp_path_factory.mktemp("papers")
    authority = trustme.CA()
    user, other = authority.issue_cert("a.example"), authority.issue_cert("b.example")
    user.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    user.private_key_pem.write_to_path(folder / "key.pem")
    other.private_key_pem.write_to_path(folder / "other.pem")
    key = serialization.load_pem_private_key(user.private_key_pem.bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    (folder / "locked.pem").write_bytes(locked)
    return folder


def told(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    """Return an environment whose files are in a folder."""
    return {
        key: str(folder / value) if key.endswith("_FILE") else value
        for key, value in environment.items()
    }


PAPERS = {"RMQ_CERT_FILE": "cert.pem", "RMQ_KEY_FILE": "key.pem"}


@pytest.mark.parametrize(
    ("environment", "mechanism"),
    [
        pytest.param({"RMQ_PASS": "p"}, "PLAIN", id="a password"),
        pytest.param(SECURE | PAPERS, "EXTERNAL", id="a certificate"),
        pytest.param(SECURE | PAPERS | {"RMQ_PASS": "p"}, "PLAIN", id="both"),
    ],
)
def test_what_is_given_decides_how_both_ends_log_in(
    papers: Path, environment: dict[str, str], mechanism: str
) -> None:
    given = told(papers, environment)
    gateway = load_settings(GATEWAY, GatewaySettings, given).broker_settings()
    resolver = load_settings(RESOLVER, ResolverSettings, given).broker_settings()

    assert gateway == resolver
    assert gateway.mechanism == mechanism
    assert gateway.address("x").query["auth"] == mechanism.lower()


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        pytest.param({}, "needs the environment variable RMQ_PASS", id="nothing"),
        pytest.param(SECURE, "RMQ_CERT_FILE and RMQ_KEY_FILE", id="nothing, over TLS"),
        pytest.param({"RMQ_KEY_FILE": "key.pem"}, "without RMQ_CERT_FILE", id="a key alone"),
        pytest.param(PAPERS, "set RMQ_SCHEME=amqps", id="a certificate without TLS"),
        pytest.param(SECURE | {"RMQ_CERT_FILE": "no.pem"}, "No such file", id="no such file"),
        pytest.param(SECURE | {"RMQ_CERT_FILE": "cert.pem"}, "belong together", id="no key"),
        pytest.param(
            SECURE | PAPERS | {"RMQ_KEY_FILE": "other.pem"}, "belong together", id="another's key"
        ),
        pytest.param(
            SECURE | PAPERS | {"RMQ_KEY_FILE": "locked.pem"},
            "without a password",
            id="a key under a password",
        ),
        pytest.param(
            SECURE | {"RMQ_PASS": "p", "RMQ_CA_FILE": "no.pem"}, "No such file", id="no authority"
        ),
    ],
)
def test_what_cannot_work_is_said_at_the_start_with_the_file_and_the_variable(
    papers: Path, environment: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsError, match=r"local\.yaml: ") as error:
        load_settings(GATEWAY, GatewaySettings, told(papers, environment))

    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_login_shows_no_password() -> None:
    settings = BrokerSettings(url="amqps://u:secret@h/v", cert_file="c", key_file="k")

    assert "secret" not in repr(settings)
