"""A gateway with keys and tokens lets in who has one; it stands alone here, without a broker."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from system.wire.connection import BrokerSettings
from testcontainers_fixtures.engines.engine import BrokerAccess
from testcontainers_fixtures.errors import StackError
from tests.integration.lone_part import alone
from tests.integration.wire_ends import resolving

pytestmark = pytest.mark.timeout(120)

KEY, TOKEN = "key-7f3a", "token-91bc"
SETTINGS = {"RMQ_PASS": "unused", "RMQ_PORT": "1", "GATEWAY_API_KEYS": f"other,{KEY}"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the gateway leaves its log."""
    return tmp_path_factory.mktemp("gateway")


@pytest.fixture(scope="module")
def gateway(folder: Path) -> Iterator[httpx.Client]:
    """Give a client of a gateway that asks for a key or a token; its broker is not there."""
    settings = SETTINGS | {"GATEWAY_BEARER_TOKENS": TOKEN}
    with (
        alone(folder, "gateway", workers=1, settings=settings) as running,
        httpx.Client(base_url=running.url, timeout=5) as client,
    ):
        yield client


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"X-API-Key": "key-7f3"}, id="a part of a key"),
        pytest.param({"X-API-Key": TOKEN}, id="a token as a key"),
        pytest.param({"Authorization": TOKEN}, id="a token without its scheme"),
        pytest.param({"Authorization": f"Bearer {KEY}"}, id="a key as a token"),
        pytest.param({"X-API-Key": ""}, id="an empty key"),
        pytest.param(
            {"Authorization": f"Basic {base64.b64encode(TOKEN.encode()).decode()}"},
            id="a token under another scheme",
        ),
    ],
)
def test_who_brings_no_secret_is_refused(gateway: httpx.Client, headers: dict[str, str]) -> None:
    answer = gateway.post("/clients", content=b"{", headers=headers)

    assert (answer.status_code, answer.json()["reason"]) == (401, "unauthorized")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == 'ApiKey realm="gateway", Bearer realm="gateway"'
    assert answer.headers["X-Request-Id"]


def test_a_path_that_is_not_there_is_refused_as_any_other(gateway: httpx.Client) -> None:
    assert gateway.get("/secrets").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": KEY},
        {"Authorization": f"Bearer {TOKEN}"},
        {"authorization": f"bearer {TOKEN}"},
    ],
)
def test_who_brings_one_comes_as_far_as_the_broker(
    gateway: httpx.Client, headers: dict[str, str]
) -> None:
    answer = gateway.get("/clients", headers=headers)

    assert (answer.status_code, answer.json()["reason"]) == (503, "broker_down")


def test_probes_stay_open(gateway: httpx.Client) -> None:
    assert gateway.get("/health").status_code == 200
    assert gateway.get("/ready").status_code == 503


def test_the_document_says_how_to_come_in(gateway: httpx.Client) -> None:
    document = gateway.get("/openapi.json").json()

    assert set(document["components"]["securitySchemes"]) == {"ApiKey", "Bearer"}
    assert document["security"] == [{"ApiKey": []}, {"Bearer": []}]
    assert "401" in document["paths"]["/clients"]["post"]["responses"]


def test_no_secret_is_in_the_log_or_in_an_answer(gateway: httpx.Client, folder: Path) -> None:
    said = [
        gateway.get("/clients", headers={"X-API-Key": KEY}),
        gateway.get("/clients", headers={"Authorization": f"Bearer {TOKEN}"}),
        gateway.get("/clients", headers={"Authorization": f"Bearer {TOKEN}x"}),
    ]
    logs = [path.read_text(errors="replace") for path in folder.rglob("*.log")]

    assert logs
    for text in (*logs, *(f"{answer.headers}{answer.text}" for answer in said)):
        assert KEY not in text
        assert TOKEN not in text


@pytest.mark.parametrize(
    ("secrets", "who"),
    [
        pytest.param({"GATEWAY_API_KEYS": ""}, "everybody", id="nobody is asked"),
        pytest.param({"GATEWAY_BEARER_TOKENS": TOKEN}, "bearer tokens", id="tokens are"),
    ],
)
def test_who_is_let_in_is_logged_at_the_start_and_told_by_ready(
    access: BrokerAccess, tmp_path: Path, secrets: dict[str, str], who: str
) -> None:
    settings = {"RMQ_PORT": str(access.port), "RMQ_PASS": access.password} | secrets
    resolver = resolving(BrokerSettings(url=access.amqp_url), {})
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(resolver),
        alone(tmp_path, "gateway", workers=1, settings=settings, ready="GET /ready") as running,
    ):
        told = httpx.get(f"{running.url}/ready", timeout=5).json()
    log = "".join(path.read_text(errors="replace") for path in tmp_path.rglob("*.log"))
    lines = [json.loads(line) for line in log.splitlines() if '"admission"' in line]

    assert told["admission"] == who
    assert [line["admission"] for line in lines] == [who]


@pytest.mark.parametrize("variable", ["GATEWAY_API_KEYS", "GATEWAY_BEARER_TOKENS"])
def test_a_gateway_that_was_given_an_empty_list_does_not_start(
    tmp_path: Path, variable: str
) -> None:
    settings = {"RMQ_PASS": "unused", "RMQ_PORT": "1", variable: ","}
    with (
        pytest.raises(StackError),
        alone(tmp_path, "gateway", workers=1, settings=settings),
    ):
        pass
    log = "".join(path.read_text(errors="replace") for path in tmp_path.rglob("*.log"))

    assert "expected secrets with commas between, seen a blank one" in log
