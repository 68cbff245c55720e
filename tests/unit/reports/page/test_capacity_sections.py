"""How many are needed, as a load run's page shows it: tables, the answer, the knee."""

import json
import re
from html import unescape

import pytest
from msgspec.structs import replace

from reports.judgement import recorded_predictions
from reports.page import capacity_sections, page, search_sections, sizing_script
from reports.page.comparison_sections import whole_verdict
from reports.record.capacity import Demand, Prediction, Probe, Visits
from reports.record.measurements import Repetition
from reports.record.record import LoadRun, Verdict
from tests.unit.reports.sample_capacities import (
    CPU,
    WHY_NONE,
    WORKERS,
    capacity,
    no_model,
    outlook,
    predicted_run,
    probe,
    rate_search,
)
from tests.unit.reports.sample_runs import HOSTILE, load_run

LIMIT_BYTES = 300_000
UNSEEN = "how many at a time was not seen"
SCRIPT_POLICY = re.compile(r"script-src ([^;]*);")


def many(resource: str) -> tuple[Prediction, ...]:
    return tuple(
        replace(outlook(workers, resource=resource), resolvers=resolvers, gateway_workers=gateway)
        for resolvers in (1, 2, 4)
        for workers in (1, 2, 4)
        for gateway in (1, 2)
    )


def with_doubts(run: LoadRun, failed: int = 0) -> LoadRun:
    first = run.configurations[0]
    common, closed = first.repetitions[0].common, first.repetitions[0].closed
    assert common
    assert closed
    doubtful = replace(
        first.repetitions[0],
        common=replace(common, loop_gap_ms_max=80.0),
        closed=replace(closed, failed=failed),
    )
    one = replace(first, repetitions=(doubtful,))
    return replace(run, configurations=(one, *run.configurations[1:]))


@pytest.mark.parametrize(("rate_per_s", "p99_ms"), [(25.0, 40.0), (65.0, 90.0), (95.0, 400.0)])
def test_a_p99_between_two_rates_lies_on_a_straight_line(rate_per_s: float, p99_ms: float) -> None:
    found = recorded_predictions.at_rate(outlook(1), rate_per_s)

    assert found.value == pytest.approx(p99_ms)
    assert found.sure == pytest.approx(p99_ms * 1.25)
    assert (found.low, found.high) == pytest.approx((p99_ms / 2, p99_ms * 2))


@pytest.mark.parametrize("rate_per_s", [24.9, 95.1])
def test_outside_of_the_predicted_rates_a_p99_is_not_known(rate_per_s: float) -> None:
    found = recorded_predictions.at_rate(outlook(1), rate_per_s)

    assert found.value is None
    assert recorded_predictions.said(found) == "not known"


def test_a_line_shows_what_was_predicted_beside_what_was_measured() -> None:
    scenario = capacity_sections.needed(predicted_run())[0]
    (one, two), (four,) = scenario.lines, scenario.folded

    assert scenario.rate_per_s == 120.0
    assert (two.label, two.cost) == ("1 resolver, 2 workers", "4")
    assert two.carries == "200 (100 to 400)"
    assert two.p99 == "80.0 (40.0 to 160)"
    assert two.binding == "the service workers"
    assert float(two.measured_carries) == pytest.approx(131, rel=0.05)
    assert one.p99 == "carries less"
    assert four.measured_carries == "\N{EM DASH}"


def test_without_a_question_the_rate_is_the_common_one_that_was_driven() -> None:
    record = predicted_run(capacity=(capacity("crud", asked=False),))
    scenario = capacity_sections.needed(record)[0]
    driven = next(one for one in record.configurations if one.scenario == "crud")
    assert driven.repetitions[0].common is not None

    assert scenario.rate_per_s == pytest.approx(driven.repetitions[0].common.offered_per_s)
    assert float(scenario.lines[1].measured_p99) > 0


