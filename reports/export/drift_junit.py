"""Writes a comparison of documents as JUnit XML: a test case for each operation and difference.

What fails nothing passes with its sentence as output; what is ignored, or not compared, is skipped,
with the reason.
"""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from reports.export.drift_text import places
from reports.judgement.drift_verdicts import fails, rules_fail
from reports.record.document_drift import DriftReport, ToldDrift
from reports.record.number_formats import visible

_SUITE = "drift"


def drift_junit(report: DriftReport, operations: Sequence[tuple[str, str]] = ()) -> str:
    """Return a report as JUnit XML; `operations` are those compared, by service."""
    suite = ET.Element("testsuite", name=_SUITE)
    reached = {place.operation for one in report.differences for place in one.places}
    for service, operation in operations:
        if operation not in reached:
            _case(suite, service, operation)
    for one in report.differences:
        _told(suite, one, report)
    for one in report.ignored:
        because = one.ignored.because if one.ignored else ""
        ET.SubElement(_case(suite, one.service, one.title), "skipped", message=_text(because))
    for left in report.not_compared:
        case = _case(suite, left.service or _SUITE, left.what)
        ET.SubElement(case, "skipped", message=_text(left.because))
    for sentence in report.rules:
        case = _case(suite, _SUITE, sentence)
        if rules_fail(report.fail_on):
            ET.SubElement(case, "failure", message=_text(sentence))
    for sentence in report.unread:
        ET.SubElement(_case(suite, _SUITE, sentence), "error", message=_text(sentence))
    return _written(suite)


def _told(suite: ET.Element, one: ToldDrift, report: DriftReport) -> None:
    case = _case(suite, one.service or _SUITE, f"{one.title}: {one.said}")
    told = "\n".join([one.sentence, *places(one.places)])
    if fails(one.effects, report.fail_on):
        about = {"message": _text(one.sentence), "type": ", ".join(one.effects)}
        ET.SubElement(case, "failure", about).text = _text(told)
    else:
        ET.SubElement(case, "system-out").text = _text(told)


def _case(suite: ET.Element, of: str, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=_text(of), name=_text(name))


def _written(suite: ET.Element) -> str:
    counted = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    suite.set("tests", str(len(suite)))
    for attribute, tag in counted.items():
        suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    text: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return text.decode() + "\n"


def _text(text: str) -> str:
    return visible(text)
