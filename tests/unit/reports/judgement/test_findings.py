"""What is named above the numbers: CPU-bound, uneven workers, what more copies bring."""

import pytest
from msgspec.structs import replace

from reports.judgement import findings, inapplicable
from reports.page.page import run_page
from reports.record.measurements import Configuration, Node, Phase, Use
from reports.record.record import Check, LoadRun
from tests.unit.reports.sample_runs import (
    e2e_run,
    hostile_load_run,
    load_run,
    phase,
    target_run,
)


def _plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def _configuration(service_workers: int = 1, **phases: Phase) -> Configuration:
    one = load_run(points=[(1, service_workers)]).configurations[0]
    return replace(one, repetitions=(replace(one.repetitions[0], **phases),))


@pytest.mark.parametrize(("host_cpu", "named"), [(0.90, True), (0.89, False)])
def test_a_closed_loop_at_90_percent_cpu_is_named_cpu_bound(
    host_cpu: float, *, named: bool
) -> None:
    finding = findings.cpu_bound(_configuration(closed=phase(arrivals="closed", host_cpu=host_cpu)))

    assert (finding is not None) == named
    if finding:
        assert _plain(finding.sentence) == (
            "CPU-bound: more copies cannot help here (host CPU 90 % busy at its maximum)."
        )


def test_an_unmeasured_cpu_is_not_called_bound() -> None:
    closed = phase(arrivals="closed")
    unmeasured = replace(closed, host_cpu=None, reasons=closed.reasons | {"host_cpu": "no /proc"})

    assert findings.cpu_bound(_configuration(closed=unmeasured)) is None


def _node(name: str, *, here: bool = False, **copies: int) -> Node:
    return Node(name=name, cores=2.0, here=here, copies=copies)


def _on_nodes(*nodes: Node, apart: bool = True, **cpu_s: float) -> Configuration:
    """Return a configuration whose parts used so much of the CPU in a closed loop of a second."""
    used = {
        name: Use(cpu_s=s, demand_ms=1.0, memory_mb_max=1.0, throttled_s=0.0)
        for name, s in cpu_s.items()
    }
    closed = phase(arrivals="closed", host_cpu=0.99)
    one = _configuration(closed=replace(closed, duration_s=1.0, used=used, apart=apart))
    return replace(one, repetitions=(replace(one.repetitions[0], nodes=nodes),))


def test_a_node_that_is_full_is_named_whatever_the_generator_s_own_machine_did() -> None:
    found = findings.cpu_bound(
        _on_nodes(_node("a", gateway=1), _node("b", rpc=2, srv=1), gateway=0.5, rpc=1.1, srv=0.8)
    )

    assert found
    assert "(node b at least 95 % busy at its maximum)" in _plain(found.sentence)


def test_a_part_on_several_nodes_fills_none_of_them() -> None:
    nodes = _node("a", gateway=1, rpc=1), _node("b", rpc=1)

    assert findings.cpu_bound(_on_nodes(*nodes, gateway=1.7, rpc=2.0)) is None


def test_of_the_node_that_sends_the_load_too_all_is_known_that_kept_it_busy() -> None:
    nodes = _node("desk", here=True, gateway=1), _node("b", rpc=1)
    found = findings.cpu_bound(_on_nodes(*nodes, gateway=0.9, rpc=1.8))

    assert found
    assert "(node desk at least 99 % busy at its maximum)" in _plain(found.sentence)


@pytest.mark.parametrize(("apart", "named"), [(True, False), (False, True)])
def test_the_host_s_cpu_says_nothing_of_parts_that_run_on_other_machines(
    *, apart: bool, named: bool
) -> None:
    nodes = [_node("a", here=not apart, gateway=1)]

    assert (findings.cpu_bound(_on_nodes(*nodes, apart=apart, gateway=0.1)) is not None) == named


@pytest.mark.parametrize(
    ("shares", "factor"),
    [
        pytest.param({"1": 0.5, "2": 0.5}, 1.0, id="even"),
        pytest.param({"1": 0.8, "2": 0.2}, 1.6, id="uneven"),
        pytest.param({"1": 1.0}, 2.0, id="one of two answered nothing, so it is not listed"),
    ],
)
def test_imbalance_is_the_busiest_over_an_even_share(
    shares: dict[str, float], factor: float
) -> None:
    assert findings.imbalance(shares, workers=2) == pytest.approx(factor)


@pytest.mark.parametrize(("closings", "named"), [(20, 0), (21, 1)], ids=["1 %", "more"])
def test_answers_that_close_their_connection_are_named_above_1_percent(
    closings: int, named: int
) -> None:
    common = phase(samples=2_000, closings=closings)

    found = list(findings.closing(_configuration(common=common)))

    assert len(found) == named
    assert all("connection after 1.1 % of its answers" in _plain(one.sentence) for one in found)


def test_workers_above_one_and_a_half_even_shares_are_named() -> None:
    shares = {"srv_clients": {"7": 1.0}, "srv_goods": {"8": 0.7, "9": 0.3}}
    common = phase(workers=2, worker_shares=shares)

    named = list(findings.imbalances(_configuration(service_workers=2, common=common)))

    assert [_plain(one.sentence) for one in named] == [
        "Uneven workers in srv_clients: the busiest of 2 answered 100 %, 2.0 × an even share."  # noqa: RUF001 -- a multiplication sign is meant
    ]


def _carrying(values: dict[tuple[int, int], tuple[float, ...]]) -> LoadRun:
    """Return a sweep whose repetitions carried just so much in the closed loop."""
    run = load_run(points=list(values), repetitions=5)
    return replace(
        run,
        configurations=tuple(
            _with_rates(one, values[one.resolvers, one.service_workers])
            for one in run.configurations
            if one.scenario == "supplier"
        ),
    )