def test_names_hold_the_prefetch_where_it_differs_and_what_all_share_is_said_once() -> None:
    some = capacity("supplier")
    assert some.outlooks is not None
    other = replace(some.outlooks[1], prefetch=8)

    (mixed,) = capacity_sections.needed(
        predicted_run(capacity=(replace(some, outlooks=(some.outlooks[0], other)),))
    )
    alike = capacity_sections.needed(predicted_run())[0]

    assert [line.label for line in mixed.lines] == [
        "1 resolver, 1 worker, prefetch 32",
        "1 resolver, 2 workers, prefetch 8",
    ]
    assert mixed.alike == "1 gateway worker"
    assert alike.alike == "1 gateway worker and prefetch 32"


def test_copies_of_each_kind_of_resolver_stand_in_the_lines_and_what_each_takes_is_said() -> None:
    some = capacity("supplier", asked=False)
    kinds = [{"orders": 1, "articles": 2}, {"orders": 2, "articles": 2}]
    outlooks = [replace(outlook(1), of_parts=one, measured=True) for one in kinds]
    visits = (
        Visits(part="orders", share=0.8, cpu_ms=1.5, hold_ms=18.5, turns=1),
        Visits(part="articles", share=0.2, cpu_ms=4.0),
        Visits(part="tags", share=0.09, cpu_ms=1.0, hold_ms=7.0),
    )
    first = next(one for one in load_run().configurations if one.scenario == "supplier")
    run = replace(first, service_workers=1, of_parts=kinds[1])
    record = predicted_run(
        capacity=(replace(some, outlooks=tuple(outlooks), visits=visits),), configurations=(run,)
    )

    [shown] = capacity_sections.needed(record)

    assert [line.label for line in shown.lines] == [
        "1 resolver, 1 worker, 1 x orders, 2 x articles",
        "1 resolver, 1 worker, 2 x orders, 2 x articles",
    ]
    # Of the two that are predicted it is the second that was run.
    assert [line.measured_carries != "\N{EM DASH}" for line in shown.lines] == [False, True]
    assert shown.visits.replace("\N{NO-BREAK SPACE}", " ").split("; ") == [
        "80 % of the requests visit orders, for 20.0 ms (1.50 ms of CPU), a copy takes 1 at a time",
        "20 % of the requests visit articles, for 4.00 ms (4.00 ms of CPU)",
        f"9.0 % of the requests visit tags, for 8.00 ms (1.00 ms of CPU), {UNSEEN}",
    ]
    assert f"As it was measured, {shown.visits}." in unescape(page.run_page(record))


def test_what_was_neither_measured_nor_asked_for_is_folded() -> None:
    some = capacity("supplier")
    assert some.answer is not None
    assert some.outlooks is not None
    chosen = replace(some, answer=replace(some.answer, chosen=some.outlooks[2]))
    further = replace(some, answer=replace(some.answer, chosen=outlook(8)))

    shown = [
        capacity_sections.needed(predicted_run(capacity=(one,)))[0]
        for one in (some, chosen, further)
    ]

    assert [[line.label[12:] for line in one.lines] for one in shown] == [
        ["1 worker", "2 workers"],
        ["1 worker", "2 workers", "4 workers"],
        ["1 worker", "2 workers", "8 workers"],
    ]
    assert [len(one.folded) for one in shown] == [1, 0, 1]
    assert "<summary>1 more" in page.run_page(predicted_run())


def test_what_binds_all_is_said_once_and_what_binds_each_stands_in_its_line() -> None:
    some = capacity("supplier")
    assert some.outlooks is not None
    other = outlook(4, resource="the resolvers' places (prefetch)")
    mixed = replace(some, outlooks=(*some.outlooks[:2], other))

    assert capacity_sections.needed(predicted_run())[0].binding == WORKERS
    assert capacity_sections.needed(predicted_run(capacity=(mixed,)))[0].binding == ""
    assert "what binds" not in page.run_page(predicted_run())
    assert "what binds" in page.run_page(predicted_run(capacity=(mixed,)))


