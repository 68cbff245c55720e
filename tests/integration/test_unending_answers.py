"""Whoever drips, never ends or answers without measure holds nobody for longer than the bound."""

import hashlib
import json
import resource
import time
import zlib
from contextlib import suppress
from pathlib import Path
from socket import socket

import pytest
import requests

from contract_tests.drift.document_sources import fetched
from contract_tests.hops import paired_client, parity
from contract_tests.hops.paired_client import (
    MOST_SILENCES,
    GatewaySilentError,
    PairedClient,
    SentRequest,
    asked,
)
from contract_tests.hops.parity import Twin
from testcontainers_fixtures.errors import SpecError, StartError
from testcontainers_fixtures.http_client.answer_bodies import AnswerBounds
from testcontainers_fixtures.http_client.http_exchange import exchange
from testcontainers_fixtures.part_readiness import wait_ready
from testcontainers_fixtures.stack_spec import Contract
from tests.integration.raw_server import OK, Answer, Part, RawServer, always, raw_server
from tests.integration.test_fronts import NOTES, contract

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DRIP_S = 0.1
WITHIN_S = 1.0
# A busy machine may be late.
SPARE_S = 2.0
MEBIBYTE = bytes(1024 * 1024)


def dripping(start: bytes, drop: bytes) -> Answer:
    """Return what sends a few bytes, and then a drop ten times a second for ever."""

    def answer(server: RawServer, link: socket, _: bytes) -> None:
        link.sendall(start)
        while not server.ended.wait(DRIP_S):
            link.sendall(drop)

    return answer


def endless(server: RawServer, link: socket, _: bytes) -> None:
    """Send as much as is taken, up to a gibibyte."""
    with suppress(OSError):
        link.sendall(HEAD + b"\r\n")
        for __ in range(1024):
            if server.ended.is_set():
                return
            link.sendall(MEBIBYTE)


