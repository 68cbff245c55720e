"""The summary for a CI service's job page: verdict, failures, and no Markdown of a stranger's."""

import html
import re

from msgspec.structs import replace

from reports.export.job_summary import MOST_REASONS, comparison_summary, summary
from reports.export.markdown import MOST_ROWS
from reports.judgement.findings import headline
from reports.page.comparison_sections import comparison_section
from reports.record.measurements import Unmeasured
from reports.record.record import Check
from tests.unit.reports.sample_capacities import predicted_run, probe, rate_search
from tests.unit.reports.sample_contract import LIST, POST, clean_run, failing_run
from tests.unit.reports.sample_faults import faults_run, trial
from tests.unit.reports.sample_runs import (
    HOSTILE,
    changed,
    e2e_run,
    hostile_load_run,
    load_run,
    target_run,
)


def rows(text: str) -> list[list[str]]:
    """Return the cells of a summary's rows, as a reader sees them."""
    heads = r"\| (?!operation|scenario|fault|promise|configuration)"
    lines = [line for line in text.splitlines() if re.match(heads, line)]
    return [[html.unescape(cell) for cell in line[2:-2].split(" | ")] for line in lines]


def test_a_run_in_which_all_is_well_has_its_verdict_and_conditions_and_no_table() -> None:
    text = html.unescape(summary(clean_run()))

    assert text.startswith("## Holds: 3 of 3 promises kept")
    assert "engine processes" in text
    assert "seed 1" in text
    assert "|" not in text


def test_new_failures_stand_before_known_ones_each_with_its_hop_and_repetition() -> None:
    text = summary(failing_run())

    assert text.index("### New failures (3)") < text.index("### Known failures (1)")
    assert rows(text)[:2] == [
        ["POST /goods", "parity", "gateway", "reproducible", POST.sentence],
        ["GET /goods", "received", "wire or resolver", "flaky", LIST.sentence],
    ]


def test_without_a_baseline_no_failure_is_called_new() -> None:
    assert "### Failures (1)" in summary(e2e_run(failures=(POST,)))


def left_out(reason: str) -> Check:
    return Check(
        name="a", verdict="not applicable", sentence="So it is.", reason=reason, seconds=0.0
    )


def test_what_does_not_apply_is_counted_and_each_reason_is_told_once() -> None:
    checks = [left_out(why) for why in ("No broker.", "No <b> keys.", "No broker.")]
    text = summary(e2e_run(checks=checks))

    assert text.startswith("## Not applicable&#58; none of 3 promises applies.")
    assert text.endswith(
        "### Not applicable (3)\n\n- 2 x: No broker.\n- 1 x: No &#60;b&#62; keys.\n"
    )


def test_no_more_than_so_many_reasons_are_told_and_the_rest_is_counted() -> None:
    text = summary(e2e_run(checks=[left_out(f"No {n}.") for n in range(MOST_REASONS + 3)]))

    assert text.count(" x: No ") == MOST_REASONS
    assert text.endswith("- And 3 more reasons, in run.json.\n")


def test_where_everything_applies_nothing_is_said_of_it() -> None:
    assert "applicable" not in summary(clean_run())


def test_text_of_a_stranger_is_neither_markdown_nor_html_nor_a_cell_of_its_own() -> None:
    evil = f"{HOSTILE} | x\n# big ![i](http://evil.example/) @team `c` **b**"
    text = summary(e2e_run(failures=(replace(POST, sentence=evil, operation="GET /<b>|"),)))

    [row] = [line for line in text.splitlines() if "parity" in line and line.startswith("|")]
    assert row.count("|") == 6
    assert not re.search(r"[<>`@*!\[\]]|://|\x1b", row)
    assert "<script>" in html.unescape(row)


def test_no_more_than_so_many_failures_are_listed_and_the_rest_is_counted() -> None:
    many = tuple(replace(POST, kind=f"answer {number}") for number in range(MOST_ROWS + 7))
    text = summary(e2e_run(checks=(), failures=many))

    assert len(rows(text)) == MOST_ROWS
    assert "And 7 more, in run.json." in text


