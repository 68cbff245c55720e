"""A gateway whose HEAD is not its GET without a body is told of."""

import pytest
from msgspec.structs import replace

from contract_tests.hops.paired_client import SentRequest
from contract_tests.hops.parity import ObservedResponse
from contract_tests.stories.byte_fidelity import unlike
from contract_tests.stories.lifecycle import LifecycleChecks
from testcontainers_fixtures.stack_spec import Contract
from tests.unit.contract_tests.drift.shelf import Shelf, Shelves, things


class Heading(Shelf):
    """A shelf that answers HEAD in its own way, and says how long its bodies are."""

    def __init__(self, how: str = "") -> None:
        super().__init__()
        self.how = how
        self.growing = 0

    def answer(self, sent: SentRequest) -> ObservedResponse:
        if sent.method not in {"GET", "HEAD"}:
            return self.said(422, {"detail": "only to be read"})
        try:
            answer = super().answer(sent)
        except ValueError:
            answer = self.said(422, {"detail": "no number"})
        self.growing += self.how == "growing"
        length = str(len(answer.body) + self.growing)
        answer = replace(answer, headers={**answer.headers, "content-length": length, "etag": "1"})
        return self.headed(answer) if sent.method == "HEAD" else answer

    def headed(self, answer: ObservedResponse) -> ObservedResponse:
        told = replace(answer, body=b"")
        match self.how:
            case "refused":
                return self.said(405, {"detail": "Method Not Allowed"})
            case "empty":
                return replace(told, headers={**told.headers, "content-length": "0"})
            case "lengthless":
                return replace(told, headers={"etag": "1"})
            case "tagless":
                return replace(told, headers={"content-length": told.headers["content-length"]})
            case "otherwise":
                return replace(told, status=204)
        return told


def sentences(gateway: str, twin: str | None = "") -> list[str]:
    sides = Shelves(Heading(gateway), None if twin is None else Heading(twin))
    sides.promises = Contract(response_headers=("ETag",))
    return [
        one.sentence for one in unlike(LifecycleChecks(sides, things())) if "HEAD" in one.sentence
    ]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("refused", "HEAD /things: status: the gateway answers 405, the twin 200"),
        ("empty", "HEAD /things: content-length 0, and "),
        ("lengthless", "HEAD /things: no content-length, where the twin says "),
        ("tagless", "HEAD /things: header etag is None, and 1 in the answer to GET"),
        ("otherwise", "HEAD /things: answered 204, and GET 200"),
    ],
)
def test_a_head_that_is_not_its_get_is_told(how: str, said: str) -> None:
    found = sentences(how)

    assert any(one.startswith(said) for one in found), found
    assert any(one.startswith(said.replace("/things", "/things/1")) for one in found), found


@pytest.mark.parametrize(
    ("gateway", "twin"),
    [
        pytest.param("", "", id="HEAD as GET"),
        pytest.param("refused", "refused", id="its service does not know HEAD either"),
        pytest.param("refused", None, id="nobody can tell whether its service does"),
        pytest.param("lengthless", None, id="a length need not be said"),
        pytest.param("growing", "growing", id="a body of another length each time"),
    ],
)
def test_a_head_that_may_be_so_is_let_be(gateway: str, twin: str | None) -> None:
    assert sentences(gateway, twin) == []
