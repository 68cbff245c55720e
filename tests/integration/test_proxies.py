"""No proxy of the environment hears of this machine's addresses; others are reached by it."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import requests

from contract_tests.hops.paired_client import SentRequest, asked
from testcontainers_fixtures.engines.attached import AttachedEngine
from testcontainers_fixtures.http_client.proxies import spare_this_machine
from testcontainers_fixtures.stack import start_stack
from testcontainers_fixtures.stack_spec import read_stack_file
from tests.integration.raw_server import RawServer, always, raw_server
from tests.integration.test_fronts import contract, serving

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
NOTEBOOK = Path(__file__).parents[1] / "foreign" / "stack.toml"
OVERVIEW = b'{"rabbitmq_version": "4.0.5"}'


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the proxies of whoever runs the tests."""
    for name in (*NAMES, "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def proxy() -> Iterator[RawServer]:
    """Give a proxy that answers everything itself."""
    with raw_server(always(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nproxied")) as server:
        yield server


@pytest.fixture(params=["upper case", "lower case", "ALL_PROXY", "all_proxy"])
def named(
    request: pytest.FixtureRequest, proxy: RawServer, monkeypatch: pytest.MonkeyPatch
) -> RawServer:
    """Name the proxy in the environment, in each of the usual ways."""
    names = {"upper case": NAMES[:2], "lower case": NAMES[3:5]}
    for name in names.get(request.param, (request.param,)):
        monkeypatch.setenv(name, proxy.url)
    return proxy


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_is_on_this_machine_is_asked_itself(named: RawServer, host: str) -> None:
    with raw_server() as server:
        answer = asked(f"http://{host}:{server.port}", SentRequest(method="GET", target="/notes"))

    assert (answer.status, answer.body) == (200, b"[]")
    assert named.sent == []


def test_another_address_is_reached_by_the_proxy_unless_it_is_spared(
    named: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = asked("http://notes.invalid/api", SentRequest(method="GET", target="/notes?a"))
    monkeypatch.setenv("NO_PROXY", "notes.invalid")
    monkeypatch.setenv("no_proxy", "notes.invalid")
    spared = asked("http://notes.invalid/api", SentRequest(method="GET", target="/notes?a"))

    assert answer.body == b"proxied"
    assert named.lines == ["GET http://notes.invalid/api/notes?a HTTP/1.1"]
    assert spared.status == 0


def test_a_proxy_opens_a_tunnel_to_an_address_of_tls_and_is_told_nothing_else(
    proxy: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://user:secret@"))

    answer = asked(
        "https://notes.invalid", SentRequest(method="GET", target="/", headers={"X-Key": "key"})
    )

    assert answer.status == 0
    assert proxy.lines == ["CONNECT notes.invalid:443 HTTP/1.1"]
    assert b"Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=" in proxy.sent[0]
    assert b"X-Key" not in proxy.sent[0]


def test_a_proxy_of_another_kind_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://user:secret@127.0.0.1:9")

    answer = asked("http://notes.invalid", SentRequest(method="GET", target="/"))

    assert answer.status == 0
    assert b"one of another kind (socks5)" in answer.body
    assert b"secret" not in answer.body


def test_the_brokers_password_is_told_to_the_broker_alone(named: RawServer) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(OVERVIEW)}\r\n\r\n".encode()
    with raw_server(always(head + OVERVIEW)) as broker:
        url = broker.url.replace("://", "://user:s%40cret@")
        access = AttachedEngine(urls={}, management=url).start_broker(vhost="/", user="user")

    assert access.version == "4.0.5"
    assert named.sent == []
    assert b"Authorization: Basic dXNlcjpzQGNyZXQ=" in broker.sent[0]


@pytest.mark.timeout(200)
@pytest.mark.parametrize("names", [NAMES[:3], NAMES[3:]], ids=["upper case", "lower case"])
def test_the_whole_suite_asks_no_proxy(
    proxy: RawServer, tmp_path: Path, names: tuple[str, ...]
) -> None:
    environment = dict.fromkeys(names, proxy.url)
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(OVERVIEW)}\r\n\r\n".encode()
    with raw_server(serving("/notes")) as server, raw_server(always(head + OVERVIEW)) as broker:
        code, said = contract(
            tmp_path,
            server.url,
            f"--service=notes={server.url}",
            f"--twin=notes={server.url}",
            f"--management={broker.url.replace('://', '://user:secret@')}",
            "--amqp=amqp://user:secret@127.0.0.1:9/",
            **environment,
        )

    assert code == 0, said[-4000:]
    assert proxy.sent == []


@pytest.mark.timeout(120)
def test_no_part_of_a_stack_is_reached_by_a_proxy(named: RawServer, tmp_path: Path) -> None:
    with start_stack(read_stack_file(NOTEBOOK), run_folder=tmp_path, engine="processes") as stack:
        answer = asked(stack.gateway, SentRequest(method="GET", target="/notes"))

    assert answer.status == 200
    assert named.sent == []


def test_a_library_with_a_client_of_its_own_asks_no_proxy_for_this_machine(
    named: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "other.example")
    monkeypatch.setenv("no_proxy", "other.example")

    spare_this_machine()
    with raw_server() as server:
        answer = requests.get(server.url, timeout=5)
        requests.get("http://notes.invalid", timeout=5)

    assert answer.content == b"[]"
    assert named.lines == ["GET http://notes.invalid/ HTTP/1.1"]
    assert os.environ["NO_PROXY"].split(",")[0] == "other.example"


def test_what_is_reached_by_httpx_in_the_harness_reads_no_environment() -> None:
    """A client made anew without `trust_env=False` would be seen here."""
    root = Path(__file__).parents[2]
    folders = ("contract_tests", "testcontainers_fixtures", "loadtests", "reports", "system")
    files = [file for name in folders for file in (root / name).rglob("*.py")]
    calls = ("httpx.get(", "httpx.post(", "httpx.request(", "httpx.stream(", "httpx.Client(")
    assert all(hasattr(httpx, one[6:-1]) for one in calls)
    bare = [
        f"{file.relative_to(root)}: {call}"
        for file in files
        for call in calls
        for text in file.read_text(encoding="utf-8").split(call)[1:]
        if "trust_env=False" not in text[:200]
    ]

    assert bare == []