def test_a_scenario_without_a_model_says_why_and_comes_after_the_one_asked_about() -> None:
    shown = capacity_sections.needed(predicted_run())

    assert [one.scenario for one in shown] == ["supplier", "crud"]
    assert shown[1].reason == WHY_NONE
    assert f"<p>{WHY_NONE}</p>" in page.run_page(predicted_run())


def test_the_answers_stand_right_under_the_verdict() -> None:
    html = page.run_page(with_doubts(predicted_run()))
    verdict = html.index("</h1>")
    answers = [
        html.index("hold 120 requests/s within 200 ms"),
        html.index("crud keeps p99 within 50 ms up to 310 requests/s on 1 x 2."),
    ]

    assert html.count("hold 120 requests/s within 200 ms") == 1
    assert verdict < answers[0] < answers[1] < html.index('class="doubts')
    assert answers[1] < html.index("crud carries")


def test_the_answer_says_what_was_predicted_beside_what_was_measured() -> None:
    told = capacity_sections.needed(predicted_run())[0].told

    assert "1 resolver, 2 workers hold 120 requests/s within 200 ms" in told
    assert "predicted 80.0 (40.0 to 160) ms, measured 91.3 ms" in told
    assert f"What binds: {WORKERS}, with 27\N{NO-BREAK SPACE}% headroom" in told


def test_a_question_stands_before_the_measurements_and_a_mere_model_after_them() -> None:
    asked = page.run_page(predicted_run())
    unasked = page.run_page(
        predicted_run(capacity=(capacity("supplier", asked=False),), rate_searches=())
    )

    assert asked.index('id="needed"') < asked.index('id="scenario-1"')
    assert unasked.index('id="needed"') > unasked.index('id="scenario-2"')


def test_a_search_stands_before_the_measurements() -> None:
    html = page.run_page(predicted_run(capacity=()))

    assert html.index('id="most"') < html.index('id="scenario-1"')
    assert 'id="needed"' not in html


def test_of_many_searches_the_highest_rate_comes_first_and_none_last_with_its_reason() -> None:
    low = replace(rate_search(), configuration="1 x 1", most_per_s=120.0)
    none = replace(
        rate_search((probe(110.0, 80.0),)),
        configuration="2 x 1",
        most_per_s=None,
        reasons={"most_per_s": "all slow"},
    )
    other = replace(rate_search(), scenario="supplier")

    said = list(
        search_sections.answers(predicted_run(rate_searches=(none, low, rate_search(), other)))
    )

    assert said == [
        (
            "crud keeps p99 within 50 ms up to 310 requests/s on 1 x 2; "
            "up to 120 requests/s on 1 x 1; at no rate on 2 x 1 (all slow)."
        ),
        "supplier keeps p99 within 50 ms up to 310 requests/s on 1 x 2.",
    ]


def void(rate_per_s: float) -> Probe:
    return replace(probe(rate_per_s, 80.0), verdict="unknown", sentence="Something else ran.")


@pytest.mark.parametrize(
    ("probes", "complete", "told"),
    [
        pytest.param((probe(100, 80), probe(50, 80)), True, "at no rate", id="all failed"),
        pytest.param((void(100), probe(50, 80)), True, "at no rate", id="void above a failure"),
        pytest.param((void(100), void(50)), True, "not known", id="all void"),
        pytest.param((probe(100, 80), void(50)), True, "not known", id="the lowest void"),
        pytest.param((probe(100, 80),), False, "not known", id="the budget ended it"),
        pytest.param((probe(100, 80), probe(50, 20), void(48)), True, "not known", id="confirming"),
        pytest.param(
            (probe(100, 20), probe(168, 80), probe(100, 80)), True, "at no rate", id="as the last"
        ),
        pytest.param(
            (probe(100, 20), probe(168, 80), probe(111, 80)), True, "not known", id="it held once"
        ),
    ],
)
def test_no_rate_is_a_fact_about_the_system_only_where_it_was_seen_to_fail(
    probes: tuple[Probe, ...], told: str, *, complete: bool
) -> None:
    none = replace(
        rate_search(probes), most_per_s=None, complete=complete, reasons={"most_per_s": "why"}
    )
    (said,) = search_sections.answers(predicted_run(rate_searches=(none,)))

    assert said.endswith(f"{told} on 1 x 2 (why).")


