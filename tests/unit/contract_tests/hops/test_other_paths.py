"""Gateway and service are asked for the same thing at the path that each has for it."""

import base64
import hashlib
from collections.abc import Sequence

import msgspec
import pytest
import requests

from contract_tests.hops import paired_client
from contract_tests.hops.added_headers import AddedHeaders
from contract_tests.hops.guilty_hop import CallObservations, at_the_broker
from contract_tests.hops.paired_client import PairedClient, SentRequest
from contract_tests.hops.parity import ObservedResponse, mismatches
from contract_tests.hops.path_map import PathMap
from contract_tests.hops.received import ObservedRequest, altered
from contract_tests.hops.wiretap import TappedMessage
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_file.contract_spec import PathRule
from testcontainers_fixtures.stack_spec import Contract
from testcontainers_fixtures.taps.records import Arrival, Passed

PATHS = PathMap(PathRule(strip="/v1", rename={"/labels": "/tags"}))
PROMISES = Contract(request_headers=("X-User", "Accept"), response_headers=("Location",))
ADDING = Contract(request_headers=("X-User", "Accept"), added_headers=("X-User",))


def arrival(target: str, **headers: str) -> Arrival:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    request = Passed(
        start=f"GET {target} HTTP/1.1",
        headers=named,
        body=base64.b64encode(b"").decode(),
        body_bytes=0,
        body_sha256=hashlib.sha256(b"").hexdigest(),
        complete=True,
    )
    return Arrival(number=0, request=request, answer=None)


def sent(path: str = "/v1/labels/7?a=1", **headers: str) -> requests.PreparedRequest:
    return requests.Request("GET", f"http://gateway:1{path}", headers=headers).prepare()


def answer(location: str) -> ObservedResponse:
    return ObservedResponse(status=201, headers={"location": location}, body=b"{}")


def test_what_arrives_at_the_services_own_path_is_as_it_was_sent() -> None:
    assert altered(sent(), 200, [arrival("/tags/7?a=1")], PROMISES, PATHS) == []


def test_what_arrives_at_the_gateways_path_is_not() -> None:
    [one] = altered(sent(), 200, [arrival("/v1/labels/7?a=1")], PROMISES, PATHS)

    assert one.sentence == "path: sent '/tags/7', received '/v1/labels/7'"


def test_a_header_that_the_gateway_adds_or_replaces_is_no_alteration() -> None:
    arrived = [arrival("/v1/labels/7?a=1", X_User="ann")]

    assert altered(sent(), 200, arrived, ADDING) == []
    assert altered(sent(**{"X-User": "bob"}), 200, arrived, ADDING) == []
    assert [one.what for one in altered(sent(), 200, arrived, PROMISES)] == ["header x-user"]


@pytest.mark.parametrize("place", ["/tags/7", "/v1/labels/7", "http://shop:8001/v1/labels/7"])
def test_a_location_may_be_the_services_or_the_gateways(place: str) -> None:
    assert mismatches(answer(place), answer("/tags/7"), PROMISES, PATHS) == []


@pytest.mark.parametrize("place", ["/v1/tags/7", "/labels/7", "/v1/labels/8"])
def test_a_location_that_leads_elsewhere_is_told(place: str) -> None:
    [one] = mismatches(answer(place), answer("/tags/7"), PROMISES, PATHS)

    assert one.what == "header location"


TOLD = Contract(added_headers={"X-User": "eve"})


@pytest.mark.parametrize(
    ("promises", "arrived", "expected"),
    [
        (PROMISES, None, {"X-User": "bob"}),
        (ADDING, [arrival("/", X_User="ann")], {"x-user": "ann"}),
        (ADDING, [arrival("/")], {}),
        (TOLD, None, {"x-user": "eve"}),
        (TOLD, [arrival("/", X_User="ann")], {"x-user": "ann"}),
    ],
    ids=["none is added", "as it arrived", "taken away", "as told", "arrived goes first"],
)
def test_a_twin_gets_what_the_gateway_adds(
    promises: Contract, arrived: Sequence[Arrival] | None, expected: dict[str, str]
) -> None:
    added = AddedHeaders(promises)
    added.look(arrived)
    added.look([])  # one that the gateway refused

    assert added.known
    assert added.on({"X-User": "bob"}) == expected


def test_a_twin_is_not_asked_before_anybody_knows_what_the_gateway_adds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def note(base: str, _: SentRequest) -> ObservedResponse:
        asked.append(base)
        return answer("/tags/7")

    monkeypatch.setattr(paired_client, "asked", note)
    client = PairedClient("http://gateway", "http://twin", ADDING)
    found = client.ask(SentRequest(method="GET", target="/a"))

    assert asked == ["http://gateway"]
    assert found.twin is None


def test_the_secret_of_a_header_that_is_added_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    added = AddedHeaders(Contract(added_headers={"X-Key": "{secrets.SHOP_KEY}"}))
    monkeypatch.setenv("SHOP_KEY", "sesame-5512")

    assert added.on({}) == {"x-key": "sesame-5512"}
    assert "sesame" not in repr(added)
    monkeypatch.delenv("SHOP_KEY")
    with pytest.raises(SpecError, match="`added_headers` of \\[contract\\] takes its secret"):
        added.on({})


def test_both_sides_are_asked_at_their_own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def note(base: str, one: SentRequest) -> ObservedResponse:
        asked.append((base, one.target))
        return answer("/tags/7")

    monkeypatch.setattr(paired_client, "asked", note)
    client = PairedClient("http://gateway", "http://twin", PROMISES, paths=PATHS)
    found = client.ask(SentRequest(method="GET", target="/v1/labels/7?a=1"))

    assert asked == [("http://gateway", "/v1/labels/7?a=1"), ("http://twin", "/tags/7?a=1")]
    assert found.differing == ()


@pytest.mark.parametrize("path", ["/v1/labels/7", "/tags/7"])
def test_a_message_may_carry_either_path(path: str) -> None:
    message = TappedMessage(
        delivered=False,
        key="work",
        body=msgspec.json.encode({"method": "GET", "path": path}),
        correlation_id="1",
        reply_to="",
        properties=b"{}",
    )
    one = ObservedRequest(method="GET", path="/v1/labels/7", query="", headers={}, body=b"")
    facts = CallObservations(broker=True, arrived=1)
    about = {"queues": ["work"], "promises": Contract()}

    assert at_the_broker(facts, one, [], [message], **about, paths=PATHS).published == 1  # type: ignore[arg-type] # a table of both
    assert at_the_broker(facts, one, [], [message], **about).published == (path[:3] == "/v1")  # type: ignore[arg-type] # see above
