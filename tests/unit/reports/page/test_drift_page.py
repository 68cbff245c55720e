"""The page of two documents that were held against each other."""

import re

from msgspec.structs import replace

from reports.page.drift_page import MOST_PLACES, drift_page
from tests.unit.reports.sample_drift import NOTE, SHARED, drift_report

HOSTILE = "<script>alert(1)</script>\x1b::error::x"


def test_it_shows_each_difference_once_the_gravest_first() -> None:
    html = drift_page(drift_report())

    assert re.findall(r'<article id="difference-(\d)" class="drift ([\w-]+)"', html) == [
        ("1", "fail"),
        ("2", "not-applicable"),
    ]
    assert html.index("Item /qty</span>") < html.index("GET /items, body /id</span>")


def test_it_shows_what_is_ignored_with_its_reason_and_its_last_day() -> None:
    html = drift_page(drift_report())

    assert "the gateway&#39;s own" in html
    assert "2027-01-31" in html
    assert 'id="ignored"' not in drift_page(drift_report(ignored=()))


def test_it_shows_what_was_not_read_and_which_rules_are_of_no_use() -> None:
    html = drift_page(drift_report(unread=("Lost at #/a.",), rules=("No use.",)))

    assert html.index('id="rules"') < html.index("No use.") < html.index("Lost at #/a.")


def test_of_very_many_places_it_shows_some_and_counts_the_rest() -> None:
    many = replace(SHARED, places=SHARED.places * MOST_PLACES)
    html = drift_page(drift_report(differences=(many,)))

    assert html.count("body /qty") == MOST_PLACES // 2
    assert f"And {MOST_PLACES} places more." in html


def test_nothing_that_a_document_says_is_more_than_text_and_nothing_is_loaded() -> None:
    hostile = replace(NOTE, title=HOSTILE, said=HOSTILE, remark=HOSTILE)
    html = drift_page(drift_report(differences=(hostile,), gateway=HOSTILE, unread=(HOSTILE,)))

    assert "<script" not in html
    assert "\x1b" not in html
    assert "default-src 'none'" in html
    assert not re.search(r'(?:src|href)="(?!#|data:)', html)
