"""The guilty hop, as a table: what was seen, and whose fault that is."""

import base64
import hashlib

import pytest

from contract_tests.hops.guilty_hop import (
    ALL,
    CallObservations,
    at_the_broker,
    guilty,
    holds,
    verdict,
)
from contract_tests.hops.received import ObservedRequest
from contract_tests.hops.wiretap import TappedMessage
from testcontainers_fixtures.stack_spec import Contract
from testcontainers_fixtures.taps.records import Arrival, Passed

PROMISES = Contract(request_headers=("Accept",), response_headers=("ETag",))
SENT = ObservedRequest(
    method="POST",
    path="/a%2Fb",
    query="x=1&x=",
    headers={"accept": "*/*"},
    body=b'{"a": "\xc3\xa9"}',
)
CARRIED = b'{"m":"POST","p":"/a%2Fb","q":"x=1&x=","h":["*/*"]}\n' + SENT.body
ANSWERED = b'{"status":201,"h":["tag-7"]}\nstored'


def message(
    body: bytes, key: str = "work", *, call: str = "1", delivered: bool = False
) -> TappedMessage:
    back = "mine" if key == "work" else ""
    return TappedMessage(
        delivered=delivered,
        key=key,
        body=body,
        correlation_id=call,
        reply_to=back,
        properties=b"{}",
    )


def passed(start: str, headers: tuple[tuple[str, str], ...], body: bytes) -> Passed:
    return Passed(
        start=start,
        headers=headers,
        body=base64.b64encode(body).decode(),
        body_bytes=len(body),
        body_sha256=hashlib.sha256(body).hexdigest(),
        complete=True,
    )


def arrival(*more: tuple[str, str]) -> Arrival:
    return Arrival(
        number=0,
        request=passed("POST /a%2Fb?x=1&x= HTTP/1.1", (("Accept", "*/*"), *more), SENT.body),
        answer=passed("HTTP/1.1 201 Created", (("ETag", "tag-7"),), b"stored"),
    )


UNTAPPED = CallObservations(broker=True, arrived=None)
LOST = CallObservations(broker=True, arrived=0)
CHANGED = CallObservations(broker=True, arrived=1)
TWICE = CallObservations(broker=True, arrived=2)
RIGHT = CallObservations(broker=True, arrived=1, as_sent=True, service_as_twin=True)
OTHERWISE = CallObservations(broker=True, arrived=1, as_sent=True, service_as_twin=False)
NO_BROKER = CallObservations(broker=False, arrived=1)
NO_BROKER_BACK = CallObservations(broker=False, arrived=1, as_sent=True, service_as_twin=True)

TAKEN = message(CARRIED, delivered=True)
REPLY = message(ANSWERED, "mine")
GOOD = [message(CARRIED), TAKEN, REPLY]
OTHER = message(b"another call", call="0")


@pytest.mark.parametrize(
    ("facts", "arrived", "heard", "hops"),
    [
        pytest.param(CHANGED, [arrival()], [OTHER], ("gateway",), id="not in the message"),
        pytest.param(LOST, [], [], ("gateway",), id="no message at all"),
        pytest.param(CHANGED, [arrival()], GOOD, ("resolver",), id="in it, and not received"),
        pytest.param(LOST, [], [message(CARRIED), TAKEN], ("resolver",), id="taken, not forwarded"),
        pytest.param(LOST, [], [message(CARRIED)], ("wire",), id="published, never delivered"),
        pytest.param(
            CHANGED,
            [arrival(("X-Other", "z"))],
            GOOD,
            ("resolver",),
            id="what is added beside promised headers does not count",
        ),
        pytest.param(TWICE, [arrival()] * 2, GOOD, ("resolver",), id="one message, two arrivals"),
        pytest.param(TWICE, [arrival()] * 2, GOOD * 2, ("gateway",), id="two messages"),
        pytest.param(OTHERWISE, [arrival()], GOOD, ("service",), id="the service is no twin"),
        pytest.param(RIGHT, [arrival()], GOOD, ("gateway",), id="the reply was right"),
        pytest.param(
            RIGHT,
            [arrival()],
            [message(CARRIED), TAKEN, message(b"201 tag-7", "mine")],
            ("resolver",),
            id="the reply lost the body",
        ),
        pytest.param(
            RIGHT,
            [arrival()],
            [message(CARRIED), TAKEN, message(b"201 stored", "mine")],
            ("resolver",),
            id="the reply lost a header",
        ),
        pytest.param(
            RIGHT,
            [arrival()],
            [message(CARRIED), TAKEN, message(ANSWERED, "mine", call="2")],
            ("wire",),
            id="the reply bears another call's number",
        ),
        pytest.param(
            RIGHT,
            [arrival()],
            [message(CARRIED), TAKEN, message(ANSWERED, "theirs")],
            ("wire",),
            id="the reply went to another caller",
        ),
        pytest.param(UNTAPPED, [], [OTHER], ("gateway",), id="no tap, not in the message"),
        pytest.param(UNTAPPED, [], GOOD, ALL, id="no tap, in the message"),
    ],
)
def test_the_hop_where_right_goes_in_and_wrong_comes_out_is_guilty(
    facts: CallObservations,
    arrived: list[Arrival],
    heard: list[TappedMessage],
    hops: tuple[str, ...],
) -> None:
    seen = at_the_broker(facts, SENT, arrived, heard, queues=["work"], promises=PROMISES)

    assert guilty(seen) == hops


