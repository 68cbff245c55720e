"""A run of mutants says first what was not killed; what nobody could tell counts neither way."""

import pytest
from msgspec.structs import replace

from reports.judgement.findings import headline
from reports.page.mutant_sections import contents, tally
from reports.page.page import run_page
from tests.unit.reports.sample_mutants import EXCUSED, KILLED, LADDER, LATE, SURVIVOR, mutants_run
from tests.unit.reports.sample_runs import e2e_run


def test_the_headline_counts_each_origin_and_the_false_alarms() -> None:
    assert headline(mutants_run()) == (
        "Does not hold: 13 of 13 mutants of the catalogue killed, 0 of 2 mutants drawn at random "
        "killed, 3 methods, each by itself over 4 mutants; no false alarms in 1 search."
    )


def test_a_survivor_stands_on_the_page_with_its_sentence_before_anything_else() -> None:
    html = run_page(mutants_run())

    assert html.index("random-7-3") < html.index("RabbitMQ")
    assert "text in the module: &#34;accept&#34; becomes &#39;acceptx&#39; &lt;b&gt;" in html
    assert "<img" not in html


def test_a_run_that_killed_everything_says_so() -> None:
    html = run_page(e2e_run(mutants=(KILLED,), checks=()))

    assert "Every defect was found." in html
    assert 'id="ladder"' not in html


def test_a_run_of_the_contract_suite_says_nothing_of_mutants() -> None:
    assert "mutant" not in run_page(e2e_run()).partition("</style>")[2]


def test_a_tally_counts_by_the_method_that_was_first_and_leaves_equivalents_out() -> None:
    [gateway, wire] = tally([KILLED, replace(KILLED, seconds=2.0), SURVIVOR, LATE, EXCUSED])

    assert (gateway.killed, gateway.tried, gateway.by) == (2, 2, (2,))
    assert (wire.killed, wire.tried, wire.by, wire.median) == (0, 2, (0,), "")


@pytest.mark.parametrize("rung", LADDER, ids=lambda one: one.method)
def test_a_rung_that_accuses_the_clean_system_is_named(rung: object) -> None:
    assert (rung in contents(mutants_run())["alarms"]) == (rung is LADDER[0])
