"""The summary for a CI service's job page: verdict, failures, and no Markdown of a stranger's."""

import html
import re

from msgspec.structs import replace

from reports.export.job_summary import MOST_FAILURES, MOST_REASONS, summary
from reports.record.record import Check
from tests.unit.reports.sample_contract import LIST, POST, clean_run, failing_run
from tests.unit.reports.sample_runs import HOSTILE, e2e_run


def rows(text: str) -> list[list[str]]:
    """Return the cells of a summary's rows, as a reader sees them."""
    lines = [line for line in text.splitlines() if re.match(r"\| (?!operation)", line)]
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
    many = tuple(replace(POST, kind=f"answer {number}") for number in range(MOST_FAILURES + 7))
    text = summary(e2e_run(failures=many))

    assert len(rows(text)) == MOST_FAILURES
    assert "And 7 more, in run.json." in text