DRIPS = {
    "a status line": dripping(b"", b"H"),
    "a header": dripping(HEAD + b"x-a: ", b"b"),
    "a body": dripping(HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
    "chunks": dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
}
drips = pytest.mark.parametrize("answer", DRIPS.values(), ids=DRIPS)


@drips
def test_a_side_that_drips_is_silent_after_the_bound(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paired_client, "ANSWER_WITHIN_S", WITHIN_S)
    with raw_server(answer) as server:
        began_s = time.monotonic()
        said = asked(server.url, SentRequest(method="GET", target="/"))
        took_s = time.monotonic() - began_s

    assert said.status == paired_client.SILENT
    assert b"within 1.0 s" in said.body
    assert took_s < WITHIN_S + SPARE_S


@drips
def test_a_twin_that_drips_is_given_up(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parity, "ANSWER_WITHIN_S", WITHIN_S)
    with raw_server(answer) as server:
        began_s = time.monotonic()
        with pytest.raises(requests.RequestException, match=r"within 1\.0 s"):
            Twin(server.url, Contract()).ask(requests.Request("GET", "http://g/notes").prepare())
        took_s = time.monotonic() - began_s

    assert took_s < WITHIN_S + SPARE_S


def test_more_than_anybody_wants_to_hold_is_not_held() -> None:
    with raw_server(endless) as server:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        said = asked(server.url, SentRequest(method="GET", target="/"))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024

    assert said.status == paired_client.SILENT
    assert b"more than 16,777,216 bytes" in said.body
    assert grown < 100


@pytest.mark.parametrize("how", ["asked", "twin"])
def test_a_little_that_unpacks_to_much_is_not_held(how: str) -> None:
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(packed.compress(MEBIBYTE) for _ in range(300)) + packed.flush()
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    with raw_server(always(head + body)) as server:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if how == "asked":
            said = asked(server.url, SentRequest(method="GET", target="/"))
            assert "without measure" in said.misread
        else:
            with pytest.raises(requests.RequestException, match="16,777,216 bytes unpacked"):
                Twin(server.url, Contract()).ask(requests.Request("GET", "http://g/x").prepare())
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024

    assert grown < 100


@drips
def test_a_part_that_drips_is_not_ready_and_said_so_in_time(answer: Answer) -> None:
    with raw_server(answer) as server:
        began_s = time.monotonic()
        with pytest.raises(StartError, match="did not answer GET /ready"):
            wait_ready(Part(server.url), "GET /ready", timeout_s=WITHIN_S)
        took_s = time.monotonic() - began_s

    assert took_s < WITHIN_S + SPARE_S + 2


def test_a_document_that_does_not_end_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("contract_tests.drift.document_sources.FETCHED_WITHIN_S", WITHIN_S)
    with raw_server(DRIPS["a body"]) as server, pytest.raises(SpecError, match=r"within 1\.0 s"):
        fetched(f"{server.url}/openapi.json")


def test_of_a_stream_of_events_what_has_come_is_the_answer() -> None:
    events = HEAD.replace(b"application/json", b"text/event-stream") + b"\r\ndata: 1\n\n"
    with raw_server(dripping(events, b": tick\n\n: ha")) as server:
        began_s = time.monotonic()
        said = asked(server.url, SentRequest(method="GET", target="/events"))
        took_s = time.monotonic() - began_s

    assert said.status == 200
    assert said.body.startswith(b"data: 1\n\n: tick\n\n")
    assert said.body.endswith(b"\n\n")
    assert took_s < 5


STREAM = HEAD.replace(b"application/json", b"text/event-stream") + b"\r\n"
BYTES = HEAD.replace(b"application/json", b"application/octet-stream")


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n", b"\r\r"], ids=["LF", "CR LF", "CR"])
def test_so_many_events_are_waited_for_and_no_half_one_is_kept(end: bytes) -> None:
    with raw_server(dripping(STREAM + b": hello" + end + b"da", b"ta: 1" + end + b"da")) as server:
        reply = exchange(server.url, "GET", "/", within_s=10, bounds=AnswerBounds(stream_items=3))

    assert reply.body.count(b"data: 1") == 3
    assert reply.body.endswith(b"data: 1" + end)
    assert reply.items is not None
    assert not reply.items.ended
    assert len(reply.items.came_s) == 3
    # Each may be read late, and none before it was sent.
    assert all(came_s >= DRIP_S * number for number, came_s in enumerate(reply.items.came_s, 1))
    assert reply.items.came_s[1] - reply.items.came_s[0] < 1


def test_a_stream_without_any_end_of_an_event_has_a_most_size() -> None:
    def answer(server: RawServer, link: socket, _: bytes) -> None:
        with suppress(OSError):
            link.sendall(STREAM + b"data: ")
            while not server.ended.is_set():
                link.sendall(MEBIBYTE)

    with raw_server(answer) as server:
        reply = exchange(server.url, "GET", "/", within_s=10)

    assert reply.body == b""
    assert reply.items is not None
    assert not reply.items.ended


def downloading(size: int, said: int | None = None) -> Answer:
    """Return what answers with so many MiB, and says so, or how many it says."""

    def answer(_: RawServer, link: socket, __: bytes) -> None:
        with suppress(OSError):
            link.sendall(BYTES + b"Content-Length: %d\r\n\r\n" % ((said or size) * len(MEBIBYTE)))
            for number in range(size):
                link.sendall(bytes([number]) * len(MEBIBYTE))

    return answer


@pytest.mark.parametrize(("size", "whole"), [(20, True), (100, False)], ids=["all", "a part"])
def test_of_a_large_download_digests_are_held_and_no_more(size: int, *, whole: bool) -> None:
    with raw_server(downloading(size)) as server:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        said = asked(server.url, SentRequest(method="GET", target="/"))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024

    assert said.status == 200
    assert len(said.body) == len(MEBIBYTE)
    assert said.digest is not None
    assert said.digest.whole is whole
    assert said.digest.pieces[2] == hashlib.sha256(b"\x02" * len(MEBIBYTE)).hexdigest()
    assert grown < 60


def test_a_download_that_ends_before_it_said_is_no_answer() -> None:
    with raw_server(downloading(18, 20)) as server:
        said = asked(server.url, SentRequest(method="GET", target="/"))

    assert said.status == paired_client.SILENT
    assert b"IncompleteRead" in said.body


@pytest.mark.parametrize(
    ("method", "status"), [("GET", b"204 No"), ("GET", b"304 No"), ("HEAD", b"200 OK")]
)
def test_what_comes_behind_an_answer_without_a_body_is_seen(method: str, status: bytes) -> None:
    with raw_server(always(b"HTTP/1.1 " + status + b"\r\n\r\n{}")) as spoilt:
        seen = asked(spoilt.url, SentRequest(method=method, target="/"))
    with raw_server(always(b"HTTP/1.1 " + status + b"\r\n\r\n")) as fine:
        clean = asked(fine.url, SentRequest(method=method, target="/"))

    assert (seen.body, clean.body) == (b"{}", b"")


@pytest.mark.long
@pytest.mark.timeout(200)
def test_the_suite_ends_soon_over_a_gateway_that_drips(tmp_path: Path) -> None:
    notes = json.loads(json.dumps(NOTES))
    answer_200 = notes["paths"]["/notes"]["get"]["responses"]["200"]
    answer_200["content"]["application/json"]["schema"] = {"type": "object"}  # no collection
    (tmp_path / "notes.json").write_text(json.dumps(notes), encoding="utf-8")

    def answer(server: RawServer, link: socket, request: bytes) -> None:
        if b"/notes" in request.split(b"\r\n")[0]:
            DRIPS["a body"](server, link, request)
        else:
            link.sendall(OK)  # it is ready

    began_s = time.monotonic()
    with raw_server(answer) as server:
        code, said = contract(tmp_path, server.url)

    assert code == 1, said[-4000:]
    assert "no whole answer within 10.0 s" in " ".join(said.split())
    assert "curl -X " in said
    assert time.monotonic() - began_s < 90
    assert len(server.sent) < 8


def test_a_story_is_not_told_on_where_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paired_client, "ANSWER_WITHIN_S", 0.3)
    with raw_server(DRIPS["a body"]) as server:
        asking = PairedClient(server.url, None, Contract())
        for _ in range(MOST_SILENCES):
            assert (
                asking.ask(SentRequest(method="GET", target="/")).gateway.status
                == paired_client.SILENT
            )
        with pytest.raises(GatewaySilentError, match="not asked on"):
            asking.ask(SentRequest(method="GET", target="/"))


@pytest.mark.timeout(200)
def test_the_suite_holds_a_gateway_that_streams_events(tmp_path: Path) -> None:
    events = {"200": {"description": "ticks", "content": {"text/event-stream": {"schema": {}}}}}
    document = NOTES | {"paths": {"/events": {"get": {"responses": events}}}}
    (tmp_path / "notes.json").write_text(json.dumps(document), encoding="utf-8")
    stream = HEAD.replace(b"application/json", b"text/event-stream")
    tick = dripping(stream + b"\r\n", b": tick\n\n")

    def answer(server: RawServer, link: socket, request: bytes) -> None:
        line = request.partition(b"\r\n")[0]
        refused = b"HTTP/1.1 405 No\r\nAllow: GET\r\nContent-Length: 0\r\n\r\n"
        missing = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"
        if b"/events" not in line:
            link.sendall(missing)
        elif line.startswith(b"GET"):
            tick(server, link, request)
        else:
            link.sendall(refused)

    began_s = time.monotonic()
    with raw_server(answer) as server:
        code, said = contract(tmp_path, server.url)

    assert code == 0, said[-4000:]
    assert time.monotonic() - began_s < 120
