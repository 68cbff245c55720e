"""Bytes that a hop tidied up are told apart by what the twin answers to them."""

from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import msgspec
import pytest

from contract_tests.hops.paired_client import SentRequest
from contract_tests.hops.parity import ObservedResponse
from contract_tests.stories import concurrency
from contract_tests.stories.byte_fidelity import unlike
from contract_tests.stories.concurrency import mixed_up, overstayed
from contract_tests.stories.json_variants import PADDED_BYTES
from contract_tests.stories.lifecycle import LifecycleChecks
from testcontainers_fixtures.stack_spec import Contract
from tests.unit.contract_tests.drift.shelf import Shelf, Shelves, things


class Tidying(Shelf):
    """A shelf whose gateway rewrites the query, or the body."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def answer(self, sent: SentRequest) -> ObservedResponse:
        path, _, query = sent.target.partition("?")
        body = sent.body
        if self.how == "repeated":
            query = urlencode(dict(reversed(parse_qsl(query, keep_blank_values=True))))
        elif self.how == "plus":
            query = query.replace("+", "%2B")
        elif self.how == "decoded":
            query = unquote(query)
        elif self.how == "cut":
            body = body[:1_024] if body else body
        elif self.how == "brittle" and rb"\ud800" in (body or b""):
            return self.said(500, None)
        target = f"{path}?{query}" if query else path
        return super().answer(SentRequest(method=sent.method, target=target, body=body))

    def created(self, sent: SentRequest) -> ObservedResponse:
        refused = self.refused(sent)
        return refused or super().created(sent)

    def on_one(self, sent: SentRequest, number: int) -> ObservedResponse:
        refused = self.refused(sent) if sent.method == "PATCH" else None
        return refused or super().on_one(sent, number)

    def refused(self, sent: SentRequest) -> ObservedResponse | None:
        try:
            fits = isinstance(msgspec.json.decode(sent.body or b"")["title"], str)
        except (ValueError, TypeError, KeyError):
            fits = False
        return None if fits else self.said(422, {"detail": "unreadable"})

    def listed(self, query: str) -> ObservedResponse:
        try:
            return super().listed(query)
        except ValueError:
            return self.said(422, {"detail": "no number"})


def sentences(how: str) -> list[str]:
    teller = LifecycleChecks(Shelves(Tidying(how), Tidying("")), things())
    return [one.sentence for one in unlike(teller)]


def test_a_gateway_that_passes_everything_on_is_not_told_of() -> None:
    assert sentences("") == []


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        pytest.param("repeated", "GET /things?limit=", id="the first of a repeated key"),
        pytest.param("cut", "POST /things: status", id="a body cut at 1 KiB"),
        pytest.param(
            "brittle", "POST /things: the gateway answers 500", id="broken by a lone surrogate"
        ),
    ],
)
def test_what_was_tidied_up_is_told(how: str, expected: str) -> None:
    assert any(one.startswith(expected) for one in sentences(how))


def test_a_body_is_padded_before_what_counts_so_that_a_cut_is_seen() -> None:
    seen: list[bytes] = []

    class Looking(Tidying):
        def answer(self, sent: SentRequest) -> ObservedResponse:
            seen.append(sent.body or b"")
            return super().answer(sent)

    list(unlike(LifecycleChecks(Shelves(Looking("")), things())))

    assert any(len(body) > PADDED_BYTES and body.rstrip().endswith(b"}") for body in seen)


def test_a_promised_header_is_tried_at_its_extremes_by_every_method_but_a_volatile_one() -> None:
    seen: set[tuple[str, str, int]] = set()

    class Looking(Tidying):
        def answer(self, sent: SentRequest) -> ObservedResponse:
            seen.update((sent.method, name, len(value)) for name, value in sent.headers.items())
            return super().answer(sent)

    sides = Shelves(Looking(""))
    sides.promises = Contract(request_headers=("If-Match", "Id"), volatile_headers=("ID",))
    list(unlike(LifecycleChecks(sides, things())))

    methods = {"GET", "HEAD", "OPTIONS", "TRACE", "POST", "PATCH"}
    assert {(method, "If-Match", size) for method in methods for size in (0, 300)} <= seen
    assert {size for _, name, size in seen if name == "Id"} == {1}


def test_a_header_that_is_no_utf_8_may_be_changed_on_its_way_but_break_nobody() -> None:
    class Breaking(Tidying):
        def answer(self, sent: SentRequest) -> ObservedResponse:
            if "\u00e9" in sent.headers.values():
                return self.said(500, None)
            return super().answer(sent)

    sides = Shelves(Breaking(""), Tidying(""))
    sides.promises = Contract(request_headers=("If-Match",))
    [one] = [broken.sentence for broken in unlike(LifecycleChecks(sides, things()))]

    assert one.startswith("GET /things: status: the gateway answers 500")


def test_an_answer_that_went_to_another_caller_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, kept = Shelf(), []

    def asked(base: str, sent: SentRequest) -> ObservedResponse:
        answer = shelf.answer(sent)
        kept.append(answer)
        return answer if base == "http://twin" else kept[len(kept) // 2]

    monkeypatch.setattr(concurrency, "asked", asked)
    [one] = mixed_up([LifecycleChecks(Shelves(Shelf(), Shelf()), things())])

    assert "asked by one of 16 at a time" in one.sentence


def test_a_crowd_that_is_served_in_order_is_not_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf()
    monkeypatch.setattr(concurrency, "asked", lambda _, sent: shelf.answer(sent))

    assert list(mixed_up([LifecycleChecks(Shelves(Shelf(), Shelf()), things())])) == []


@pytest.mark.parametrize(
    ("status", "told"),
    [pytest.param(200, 1, id="never late"), pytest.param(504, 0, id="late as it must be")],
)
def test_a_deadline_nobody_can_keep_must_be_said_to_have_passed(
    monkeypatch: pytest.MonkeyPatch, status: int, told: int
) -> None:
    shelf = Shelf()
    monkeypatch.setattr(concurrency, "asked", lambda *_: shelf.said(status, None))
    found = list(overstayed(LifecycleChecks(Shelves(shelf), things()), "X-Patience"))

    assert len(found) == told


def test_every_target_is_a_path_and_a_query() -> None:
    class Looking(Tidying):
        def answer(self, sent: SentRequest) -> ObservedResponse:
            assert urlsplit(f"http://h{sent.target}").hostname == "h"
            return super().answer(sent)

    assert list(unlike(LifecycleChecks(Shelves(Looking("")), things()))) == []


class Elsewhere(Tidying):
    """Refuses, or serves, in a way of its own what nobody publishes."""

    def __init__(self, status: int) -> None:
        super().__init__("")
        self.status = status

    def answer(self, sent: SentRequest) -> ObservedResponse:
        if sent.target.startswith("//"):
            return self.said(self.status, "of its own")
        return super().answer(sent)


@pytest.mark.parametrize(
    ("status", "told"),
    [pytest.param(404, 0, id="refused by both"), pytest.param(200, 1, id="served by one")],
)
def test_what_nobody_publishes_may_be_refused_in_any_way_but_not_served(
    status: int, told: int
) -> None:
    sides = Shelves(Elsewhere(status), Elsewhere(400))

    assert len(list(unlike(LifecycleChecks(sides, things())))) == told
