"""Better, worse, the same, or not to be told: what two load runs say of each other."""

import random
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from reports.__main__ import app
from reports.judgement import reference_run
from reports.judgement.comparison import change_of, compare
from reports.judgement.machine_share import elsewhere, shared_out
from reports.record.measurements import Node, Use
from reports.record.record import LoadRun, Repetition
from tests.unit.reports.sample_runs import changed, conditions, load_run, phase

STORED = "reference-1x1-crud"
SPLITS = 200


def stored() -> LoadRun:
    return reference_run.found(STORED, Path("nowhere"))[1]


def holding(run: LoadRun, repetitions: list[Repetition]) -> LoadRun:
    (one,) = run.configurations
    return replace(run, configurations=(replace(one, repetitions=tuple(repetitions)),))


def slower(run: LoadRun, factor: float) -> LoadRun:
    def stretched(one: Repetition) -> Repetition:
        assert one.common
        ms = one.common.latency_ms
        assert ms.p50
        return replace(one, common=replace(one.common, latency_ms=replace(ms, p50=ms.p50 * factor)))

    return holding(run, [stretched(one) for one in run.configurations[0].repetitions])


def without_p99(run: LoadRun) -> LoadRun:
    common = run.configurations[0].repetitions[0].common
    assert common
    short = {"p99": "short", "p99_9": "short"}
    return changed(
        run, "common", latency_ms=replace(common.latency_ms, p99=None, p99_9=None, reasons=short)
    )


def test_splits_of_one_run_are_seldom_called_worse() -> None:
    run, chance = stored(), random.Random(1)  # noqa: S311 -- not for secrets
    changes = []
    for _ in range(SPLITS):
        mixed = list(run.configurations[0].repetitions)
        chance.shuffle(mixed)
        found = compare(holding(run, mixed[:10]), holding(run, mixed[10:]))
        changes += [one.change for one in found.effects]

    assert len(changes) == 3 * SPLITS
    assert changes.count("worse") <= 0.05 * len(changes)
    assert "unknown" not in changes


def test_a_median_three_times_as_long_is_worse_and_nothing_else_is() -> None:
    found = compare(stored(), slower(stored(), 3.0))

    assert [one.metric for one in found.of("worse")] == ["p50"]
    assert found.verdict == "fail"


@pytest.mark.parametrize(
    ("ratio", "low", "high", "change"),
    [
        pytest.param(1.2, 1.1, 1.3, "worse", id="excludes 1 and passes the threshold"),
        pytest.param(0.8, 0.7, 0.9, "better", id="the other way"),
        pytest.param(1.03, 1.01, 1.049, "same", id="sure, but small"),
        pytest.param(1.03, 1.01, 1.06, "inconclusive", id="sure, and the estimate is small"),
        pytest.param(1.2, 0.9, 1.5, "inconclusive", id="includes 1"),
    ],
)
def test_an_interval_decides(ratio: float, low: float, high: float, change: str) -> None:
    assert change_of("p50", ratio, low, high) == change


def test_more_throughput_is_better() -> None:
    assert change_of("throughput", 1.2, 1.1, 1.3) == "better"


def test_under_five_repetitions_there_is_no_verdict() -> None:
    four = holding(stored(), list(stored().configurations[0].repetitions[:4]))

    found = compare(stored(), four)

    assert {one.change for one in found.effects} == {"unknown"}
    assert found.verdict == "unknown"
    assert "4 of 5 repetitions" in found.effects[0].reason


def test_a_p99_that_the_baseline_never_carried_is_no_doubt_about_the_rest() -> None:
    # Its supplier's repetitions have no p99. What parts used is made up there, and left out here.
    run = changed(load_run(points=[(1, 1)], repetitions=5), "closed", used={})

    alike = compare(run, run)
    lost = compare(run, without_p99(run))

    assert [(one.scenario, one.metric) for one in alike.of("unknown")] == [("supplier", "p99")]
    assert alike.verdict == "pass"
    assert [one.scenario for one in lost.of("unknown")] == ["crud", "supplier"]
    assert lost.verdict == "unknown"