def test_a_rate_above_which_nothing_could_be_seen_says_so() -> None:
    kept = (probe(310.0, 45.0), probe(310.0, 45.0, confirms=True))
    (limit,) = search_sections.answers(
        predicted_run(rate_searches=(rate_search((void(620.0), *kept)),))
    )
    again = rate_search((void(620.0), probe(620.0, 80.0), *kept))
    (known,) = search_sections.answers(predicted_run(rate_searches=(again,)))

    assert limit.endswith("310 requests/s on 1 x 2 (higher rates were void: Something else ran).")
    assert known.endswith("310 requests/s on 1 x 2.")


@pytest.mark.parametrize(("failed", "class_"), [(0, "doubts"), (400, "doubts fail")])
def test_failed_checks_are_painted_as_what_they_are_whatever_the_answer(
    failed: int, class_: str
) -> None:
    run = with_doubts(predicted_run(), failed=failed)

    assert whole_verdict(run, None) == "pass"
    assert f'<ul class="{class_}"' in page.run_page(run)


def test_of_very_many_searches_the_rest_is_counted() -> None:
    many_ = tuple(replace(rate_search(), configuration=f"1 x {n}") for n in range(1, 13))

    (said,) = search_sections.answers(predicted_run(rate_searches=many_))

    assert said.count("requests/s on") == search_sections.MOST_NAMED
    assert said.endswith("; and 4 more stand below.")


def test_a_search_shows_its_rates_the_slo_and_the_rate_that_was_kept() -> None:
    (shown,) = search_sections.knees(predicted_run())

    assert shown.title == "crud 1 x 2: 310 requests/s within 50 ms (p99)"
    assert "kept 310/s" in shown.svg
    assert "SLO 50 ms" in shown.svg
    assert shown.svg.count("ring s2") == 2
    assert shown.table is not None
    assert len(shown.table.rows) == 7
    assert shown.table.rows[-1][-1].startswith("confirms: pass: p99 was 47 ms")


def test_a_search_that_kept_no_rate_says_why() -> None:
    none = replace(
        rate_search((probe(100.0, 80.0),)), most_per_s=None, reasons={"most_per_s": "all slow"}
    )
    (shown,) = search_sections.knees(predicted_run(rate_searches=(none,)))

    assert shown.title == "crud 1 x 2: no rate within 50 ms (p99), all slow"
    assert "kept" not in shown.svg


def test_a_search_without_a_measured_p99_draws_nothing() -> None:
    void = replace(probe(100.0, 80.0), p99_ms=None, reasons={"p99_ms": "too few samples"})
    undrawn = predicted_run(rate_searches=(rate_search((void,)),))

    assert search_sections.knees(undrawn) == []
    assert 'href="#most"' in page.run_page(predicted_run())
    assert 'href="#most"' not in page.run_page(undrawn)


def test_the_page_allows_the_asking_script_by_its_hash() -> None:
    allowed = SCRIPT_POLICY.search(unescape(page.run_page(predicted_run())))
    assert allowed is not None

    assert str(sizing_script.contents()["permission"]) in allowed[1].split()
    assert f"<script>{sizing_script.contents()['script']}</script>" in page.run_page(
        predicted_run()
    )


@pytest.mark.parametrize("record", [load_run(), predicted_run(capacity=(no_model("crud"),))])
def test_a_page_with_nothing_to_ask_has_no_script_for_it(record: object) -> None:
    written = page.run_page(record)  # type: ignore[arg-type]  # both are load runs

    assert str(sizing_script.contents()["permission"]) not in unescape(written)
    assert 'class="asking"' not in written


