"""What gateway and service do alike against their documents is told once, about both."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.integration.keepers import Keeper, Said, keepers
from tests.integration.test_volatile_places import Ended, contract

pytestmark = pytest.mark.timeout(240)
CLOCKS = """[contract]
parity = [
    { pointer = "/made_at", rule = "time", because = "two clocks" },
    { pointer = "/*/made_at", rule = "time", because = "two clocks" },
]
"""
LEFT = f"""{CLOCKS}leave_out = [
    {{ check = "status_code_conformance", alike = true, because = "the framework's 400" }},
    {{ check = "allow_header_conformance", because = "the framework's Allow" }},
    {{ check = "parity", where = "DELETE /gone", because = "it went" }},
]
"""


def keeper() -> Keeper:
    """Give one that answers 400 to no JSON and names one method alone, as its document does not."""
    made = Keeper(1, unreadable=400)
    made.allow = False
    return made


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Run the suite once on a gateway that hands on what its service does."""
    with keepers(keeper(), keeper()) as system:
        return contract(system, tmp_path_factory.mktemp("found"), said=CLOCKS)


def test_each_is_one_failure_about_both_whichever_operations_have_it(found: Ended) -> None:
    checks = [one.check for one in found.record.failures]

    assert sorted(checks) == ["allow_header_conformance", "status_code_conformance"], found.said
    assert all(one.alike and one.hops == ("service",) for one in found.record.failures)
    assert all("gateway and items alike: " in one.sentence for one in found.record.failures)
    allow = next(one for one in found.record.failures if one.check.startswith("allow"))
    assert len({allow.operation, *allow.reaches}) > 1
    assert "So it is at " in allow.sentence
    assert found.code == 1


def test_without_a_twin_the_service_itself_is_asked(tmp_path: Path) -> None:
    with keepers(keeper(), keeper()) as system:
        ended = contract(system, tmp_path, twin=False)

    assert {(one.check, one.alike) for one in ended.record.failures} == {
        ("allow_header_conformance", True),
        ("status_code_conformance", True),
    }
    assert len(ended.record.failures) == 2


def test_what_the_gateway_does_alone_is_its_own(tmp_path: Path) -> None:
    def refusing(method: str, _path: str, said: Said) -> Said:
        if method == "POST" and said.status == 400:
            return Said(403, said.body)
        return said

    with keepers(keeper(), keeper()) as system:
        system.front.change = refusing
        ended = contract(system, tmp_path, said=LEFT)

    assert {(one.check, one.alike) for one in ended.record.failures} == {
        ("answers_as_its_twin", False),
        ("status_code_conformance", False),
    }
    assert all(one.operation == "POST /items" for one in ended.record.failures)
    assert ended.code == 1


def test_what_is_left_out_is_grey_with_its_reason_on_page_terminal_and_in_junit(
    tmp_path: Path,
) -> None:
    with keepers(keeper(), keeper()) as system:
        ended = contract(system, tmp_path, said=LEFT)
    page = (ended.folder / "index.html").read_text(encoding="utf-8")
    cases = ET.parse(ended.folder / "junit.xml").getroot()  # noqa: S314 -- written just now
    skipped = {one.get("message") for one in cases.iter("skipped")}

    assert ended.failed == []
    assert ended.code == 0, ended.said[-4000:]
    for because in ("the framework's 400", "the framework's Allow", "it went"):
        assert f"Not applicable (1): {because}" in ended.said
        assert because in page.replace("&#39;", "'")
        assert because in skipped
    assert any("'DELETE /gone', which is no published operation" in n for n in ended.record.notes)
