"""Every repetition measures every configuration, in an order that no drift can favour."""

import pytest
from msgspec.structs import replace

from loadtests.sweep.repetitions import RepetitionPlan, is_enough, is_narrow, share, wide_note
from reports.record.measurements import Configuration, Repetition
from testcontainers_fixtures.copy_counts import CopyCounts
from testcontainers_fixtures.errors import SpecError
from tests.unit.reports.sample_runs import phase

POINTS = tuple(CopyCounts(resolvers=r, service_workers=w) for r in (1, 2) for w in (1, 2, 3))


def nothing_is_narrow(_: CopyCounts) -> bool:
    return False


def measured(*factors: float) -> Configuration:
    repetitions = [
        Repetition(
            warm_up=None,
            open=None,
            closed=replace(whole, throughput_per_s=500.0 * factor),
            common=replace(whole, latency_ms=replace(whole.latency_ms, p50=9.0 * factor)),
            reasons={"warm_up": "not made", "open": "not made"},
        )
        for factor in factors
        for whole in [phase(duration_s=2.0)]
    ]
    return Configuration(
        scenario="crud",
        resolvers=2,
        service_workers=1,
        gateway_workers=1,
        prefetch=32,
        repetitions=tuple(repetitions),
    )


def test_the_first_repetition_begins_with_the_smallest_whatever_the_seed() -> None:
    run_plans = [
        RepetitionPlan(repetitions=5, seed=s).of(0, POINTS, nothing_is_narrow) for s in range(30)
    ]

    assert {run_plan[0] for run_plan in run_plans} == {POINTS[0]}
    assert len({run_plan[1:] for run_plan in run_plans}) > 20
    assert all(set(run_plan) == set(POINTS) for run_plan in run_plans)


def test_later_repetitions_begin_with_any_of_them() -> None:
    rounds = RepetitionPlan(repetitions=40, seed=1)
    run_plans = [rounds.of(number, POINTS, nothing_is_narrow) for number in range(1, 40)]

    assert {run_plan[0] for run_plan in run_plans} == set(POINTS)
    assert all(set(run_plan) == set(POINTS) for run_plan in run_plans)


def test_a_spare_repetition_measures_only_what_was_disturbed() -> None:
    rounds = RepetitionPlan(repetitions=5, seed=1, spare=2)
    lacking = POINTS[2]

    assert set(rounds.of(4, POINTS, lambda at: at != lacking)) == set(POINTS)
    assert rounds.of(5, POINTS, lambda at: at != lacking) == (lacking,)
    assert rounds.of(6, POINTS, lambda _: True) == ()
    assert rounds.of(7, POINTS, nothing_is_narrow) == ()
    assert rounds.name(5) == "repetition 6, in place of a disturbed one"


def test_five_undisturbed_repetitions_are_enough_for_a_verdict() -> None:
    rounds = RepetitionPlan(repetitions=5, seed=1, spare=2)
    five = measured(1.0, 1.1, 0.9, 1.0, 1.0)
    first, *others = five.repetitions
    assert first.common
    stalled = replace(first, common=replace(first.common, loop_gap_ms_max=300.0))

    assert is_enough(five, rounds)
    assert not is_enough(replace(five, repetitions=(stalled, *others)), rounds)
    assert is_enough(replace(five, repetitions=(stalled, *others, first)), rounds)


def test_a_repetition_is_named_with_how_many_there_are_unless_that_is_open() -> None:
    assert RepetitionPlan(repetitions=5, seed=1).name(1) == "repetition 2 of 5"
    assert RepetitionPlan(repetitions=20, seed=1, until_ci=0.05).name(1) == "repetition 2"


def test_equal_seeds_give_equal_orders() -> None:
    first, again = (
        RepetitionPlan(repetitions=5, seed=7).of(3, POINTS, nothing_is_narrow) for _ in "12"
    )

    assert first == again


def test_after_the_last_repetition_nothing_is_measured() -> None:
    assert RepetitionPlan(repetitions=5, seed=1).of(5, POINTS, nothing_is_narrow) == ()


def test_with_an_aim_only_what_is_not_known_so_narrowly_is_repeated() -> None:
    rounds = RepetitionPlan(repetitions=20, seed=1, until_ci=0.05)

    def known(one: CopyCounts) -> bool:
        return one != POINTS[2]

    assert len(rounds.of(4, POINTS, known)) == len(POINTS)
    assert rounds.of(5, POINTS, known) == (POINTS[2],)
    assert rounds.of(5, POINTS, lambda _: True) == ()
    assert rounds.of(20, POINTS, known) == ()


@pytest.mark.parametrize(
    ("factors", "within", "narrow"),
    [
        ((1.0, 1.01, 0.99, 1.0, 1.0), 0.05, True),
        ((1.0, 1.3, 0.8, 1.0, 1.1), 0.05, False),
        ((1.0, 1.3, 0.8, 1.0, 1.1), 0.5, True),
        ((1.0, 1.0), 0.5, False),
    ],
    ids=["close together", "far apart", "far apart and content", "too few"],
)
def test_what_is_awaited_is_p50_and_throughput(
    factors: tuple[float, ...], within: float, *, narrow: bool
) -> None:
    assert is_narrow(measured(*factors), within) is narrow


def test_what_stayed_wide_at_the_cap_is_named() -> None:
    rounds = RepetitionPlan(repetitions=5, seed=1, until_ci=0.05)
    wide, narrow = measured(1.0, 1.3, 0.8, 1.0, 1.1), measured(1.0, 1.01, 0.99, 1.0, 1.0)

    (sentence,) = wide_note([wide, narrow], rounds)

    assert "After 5 repetitions" in sentence
    assert sentence.endswith(f"still wider than 5.0%: crud {wide.label}.")
    assert wide_note([narrow], rounds) == ()
    assert wide_note([wide], RepetitionPlan(repetitions=5, seed=1)) == ()


@pytest.mark.parametrize(
    ("repetitions", "said"),
    [
        (1, "No intervals: they need 3 repetitions, and this run has 1."),
        (5, "random order (seed 9)"),
    ],
)
def test_a_reader_is_told_what_repetitions_there_were(repetitions: int, said: str) -> None:
    assert said in " ".join(RepetitionPlan(repetitions=repetitions, seed=9).notes())


@pytest.mark.parametrize(("text", "found"), [("5%", 0.05), ("0.05", 0.05), ("100%", 1.0)])
def test_a_share_may_be_written_in_per_cent(text: str, found: float) -> None:
    assert share("--until-ci", text) == pytest.approx(found)


@pytest.mark.parametrize("text", ["", "5", "0%", "-5%", "narrow", "nan"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match=r"--until-ci takes a share from 0.1% to 100%"):
        share("--until-ci", text)