def test_hostile_text_ends_no_element() -> None:
    hostile = capacity("supplier", resource=HOSTILE)
    written = page.run_page(predicted_run(capacity=(hostile, no_model(HOSTILE))))
    data = str(capacity_sections.needed(predicted_run(capacity=(hostile,)))[0].data)

    assert '<script>fetch("http' not in written
    assert "<img src=x>" not in written
    assert not set("<>&") & set(data)
    assert json.loads(data)["binds"] == [HOSTILE]


def test_a_sweep_with_a_model_of_each_scenario_stays_within_300_kb() -> None:
    models = tuple(
        replace(capacity(name, asked=False), outlooks=many(WORKERS))
        for name in ("crud", "supplier")
    )

    written = page.run_page(load_run(capacity=models))

    assert len(written.encode()) <= LIMIT_BYTES


@pytest.mark.parametrize(
    ("answered", "opening"),
    [("pass", "Holds"), ("fail", "Does not hold"), ("unknown", "Unknown")],
)
def test_a_run_that_was_asked_comes_to_its_answer_whatever_else_it_found(
    answered: Verdict, opening: str
) -> None:
    run = with_doubts(predicted_run())
    capacities = tuple(
        replace(one, answer=replace(one.answer, verdict=answered)) if one.answer else one
        for one in run.capacity
    )
    run = replace(run, capacity=capacities)
    heading = page.run_page(run).partition("<h1>")[2].partition("</h1>")[0]

    assert whole_verdict(run, None) == answered
    assert f"{opening}, as asked: " in heading
    assert "checks not passed" in heading


@pytest.mark.parametrize(
    ("resource", "said"), [(CPU, "srv takes 60 %"), (WORKERS, "")], ids=["it binds", "it does not"]
)
def test_where_the_machine_binds_it_is_said_who_takes_most_of_it(resource: str, said: str) -> None:
    demands = (Demand(part="srv", cpu_ms=3.0), Demand(part="db", cpu_ms=2.0))
    some = replace(
        capacity("crud", resource=resource),
        bound_by=resource,
        outlooks=(outlook(1, resource=resource),),
        demands=demands,
    )
    record = replace(predicted_run(), capacity=(some,))
    [shown] = capacity_sections.needed(record)

    assert shown.takes.replace("\N{NO-BREAK SPACE}", " ") == said
    assert ("Of the CPU time of a request, srv takes" in page.run_page(record)) == bool(said)


def test_load_from_another_machine_takes_nothing_of_this_one() -> None:
    demands = (Demand(part="generator", cpu_ms=9.0), Demand(part="srv", cpu_ms=3.0))
    some = replace(capacity("crud", resource=CPU), bound_by=CPU, demands=demands)
    record = replace(predicted_run(), capacity=(some,))
    [here] = capacity_sections.needed(record)
    [there] = capacity_sections.needed(from_elsewhere(record))

    assert here.takes.startswith("generator takes 75")
    assert there.takes.startswith("srv takes 100")


def from_elsewhere(record: LoadRun) -> LoadRun:
    def apart(one: Repetition) -> Repetition:
        return replace(one, closed=replace(one.closed, apart=True)) if one.closed else one

    return replace(
        record,
        configurations=tuple(
            replace(one, repetitions=tuple(map(apart, one.repetitions)))
            for one in record.configurations
        ),
    )


def test_that_several_nodes_count_as_one_machine_is_said() -> None:
    some = replace(capacity("crud"), merged="Copies of db moved.")
    record = replace(predicted_run(), capacity=(some,))

    assert "Copies of db moved." in page.run_page(record)


def test_what_no_figure_counts_on_is_named() -> None:
    some = replace(capacity("crud"), unmeasured=("db", "cache"))
    record = replace(predicted_run(), capacity=(some,))

    assert "What db, cache used of the CPU is not known, and no" in page.run_page(record)