def test_what_could_not_be_judged_stands_below_what_failed() -> None:
    doubt = Check(name="a_fault", verdict="unknown", sentence="Nothing is known.", seconds=1.0)
    text = summary(e2e_run(checks=(doubt,), failures=(POST,)))

    assert text.index("### Failures (1)") < text.index("### Unknown (1)")
    assert ["a_fault", "Nothing is known."] in rows(text)


def test_a_load_run_has_a_row_a_configuration_and_its_verdict_first() -> None:
    run = load_run(points=[(1, 1), (2, 1)])
    text = summary(run)

    assert html.unescape(text).startswith(f"## {headline(run)}")
    assert [row[:2] for row in rows(text)] == [
        [scenario, f"{resolvers} × 1"]  # noqa: RUF001 -- as it is written
        for scenario in ("crud", "supplier")
        for resolvers in (1, 2)
    ]
    assert all(len(row) == 9 for row in rows(text))
    assert "| scenario | configuration | max rate | at common rate | HTTP p50 | p99 |" in text
    assert "Objectives" not in text


def test_a_target_has_one_row_at_the_rate_that_was_asked_for() -> None:
    [row] = rows(summary(target_run()))

    assert row[:4] == ["requests", "target", "—", "200"]
    assert "at rate" in summary(target_run())


def test_what_a_load_run_was_asked_stands_before_its_rates() -> None:
    searched = rate_search((probe(100.0, 40.0, confirms=True),))
    run = predicted_run(rate_searches=(searched,))
    text = html.unescape(summary(run))
    [answer] = [one.answer for one in run.capacity if one.answer]

    assert text.index("### Objectives") < text.index("### Rates")
    assert f"- {answer.verdict}: {answer.sentence}" in text
    assert f"{searched.scenario} {searched.configuration}: " in text


def test_what_failed_what_is_in_doubt_and_what_stands_out_are_told_in_this_order() -> None:
    dead = Unmeasured(subject="crud, repetition 3", sentence="It was ended by SIGKILL.")
    run = changed(load_run(points=[(1, 1)], unmeasured=(dead,)), "closed", failed=900)
    text = html.unescape(summary(run))

    assert text.index("- fail: crud") < text.index("- unknown: crud, repetition 3: It was ended")
    assert text.index("- unknown: ") < text.index("- crud 1 × 1, closed: CPU-bound")  # noqa: RUF001 -- as it is written


def test_against_a_baseline_stands_what_became_of_the_figures() -> None:
    before = load_run(points=[(1, 1)], repetitions=5)
    after = changed(before, "closed", throughput_per_s=100.0)
    shown = comparison_section(("the baseline", before), ("this run", after))

    assert "- Worse: " in html.unescape(summary(after, shown))
    assert html.unescape(comparison_summary(shown)).startswith(f"## {shown.headline}")
    assert any("throughput" in cell for row in rows(comparison_summary(shown)) for cell in row)


def test_a_fault_run_tells_what_is_red_and_what_is_grey_with_the_reason() -> None:
    late = trial("late-one", recovery_s=None)
    dead = trial("dead-one", void="StartError: no licence", came_up=False)
    text = summary(faults_run(trials=(trial(), late, dead)))

    assert [row[:2] for row in rows(text)] == [
        ["dead-one, processes", "fail"],
        ["late-one, processes", "fail"],
        ["dead-one, processes", "unknown"],
    ]
    assert "every invariant" in text


def test_a_load_run_of_a_strangers_words_is_neither_markdown_nor_html() -> None:
    text = summary(hostile_load_run())

    below = "\n".join(line for line in text.splitlines() if line.startswith(("- ", "## ")))
    assert not re.search(r"<|>|`|@|\[|\]|://|\x1b", text)
    assert "script" in below
