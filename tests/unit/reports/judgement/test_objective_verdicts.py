"""An SLO is kept or broken only where the whole interval of its figure says so."""

import pytest
from msgspec.structs import replace

from reports.judgement import verdicts
from reports.judgement.findings import headline
from reports.judgement.objective_verdicts import objective_rows
from reports.record.objectives import FigureName, Objective
from reports.record.record import LoadRun
from tests.unit.reports.sample_runs import load_run


def slo(figure: FigureName, limit: float, call: str = "") -> Objective:
    return Objective(scenario="crud", call=call, figure=figure, limit=limit)


def held(*objectives: Objective, repetitions: int = 1) -> LoadRun:
    run = load_run(points=[(1, 1)], repetitions=repetitions)
    return replace(run, objectives=objectives)


def changed(run: LoadRun, name: str, **changes: object) -> LoadRun:
    """Return the run with a phase of every repetition of its first configuration changed."""
    first, *others = run.configurations
    repetitions = tuple(
        replace(one, **{name: replace(getattr(one, name), **changes)}) for one in first.repetitions
    )
    return replace(run, configurations=(replace(first, repetitions=repetitions), *others))


@pytest.mark.parametrize("repetitions", [1, 5])
@pytest.mark.parametrize(
    ("limit_share", "expected"), [(3.0, "pass"), (1.0, "unknown"), (0.3, "fail")]
)
def test_a_percentile_is_judged_by_which_side_its_interval_lies_on(
    repetitions: int, limit_share: float, expected: str
) -> None:
    run = held(repetitions=repetitions)
    common = run.configurations[0].repetitions[0].common
    assert common
    limit = limit_share * (common.latency_ms.p99 or 0.0)

    [row] = objective_rows(replace(run, objectives=(slo("p99", limit),)))

    assert row.said[0] == expected
    assert row.found.low < (row.found.value or 0.0) < (row.found.high or 0.0)
    assert ("would tell" in row.said[1]) == (expected == "unknown")


def test_a_call_is_judged_by_its_own_samples() -> None:
    run = held(slo("p50", 1.0, "list goods"), slo("p50", 1.0, "never made"))

    judged, unknown = (one.said for one in objective_rows(run))

    assert judged[0] == "fail"
    assert judged[1].startswith("p50 of 'list goods' was ")
    assert unknown == ("unknown", "p50 of 'never made' is not known: no such call was made.")


def test_a_percentile_that_few_samples_carry_is_not_told_and_it_is_said_what_would() -> None:
    [row] = objective_rows(held(slo("p99_9", 1.0)))

    assert row.said[0] == "unknown"
    assert "not enough samples" in row.said[1]
    assert row.said[1].endswith("a longer --duration would tell.")


@pytest.mark.parametrize(
    ("failed", "limit", "expected"),
    [(0, 0.01, "pass"), (0, 0.0001, "unknown"), (200, 0.01, "fail"), (21, 0.01, "unknown")],
)
def test_the_failed_share_is_judged_by_its_exact_interval(
    failed: int, limit: float, expected: str
) -> None:
    run = changed(held(slo("failed", limit)), "common", failed=failed)

    [row] = objective_rows(run)

    assert row.said[0] == expected
    if not failed and expected == "unknown":
        assert "36,887 requests of which none fails would tell" in row.said[1]


def test_the_throughput_is_the_most_that_was_carried() -> None:
    kept, broken = (
        one.said for one in objective_rows(held(slo("throughput", 400), slo("throughput", 700)))
    )

    assert kept[0] == "pass"
    assert broken[0] == "fail"
    assert broken[1].endswith("not throughput > 700/s.")


@pytest.mark.parametrize(
    ("name", "figure", "changes"),
    [
        ("common", "p99", {"lag_ms_p99": 900.0}),
        ("common", "failed", {"loop_gap_ms_max": 900.0, "failed": 2_000}),
        ("common", "p99", {"host_cpu": 1.0}),
        ("closed", "throughput", {"host_cpu": 1.0, "generator_cpu": 0.0}),
        ("common", "p99", {"achieved_per_s": 9.0}),
    ],
)
def test_what_may_not_be_the_systems_doing_breaks_no_slo(
    name: str, figure: FigureName, changes: dict[str, object]
) -> None:
    limit = 5_000.0 if figure == "throughput" else 0.001
    run = changed(held(slo(figure, limit)), name, **changes)
    if "host_cpu" in changes:
        run = changed(run, name, used=_half(run, name))

    [row] = objective_rows(run)

    assert row.said[0] == "unknown"
    assert "void for it" in row.said[1]


def test_within_the_limit_on_a_disturbed_machine_is_within_it() -> None:
    run = changed(held(slo("p99", 60_000)), "common", lag_ms_p99=900.0)

    [row] = objective_rows(run)

    assert row.said[0] == "pass"


def test_a_target_that_was_offered_less_than_its_throughput_is_not_told() -> None:
    target = replace(held(slo("throughput", 5_000)), target="http://127.0.0.1:9")

    [row] = objective_rows(target)

    assert row.said[0] == "unknown"
    assert "were offered; a higher --rate would tell" in row.said[1]


def test_slos_head_the_verdict_and_drive_it() -> None:
    good = held(slo("p99", 60_000), slo("failed", 0.5))
    bad = held(slo("p99", 60_000), slo("p50", 0.01))

    assert headline(good) == (
        "Holds: 2 of 2 SLOs kept, 2 configurations measured, every check passed."
    )
    assert verdicts.verdict(bad) == "fail"
    assert verdicts.judge(bad)[1].check == "p50 < 0.01 ms"
    assert headline(bad).startswith("Does not hold: 1 of 2 SLOs kept, ")


def test_a_run_none_of_whose_slos_could_be_told_has_judged_nothing() -> None:
    untold = held(slo("p99_9", 1.0))

    assert not verdicts.was_judged(untold)
    assert verdicts.was_judged(replace(untold, objectives=()))
    assert verdicts.was_judged(replace(untold, objectives=(*untold.objectives, slo("p50", 9e4))))


def _half(run: LoadRun, name: str) -> dict[str, object]:
    first = getattr(run.configurations[0].repetitions[0], name)
    return {part: replace(use, cpu_s=use.cpu_s / 2) for part, use in first.used.items()}