@pytest.mark.parametrize(
    ("others", "change"),
    [
        pytest.param(0.1, "inconclusive", id="a tenth of a core: noise of measuring"),
        pytest.param(0.8, "unknown", id="0.8 cores: something else ran"),
    ],
)
def test_figures_taken_while_something_else_had_the_machine_decide_nothing(
    others: float, change: str
) -> None:
    used = {"gateway": Use(cpu_s=4.0, demand_ms=1.0, memory_mb_max=9.0, throttled_s=0.0)}
    busy = {"duration_s": 4.0, "used": used, "generator_cpu": 0.2}
    quiet = holding(stored(), list(stored().configurations[0].repetitions[:5]))
    shared = changed(quiet, "common", host_cpu=(1.2 + others) / 2, **busy)

    found = {one.metric: one for one in compare(quiet, shared).effects}

    assert shared.conditions.cpu_count == 2
    assert (found["p50"].change, found["throughput"].change) == (change, "inconclusive")
    assert ("0 of 5 repetitions, undisturbed" in found["p50"].reason) == (change == "unknown")


# In 4 s, of two cores: 1 core by the system, 0.2 by each generator process, the rest by others.
_GATEWAY = Use(cpu_s=4.0, demand_ms=1.0, memory_mb_max=9.0, throttled_s=0.0)


@pytest.mark.parametrize(
    ("late_cpu_s", "generators", "others"),
    [
        pytest.param(0.0, 1, 0.4, id="a phase that ended in time"),
        pytest.param(
            2.0, 1, 0.9, id="half of the work done after the phase, which the host's lacks"
        ),
        pytest.param(0.0, 2, 0.2, id="two generator processes are no strangers"),
        pytest.param(0.0, 4, 0.0, id="never less than nothing"),
    ],
)
def test_what_the_system_and_all_generators_used_within_the_phase_is_not_others(
    late_cpu_s: float, generators: int, others: float
) -> None:
    measured = phase(
        duration_s=4.0,
        busy=0.8,
        generator_cpu=0.2,
        generators=generators,
        used={"gateway": replace(_GATEWAY, late_cpu_s=late_cpu_s)},
    )

    assert elsewhere(measured, 2) == pytest.approx(others)
    assert shared_out(measured, 2) == (others > 0.3)


@pytest.mark.parametrize("lacking", ["host_cpu", "generator_cpu", "used"])
def test_where_a_part_of_the_sum_is_not_known_neither_is_what_others_took(lacking: str) -> None:
    value: object = {} if lacking == "used" else None
    reasons = {"users": "open", lacking: "not read"}

    assert elsewhere(replace(phase(), reasons=reasons, **{lacking: value}), 2) is None


def test_a_configuration_that_the_later_run_lacks_leaves_it_unknown() -> None:
    both = load_run(points=[(1, 1), (2, 1)], repetitions=5)
    one = replace(both, configurations=both.configurations[:1])

    assert compare(one, both).verdict == "pass"
    assert compare(both, one).verdict == "unknown"
    assert {words.partition(" is in ")[2] for words in compare(both, one).unmatched} == {
        "the earlier run alone"
    }


def test_another_environment_is_named_and_decides_nothing() -> None:
    run = load_run(points=[(1, 1)], repetitions=5)

    found = compare(run, replace(run, conditions=conditions(rabbitmq="4.1.0")))

    assert found.verdict == "unknown"
    assert found.differences[0].sentence == "rabbitmq was 4.0.5 and is 4.1.0"