def _with_rates(one: Configuration, rates: tuple[float, ...]) -> Configuration:
    closed = one.repetitions[0].closed
    assert closed is not None
    return replace(
        one,
        repetitions=tuple(
            replace(each, closed=replace(closed, throughput_per_s=rate))
            for each, rate in zip(one.repetitions, rates, strict=False)
        ),
    )


@pytest.mark.parametrize(
    ("small", "large", "expected"),
    [
        pytest.param(
            (87.0, 88.0, 89.0, 88.0, 88.0),
            (168.0, 169.0, 170.0, 169.0, 169.0),
            "and at most 169 on 2 × 2 (1.9 ×): more copies help.",  # noqa: RUF001 -- multiplication signs are meant
            id="far apart",
        ),
        pytest.param(
            (87.0, 88.0, 89.0, 88.0, 88.0),
            (91.0, 92.0, 91.0, 92.0, 91.0),
            "and at most 91.4 on 2 × 2 (1.0 ×): more copies bring next to nothing.",  # noqa: RUF001 -- as above
            id="apart, by less than a tenth",
        ),
        pytest.param(
            (60.0, 88.0, 120.0, 88.0, 88.0),
            (90.0, 169.0, 110.0, 140.0, 160.0),
            (
                "and at most 134 on 2 × 2 (1.5 ×): their intervals overlap, so more copies are "  # noqa: RUF001 -- as above
                "not shown to help."
            ),
            id="overlapping",
        ),
        pytest.param(
            (87.0, 88.0, 89.0, 88.0),
            (168.0, 169.0, 170.0, 169.0),
            (
                "and at most 169 on 2 × 2 (1.9 ×), without a verdict: that needs 5 repetitions."  # noqa: RUF001 -- as above
            ),
            id="four repetitions",
        ),
    ],
)
def test_a_scenario_says_what_more_copies_bring_once_five_repetitions_tell(
    small: tuple[float, ...], large: tuple[float, ...], expected: str
) -> None:
    sentence = _plain(findings.scaling(_carrying({(1, 1): small, (2, 2): large}), "supplier"))

    assert sentence.partition("1 × 1 ")[2] == expected  # noqa: RUF001 -- as above


def test_what_helped_is_named_where_the_best_has_more_of_one_kind_alone() -> None:
    few, many = (87.0, 88.0, 89.0, 88.0, 88.0), (168.0, 169.0, 170.0, 169.0, 169.0)
    workers = findings.scaling(_carrying({(1, 1): few, (1, 2): many}), "supplier")
    resolvers = findings.scaling(_carrying({(1, 1): few, (2, 1): many}), "supplier")

    assert workers.endswith(": more service workers help.")
    assert resolvers.endswith(": more resolvers help.")


def test_the_list_of_runs_says_what_each_scenario_carried_at_most() -> None:
    assert _plain(findings.most_carried(load_run())) == (
        "crud: at most 511/s on 2 × 1. "  # noqa: RUF001 -- as above
        "supplier: at most 169/s on 2 × 2."  # noqa: RUF001 -- as above
    )
    assert findings.most_carried(target_run()).startswith("requests: ")


def test_a_target_is_told_by_what_it_did_at_its_rate() -> None:
    sentence = _plain(findings.scaling(target_run(), "requests"))

    assert sentence.startswith("requests: 200 requests/s succeeded, with p50 ")


def test_the_smallest_configuration_is_the_yardstick_wherever_it_stands() -> None:
    run = load_run()
    backwards = replace(run, configurations=run.configurations[::-1])

    assert findings.scaling(backwards, "supplier") == findings.scaling(run, "supplier")


def test_a_sweep_whose_smallest_point_carries_most_says_so() -> None:
    run = load_run(points=[(1, 1), (1, 2)])
    crud = [one for one in run.configurations if one.scenario == "crud"]

    assert _plain(findings.scaling(replace(run, configurations=tuple(crud)), "crud")) == (
        "crud carries 502 requests/s on 1 × 1, and no larger configuration carries more. "  # noqa: RUF001 -- as above
        "CPU-bound: more copies cannot help here."
    )


def test_one_configuration_alone_is_not_compared() -> None:
    assert _plain(findings.scaling(load_run(points=[(1, 1)]), "supplier")) == (
        "supplier carries 88.0 requests/s on 1 × 1."  # noqa: RUF001 -- as above
    )


def test_the_headline_says_whether_it_holds_and_over_how_much() -> None:
    assert findings.headline(load_run()) == "Holds: 8 configurations measured, every check passed."
    assert findings.headline(hostile_load_run()).startswith(
        "Does not hold: 8 configurations measured, 1 of 144 checks not passed (few failed). crud 1"
    )
    assert "of 2,106 requests failed: more than 1" in findings.headline(hostile_load_run())
    assert findings.headline(e2e_run()) == (
        "Does not hold: 4 of 6 promises kept, 1 not kept, 1 unknown, 800 generated requests."
    )


def test_a_promise_that_does_not_apply_is_no_promise_that_was_not_kept() -> None:
    held = Check(name="held", verdict="pass", sentence="It held.", seconds=1.0)
    absent = Check(
        name="absent",
        verdict="not applicable",
        sentence="It is put back.",
        reason="There is no broker.",
        seconds=0.0,
    )
    record = e2e_run([held, absent, absent])

    assert findings.headline(record) == (
        "Holds: 1 of 1 promises kept, 2 not applicable, 800 generated requests."
    )
    assert "not applicable</span>" in run_page(record)
    assert '<span class="raw soft">There is no broker.</span>' in run_page(record)
    assert inapplicable.told(record) == ["Not applicable (2): There is no broker."]
    assert findings.headline(e2e_run([absent, absent])) == (
        "Not applicable: none of 2 promises applies."
    )
