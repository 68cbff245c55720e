"""What a run says at its end: a row a configuration, and intervals where there can be some."""

import io

import pytest
from msgspec.structs import replace
from rich.console import Console

from loadtests.command.run_summary import answers, interval_text, print_summary
from reports.judgement.confidence_intervals import interval
from reports.judgement.findings import headline, scaling
from reports.page.comparison_sections import comparison_section
from reports.record.capacity import Capacity, Estimate, Question, SizingAnswer, SizingTrial
from reports.record.measurements import Repetition
from reports.record.objectives import Objective
from reports.record.record import LoadRun
from tests.unit.reports.sample_capacities import probe, rate_search
from tests.unit.reports.sample_runs import load_run, phase


def repeated(times: int) -> LoadRun:
    record = load_run(points=((1, 1),))
    configurations = tuple(
        replace(one, repetitions=one.repetitions[:1] * times) for one in record.configurations
    )
    return replace(record, configurations=configurations)


def printed(record: LoadRun) -> str:
    shown = io.StringIO()
    print_summary(record, Console(file=shown, width=180))
    return shown.getvalue()


def test_against_a_baseline_each_figure_has_its_verdict_and_the_whole_one_too() -> None:
    record = load_run(points=[(1, 1)], repetitions=5)
    shown = comparison_section(("the baseline", record), ("this run", record))
    told = io.StringIO()

    print_summary(record, Console(file=told, width=80), shown)

    lines = told.getvalue().splitlines()
    assert any("crud against the baseline" in line for line in lines)
    p50 = next(line for line in lines if "p50, ms" in line)
    assert "inconclusive" in p50
    assert " to +" in p50
    assert lines[-1] == shown.headline
    assert "against the baseline" not in printed(record)


def test_what_more_copies_bring_stands_before_the_verdict() -> None:
    record = load_run(repetitions=5)

    *_, crud, supplier, verdict = printed(record).splitlines()

    assert (crud, supplier) == tuple(scaling(record, name) for name in ("crud", "supplier"))
    assert verdict == headline(record)


def test_what_a_run_is_held_to_comes_first_with_interval_and_verdict() -> None:
    slo = Objective(scenario="crud", figure="p50", limit=1.0)
    record = replace(load_run(points=((1, 1),)), objectives=(slo,))

    shown = printed(record)
    [line] = [one for one in shown.splitlines() if "p50 < 1 ms" in one and "common" in one][:1]

    assert line.split()[-2] == "fail"
    assert " to " in line
    assert shown.index("SLOs") < shown.index("resolvers x service workers")


def test_checks_that_do_not_apply_are_told_once_with_their_reason_and_are_no_doubt() -> None:
    brief = phase(rate_per_s=100.0, duration_s=2.0)
    record = repeated(1)
    configurations = tuple(
        replace(one, repetitions=tuple(replace(each, common=brief) for each in one.repetitions))
        for one in record.configurations
    )
    shown = printed(replace(record, configurations=configurations))

    assert shown.count("In under 5 s no queue is seen to grow.") == 1
    assert "Not applicable (2): In under 5 s no queue is seen to grow." in shown
    assert "not applicable: " not in shown


def test_three_repetitions_have_intervals_and_fewer_say_nothing_of_them() -> None:
    assert "95 % intervals over 3 repetitions" in printed(repeated(3))
    assert "95 % intervals" not in printed(repeated(2))


def test_below_the_intervals_stands_why_one_is_missing() -> None:
    record = repeated(3)
    short = phase(rate_per_s=100.0, duration_s=1.0)
    configurations = tuple(
        replace(one, repetitions=tuple(replace(each, common=short) for each in one.repetitions))
        for one in record.configurations
    )
    found = " ".join(printed(replace(record, configurations=configurations)).split())

    assert "HTTP p99: in each repetition not enough samples (100 of 459)" in found
    assert "(100 of 459)" not in printed(record)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((10.0, 10.0, 10.0), "10.0 (10.0 to 10.0)"),
        ((1_000.0, 1_200.0, 1_100.0), "1,097 (875 to 1,376)"),
        ((10.0, 11.0), "—"),
    ],
)
def test_an_interval_stands_beside_its_figure(values: tuple[float, ...], text: str) -> None:
    assert interval_text(interval(values)) == text


def test_of_a_target_there_is_one_row_at_the_rate_that_was_asked_for() -> None:
    absent = dict.fromkeys(("warm_up", "closed", "common"), "not made")
    only = Repetition(
        warm_up=None,
        closed=None,
        open=phase(rate_per_s=200.0, duration_s=5.0),
        common=None,
        reasons=absent,
    )
    record = load_run(points=((1, 1),))
    configuration = replace(record.configurations[0], scenario="target", repetitions=(only,))
    found = printed(
        replace(record, target="http://127.0.0.1:9000", configurations=(configuration,))
    )

    assert "http://127.0.0.1:9000 (per second, ms)" in found
    assert "at the rate" in found
    assert "│ target │" in found
    assert "200" in found


def test_an_answer_is_printed_with_what_was_predicted_beside_what_was_measured() -> None:
    predicted = Estimate(value=40.0, low=20.0, high=80.0, sure=52.0)
    trial = SizingTrial(
        configuration="2 resolvers, 2 workers",
        lost="resolver",
        foretold_ms=predicted,
        measured_ms=44.0,
        achieved_per_s=300.0,
        samples=900,
        verdict="pass",
        sentence="p99 was 44.0 ms, within 50 ms.",
    )
    answer = SizingAnswer(
        question=Question(rate_per_s=300, slo_p99_ms=50, spare=1),
        verdict="pass",
        sentence="2 resolvers, 2 workers hold 300 requests/s",
        binding="the machine's CPU",
        headroom_share=0.1,
        trials=(trial,),
    )
    once = rate_search((probe(100.0, 20.0), probe(111.0, 80.0)))
    unknown = replace(once, most_per_s=None, reasons={"most_per_s": "it held once"})
    record = replace(
        load_run(),
        capacity=(Capacity(scenario="crud", answer=answer),),
        rate_searches=(rate_search(), unknown),
    )

    kept, not_known, first, last = answers(record)

    assert kept == "crud 1 x 2: 310 requests/s within 50 ms (p99)"
    assert not_known == "crud 1 x 2: rate not known within 50 ms (p99), it held once"

    assert "one resolver lost: p99 predicted 40.0 (20.0 to 80.0) ms, measured 44.0 ms" in first
    assert last.startswith("pass: 2 resolvers, 2 workers hold 300 requests/s")
    assert "the machine's CPU, headroom 10" in last


def test_copies_of_single_parts_tell_rows_apart() -> None:
    record = load_run(points=((1, 1),))
    told = tuple(
        replace(one, of_parts={"orders": copies})
        for one in record.configurations
        for copies in (1, 2)
    )
    said = printed(replace(record, configurations=told))

    assert "1 x 1, 1 x orders" in said
    assert "1 x 1, 2 x orders" in said