A, B, SMALL = (
    Node(name=name, cores=cores, here=False, copies=copies)
    for name, cores, copies in (
        ("a", 4.0, {"gate": 1, "worker": 1}),
        ("b", 4.0, {"gate": 1, "worker": 1}),
        ("b", 2.0, {"gate": 1, "worker": 1}),
    )
)
WITH_CACHE = replace(A, copies={**A.copies, "cache": 1})
CACHE_NODE = replace(SMALL, copies={"cache": 1})
HERE = Node(name="one", cores=4.0, here=True, copies={"gate": 1, "worker": 1})
VIRTUAL = (HERE, replace(HERE, name="two", copies={"worker": 1}))
TURNED = (replace(VIRTUAL[0], copies={"gate": 1}), replace(VIRTUAL[1], copies={"worker": 2}))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param((A,), (B,), "", id="a node of another name"),
        pytest.param((A,), (), "", id="not told"),
        pytest.param(
            (A,),
            (SMALL,),
            "The nodes differ: where copies ran was 1 gate, 1 worker on 4 cores and is 1 gate,"
            " 1 worker on 2 cores.",
            id="fewer cores",
        ),
        pytest.param(
            (A,),
            (replace(A, copies={"gate": 1}), replace(B, copies={"worker": 1})),
            "The nodes differ: where copies ran was 1 gate, 1 worker on 4 cores and is 1 gate on 4"
            " cores; 1 worker on 4 cores.",
            id="spread over two",
        ),
        pytest.param(VIRTUAL, TURNED, "", id="virtual nodes of the load's machine took turns"),
        pytest.param(
            VIRTUAL,
            (VIRTUAL[0],),
            "The nodes differ: where copies ran was 1 gate, 2 worker on 4 cores beside the"
            " load and is 1 gate, 1 worker on 4 cores beside the load.",
            id="a copy less on the load's machine",
        ),
        pytest.param((A,), (WITH_CACHE,), "", id="a part more in the stack file"),
        pytest.param((WITH_CACHE,), (A,), "", id="a part less in the stack file"),
        pytest.param((A,), (A, CACHE_NODE), "", id="a part more, on a node of its own"),
        pytest.param(
            (A,),
            (replace(SMALL, copies={**SMALL.copies, "cache": 1}),),
            "The nodes differ: where copies ran was 1 gate, 1 worker on 4 cores and is 1 gate,"
            " 1 worker on 2 cores.",
            id="a part more, and fewer cores",
        ),
    ],
)
def test_copies_on_other_nodes_are_named_and_decide_nothing(
    before: tuple[Node, ...], after: tuple[Node, ...], said: str
) -> None:
    def on(nodes: tuple[Node, ...]) -> LoadRun:
        run = load_run(points=[(1, 1)], repetitions=5)
        [one, *_] = run.configurations
        ran = [replace(each, nodes=nodes) for each in one.repetitions]
        return holding(replace(run, configurations=(one,)), ran)

    found = compare(on(before), on(after))

    assert {one.reason for one in found.effects} == {said}
    assert found.verdict == ("unknown" if said else "pass")


@pytest.mark.parametrize(
    ("before_ms", "after_ms", "named"),
    [
        pytest.param(0.200, 0.215, None, id="as fast"),
        pytest.param(
            0.200,
            0.250,
            "what the machine takes for a fixed piece of work was 0.200 ms and is 0.250 ms",
            id="slower",
        ),
        pytest.param(
            0.250,
            0.200,
            "what the machine takes for a fixed piece of work was 0.250 ms and is 0.200 ms",
            id="faster",
        ),
        pytest.param(None, 0.250, None, id="not timed before"),
    ],
)
def test_on_a_machine_that_was_slower_itself_nothing_is_decided(
    before_ms: float | None, after_ms: float | None, named: str | None
) -> None:
    quiet = holding(stored(), list(stored().configurations[0].repetitions[:5]))

    found = compare(at_pace(quiet, before_ms), at_pace(quiet, after_ms))

    assert [one.sentence for one in found.differences] == ([named] if named else [])
    assert all((one.change == "unknown") == bool(named) for one in found.effects)


def at_pace(run: LoadRun, took_ms: float | None) -> LoadRun:
    timed = () if took_ms is None else (took_ms, took_ms)
    return changed(run, "common", yardstick_ms=timed)


def test_a_command_line_compares_and_leaves_a_page(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["compare", STORED, STORED, "--site", str(tmp_path)])

    assert result.exit_code == 3, result.output  # ten-fold noise: nothing is known to be the same
    page = tmp_path / "comparisons" / f"{STORED}--{STORED}" / "index.html"
    written = page.read_text(encoding="utf-8")
    page.unlink()
    CliRunner().invoke(app, ["build", "--site", str(tmp_path)])
    assert page.read_text(encoding="utf-8") == written


def test_what_is_no_load_run_is_bad_input(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["compare", "a", "b", "--site", str(tmp_path)]).exit_code == 2
