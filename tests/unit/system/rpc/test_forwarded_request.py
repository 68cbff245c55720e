"""Whatever a request says, it goes to the service its path names, and says nothing of the way."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from system.boot import BOOT
from system.rpc.connection_pool import PoolSettings
from system.rpc.forwarded_request import forwarded
from system.rpc.resolver import Resolver
from system.wire.envelope import Deadline, Headers, RequestHead, RpcRequest, decode_request, encode
from system.wire.rpc_errors import BadEnvelopeError, UnknownServiceError

BASE = "http://127.0.0.1:8001"
SPICE = [
    "@evil",
    "..",
    "//",
    "%2F",
    "%3F",
    "%23",
    "\\",
    ":80",
    "http://evil",
    "%00",
    ";",
    "%40",
    ".",
]
PARTS = st.lists(st.sampled_from([*SPICE, "/", "a", "clients"]), max_size=8).map("".join)


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    """Give a resolver of one service, without a connection."""
    return Resolver(
        {"clients": f"{BASE}/"},
        connections=0,
        connect_timeout_s=1.0,
        lanes=PoolSettings(keepalive_s=1.0),
        telemetry=False,
        keeping_keys=["clients"],
    )


def request(path: str = "/clients", headers: Headers = (), method: str = "GET") -> RpcRequest:
    head = RequestHead(
        method=method, path=path, headers=headers, deadline=Deadline.after(5), request_id="r"
    )
    return RpcRequest(head)


@given(PARTS, PARTS)
def test_no_path_and_no_query_leads_to_another_host(
    resolver: Resolver, rest: str, query: str
) -> None:
    head = RequestHead(
        method="GET",
        path=f"/clients{rest}",
        query=query,
        deadline=Deadline.after(5),
        request_id="r",
    )
    url = resolver._url("clients", RpcRequest(head))  # noqa: SLF001 -- what is asked is asked there

    assert (url.scheme, url.host, url.port, url.user) == ("http", "127.0.0.1", 8001, None)
    assert url.raw_path_qs.partition("?")[0] == f"/clients{rest}"
    assert str(url) == f"{BASE}/clients{rest}" + (f"?{query}" if query else "")


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/clients",
        "/@evil/clients",
        "/../clients",
        "/clients@evil",
        "/clients%2F1",
        "/clients%3Fa",
        "/clients%23a",
        "/http://127.0.0.1:8001/clients",
        "/CLIENTS",
        "/",
    ],
)
async def test_a_first_segment_that_is_not_in_the_map_is_nobodys(
    resolver: Resolver, path: str
) -> None:
    with pytest.raises(UnknownServiceError):
        await resolver.resolve(request(path))


def test_headers_of_the_way_and_what_nobody_asked_for_are_left_behind() -> None:
    sent = (
        ("Accept", "*/*"),
        ("Host", "evil"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Length", "7"),
        ("Connection", "upgrade"),
        ("X-Deadline", "boot=x; monotonic=0.000000; wall=9999999999.000000"),
        ("x-deadline", "never"),
        ("Cookie", "a=b"),
        ("X-Request-Id", "r"),
        ("Idempotency-Key", '"k"'),
    )
    kept = [name for name, _ in forwarded(request(headers=sent)).head.headers]

    assert kept == ["Accept", "Cookie", "X-Request-Id", "Idempotency-Key", "X-Deadline"]


def test_the_service_hears_the_deadline_on_both_clocks_and_the_time_left() -> None:
    [(name, value)] = forwarded(request()).head.headers
    told = re.fullmatch(
        r"boot=(\S+); monotonic=(\d+\.\d{6}); wall=(\d+\.\d{6}); left=(\d\.\d{6})", value
    )

    assert name == "X-Deadline"
    assert told
    assert told[1] == BOOT
    assert float(told[2]) - time.monotonic() == pytest.approx(5, abs=0.5)
    assert float(told[3]) - time.time() == pytest.approx(5, abs=0.5)
    assert float(told[4]) == pytest.approx(5, abs=0.5)


@pytest.mark.parametrize("sent", [b"caf\xc3\xa9", b"plain"])
def test_a_header_leaves_as_the_bytes_that_came(sent: bytes) -> None:
    value = forwarded(request(headers=(("If-Match", sent.decode("latin-1")),))).head.headers[0][1]

    assert value.encode() == sent


@pytest.mark.parametrize(
    ("path", "headers", "repeatable"),
    [
        pytest.param("/clients", (("Idempotency-Key", "k"),), True, id="a key, and kept"),
        pytest.param("/clients", (), False, id="no key"),
        pytest.param("/goods", (("idempotency-key", "k"),), False, id="a service that keeps none"),
    ],
)
def test_only_a_key_that_its_service_keeps_lets_a_request_be_run_again(
    resolver: Resolver, path: str, headers: Headers, *, repeatable: bool
) -> None:
    assert resolver.repeatable(request(path, headers, "POST")) is repeatable


GOOD = encode(
    RpcRequest(
        RequestHead(
            method="POST",
            path="/clients",
            query="a=1",
            headers=(("Accept", "*/*"), ("Authorization", "x")),
            deadline=Deadline.after(5),
            request_id="r",
        ),
        b"body",
    )
)


@given(
    st.integers(0, len(GOOD)),
    st.integers(0, len(GOOD)),
    st.binary(max_size=30)
    | st.sampled_from([b"\\r\\n", b"\\u0000", b"1e999", b"-0", b"[" * 5000, b'"', b"\\ud800"]),
)
def test_a_spoilt_envelope_is_refused_or_a_request_of_harmless_parts(
    one: int, other: int, put: bytes
) -> None:
    begin, end = sorted((one, other))
    try:
        found = decode_request(GOOD[:begin] + put + GOOD[end:])
    except BadEnvelopeError:
        return
    sent = forwarded(found).head

    texts = [sent.method, sent.path, sent.query, sent.request_id, *sum(sent.headers, ())]
    assert not any(ord(c) < 32 and c != "\t" for text in texts for c in text)
    assert URL(f"{BASE}{sent.path}", encoded=True).host == "127.0.0.1"