@pytest.mark.parametrize(
    ("missed", "hops"), [((), ("gateway",)), (("etag", "vary"), ("resolver",))]
)
def test_a_header_that_is_missed_is_looked_for_in_the_reply(
    missed: tuple[str, ...], hops: tuple[str, ...]
) -> None:
    promises = Contract(request_headers=("Accept",))
    heard = [message(CARRIED), TAKEN, message(b"201 stored", "mine")]
    seen = at_the_broker(
        RIGHT, SENT, [arrival()], heard, queues=["work"], promises=promises, missed=missed
    )

    assert guilty(seen) == hops


@pytest.mark.parametrize(
    ("carried", "hops"),
    [(CARRIED, ("resolver",)), (CARRIED + b"*/*, made up", ("gateway",))],
    ids=["by the resolver", "by the gateway"],
)
def test_who_made_up_a_header_is_told_by_the_message(carried: bytes, hops: tuple[str, ...]) -> None:
    sent = ObservedRequest(
        method="POST", path="/a%2Fb", query="x=1&x=", headers={}, body=b'{"a": "\xc3\xa9"}'
    )
    arrived = [arrival()]
    if hops == ("resolver",):
        carried = carried.replace(b"*/*", b"")
    heard = [message(carried), message(carried, delivered=True), REPLY]
    seen = at_the_broker(CHANGED, sent, arrived, heard, queues=["work"], promises=PROMISES)

    assert guilty(seen) == hops


@pytest.mark.parametrize(
    ("facts", "hops"),
    [
        pytest.param(NO_BROKER, ("gateway",), id="nothing else stands between"),
        pytest.param(NO_BROKER_BACK, ("gateway",), id="nor on the way back"),
        pytest.param(CHANGED, ("gateway", "wire", "resolver"), id="a broker nobody listened at"),
        pytest.param(OTHERWISE, ("service",), id="the service, whatever lies before it"),
    ],
)
def test_without_messages_tap_and_twin_tell_what_they_can(
    facts: CallObservations, hops: tuple[str, ...]
) -> None:
    assert guilty(facts) == hops


@pytest.mark.parametrize(
    "carrier",
    [
        b'..."\xc3\xa9\\n\\"q\\""...',
        b'{"body":"\\u00e9\\n\\"q\\""}',
        b'\xc3\xa9\n"q"',
        base64.b64encode(b'\xc3\xa9\n"q"'),
    ],
    ids=["JSON in UTF-8", "JSON in ASCII", "as it is", "base64"],
)
def test_a_piece_is_found_in_any_usual_form(carrier: bytes) -> None:
    piece = b'\xc3\xa9\n"q"'

    assert holds(carrier, piece)
    assert not holds(carrier.replace(b"q", b"p").replace(b"6", b"7"), piece)


def test_a_verdict_is_a_sentence() -> None:
    assert verdict(("gateway",)) == "Guilty: gateway."
    assert verdict(("gateway", "resolver")) == "Guilty: one of gateway, resolver."
