"""What a run was held to heads its page, with the interval and the verdict of each."""

from msgspec.structs import replace

from reports.page.objective_sections import lines
from reports.page.page import run_page
from reports.record.objectives import Objective
from tests.unit.reports.sample_runs import load_run

HOSTILE = "<script>alert(1)</script>"


def test_a_line_an_slo_and_configuration_stands_before_everything_else() -> None:
    slos = (
        Objective(scenario="crud", figure="p99", limit=9_000),
        Objective(scenario="supplier", figure="failed", limit=0.0001),
    )
    run = replace(load_run(points=[(1, 1), (2, 2)], repetitions=5), objectives=slos)

    text = run_page(run)

    assert [(one.objective, one.verdict) for one in lines(run)] == [
        *[("p99 < 9000 ms", "pass")] * 2,
        *[("failed < 0.01 %", "unknown")] * 2,
    ]
    assert text.index("p99 &lt; 9000 ms") < text.index("Checks that did not pass")


def test_a_call_that_a_stack_file_names_is_shown_and_never_run() -> None:
    slo = Objective(scenario="crud", call=HOSTILE, figure="p99", limit=9)

    text = run_page(replace(load_run(points=[(1, 1)]), objectives=(slo,)))

    assert HOSTILE not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;: p99 &lt; 9 ms" in text
