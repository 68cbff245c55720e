"""A comparison of documents in the forms that terminals, pull requests and CI services take."""

from xml.etree import ElementTree as ET

from msgspec.structs import replace

from reports.export.drift_annotations import drift_annotations, drift_commands
from reports.export.drift_junit import drift_junit
from reports.export.drift_summary import drift_markdown
from reports.export.drift_text import MOST_PLACES, drift_text
from tests.unit.reports.sample_drift import NOTE, SHARED, drift_report


def test_text_tells_the_gravest_first_with_places_and_lines() -> None:
    lines = drift_text(drift_report()).splitlines()

    assert lines[2:6] == [
        "error: Item /qty: the gateway says no maximum, shop says at most 9.",
        "    POST /items, body /qty (request): breaks callers",
        "    GET /items, answer 200 /*/qty (answer): promises too little",
        "    see gateway.yaml:12, http://shop/openapi.json #/components/schemas/Item",
    ]
    assert any(
        line.startswith("ignored until 2027-01-31, the gateway's own: GET /health")
        for line in lines
    )


def test_of_very_many_places_text_names_some_and_counts_the_rest() -> None:
    many = replace(SHARED, places=SHARED.places * MOST_PLACES)
    text = drift_text(drift_report(differences=(many,)))

    assert text.count("POST /items, body") == MOST_PLACES // 2
    assert f"and {MOST_PLACES} places more" in text


def test_text_says_that_not_every_place_is_named() -> None:
    assert "reach more places" in drift_text(drift_report(is_cut=True))
    assert "reach more places" not in drift_text(drift_report())


def test_markdown_has_a_row_for_each_difference_and_the_reason_of_each_that_is_ignored() -> None:
    text = drift_markdown(drift_report(rules=("A rule of no use.",), unread=("Lost.",)))

    assert text.count("\n| ") == 3  # with the table's head
    assert "&#40;the gateway's own, until 2027-01-31&#41;" in text
    assert text.index("### Rules") < text.index("A rule of no use.") < text.index("Lost.")


def test_junit_fails_what_is_grave_enough_and_skips_what_is_ignored() -> None:
    report = drift_report(fail_on="warning", unread=("Lost.",))
    suite = ET.fromstring(drift_junit(report, [("shop", "GET /items"), ("shop", "GET /a")]))[0]  # noqa: S314 -- ours
    outcome = {one.get("name"): [inner.tag for inner in one] for one in suite}

    assert outcome == {
        "GET /a": [],
        f"{NOTE.title}: {NOTE.said}": ["system-out"],
        f"{SHARED.title}: {SHARED.said}": ["failure"],
        "GET /health, operation": ["skipped"],
        "Lost.": ["error"],
    }
    counted = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counted == ["5", "1", "1", "1"]


def test_junit_takes_what_xml_has_no_letter_for() -> None:
    hostile = replace(NOTE, said="\x00\x1b[31m \ud800 </failure>")
    text = drift_junit(drift_report(differences=(hostile,)))

    assert "\\x1b" in ET.fromstring(text)[0][0][0].get("message", "")  # noqa: S314 -- ours


def test_an_annotation_stands_at_the_gateway_s_line_or_else_at_the_service_s() -> None:
    places = [(one.kind, one.file, one.line) for one in drift_annotations(drift_report())]

    assert places == [("error", "gateway.yaml", 12), ("notice", "shop.yaml", 3)]


def test_a_file_s_name_ends_no_command_and_begins_none() -> None:
    at = replace(SHARED.gateway_at, document="a,line=1::b\n::error::c.yaml")
    report = drift_report(differences=(replace(SHARED, gateway_at=at),))
    [command, _] = drift_commands(report)

    assert command.startswith("::error file=a%2Cline=1%3A%3Ab ")
    assert command.count("::") == 2
