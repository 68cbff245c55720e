"""The schedule of an open loop."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.generator.samples import Sample, Samples
from loadtests.plan.arrivals import (
    ARRIVALS,
    ArrivalsError,
    constant,
    length_s,
    parse,
    poisson,
    replay,
)

rates = st.floats(min_value=0.5, max_value=2_000)
durations = st.floats(min_value=0.5, max_value=20)


@given(kind=st.sampled_from(sorted(ARRIVALS)), rate=rates, duration=durations, seed=st.integers())
def test_arrivals_are_sorted_and_within_the_phase(
    kind: str, rate: float, duration: float, seed: int
) -> None:
    offsets = ARRIVALS[kind](rate, duration, seed)

    assert list(offsets) == sorted(offsets)
    assert all(0 <= offset < duration for offset in offsets)


@given(kind=st.sampled_from(sorted(ARRIVALS)), rate=rates, duration=durations)
def test_the_offered_rate_is_the_one_asked_for(kind: str, rate: float, duration: float) -> None:
    offsets = ARRIVALS[kind](rate, duration, 1)

    assert len(offsets) == max(1, round(rate * duration))


def test_equal_seeds_give_equal_arrivals_and_others_do_not() -> None:
    assert poisson(200, 5, 1) == poisson(200, 5, 1)
    assert poisson(200, 5, 1) != poisson(200, 5, 2)


def test_poisson_arrivals_are_as_bunched_as_a_poisson_process() -> None:
    counts = [0] * 1_000
    for offset in poisson(20, 1_000, 7):
        counts[int(offset)] += 1
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / len(counts)

    # A Poisson count's variance is its mean; 1,000 bins tell it to about 5 % (one sigma).
    assert variance / mean == pytest.approx(1.0, abs=0.2)


def test_the_gaps_of_poisson_arrivals_have_no_memory() -> None:
    offsets = poisson(100, 200, 3)
    gaps = [after - before for before, after in pairwise(offsets)]
    long = [gap for gap in gaps if gap > 0.01]

    # P(gap > 2t | gap > t) = P(gap > t) = 1/e
    assert len(long) / len(gaps) == pytest.approx(0.368, abs=0.02)
    assert sum(gap > 0.02 for gap in long) / len(long) == pytest.approx(0.368, abs=0.03)


def test_constant_arrivals_are_equally_far_apart() -> None:
    assert constant(4, 1) == pytest.approx((0.0, 0.25, 0.5, 0.75))


@pytest.mark.parametrize(
    ("rate_per_s", "expected_s"),
    [
        pytest.param(500, 6, id="a fast system needs no longer than asked for"),
        pytest.param(50, 10, id="a slow one gets the time its samples need"),
        pytest.param(2, 15, id="a very slow one is given up on"),
    ],
)
def test_a_phase_lasts_until_its_samples_are_planned(rate_per_s: float, expected_s: float) -> None:
    assert length_s(rate_per_s, least_s=6, most_s=15, samples=500) == expected_s


@pytest.mark.parametrize("rate_per_s", [0, -1])
def test_a_rate_of_nothing_is_refused(rate_per_s: float) -> None:
    with pytest.raises(ValueError, match="above 0 requests per second"):
        poisson(rate_per_s, 1, 1)


@pytest.mark.parametrize(
    ("text", "mean_per_s"),
    [
        ("poisson", 30.0),
        ("constant", 30.0),
        ("ramp:50-150", 100.0),
        ("steps:50,100,150", 100.0),
        ("spike:50-250@2+1.5", 80.0),
    ],
)
def test_a_text_names_arrivals_and_how_many_they_are_on_average(
    text: str, mean_per_s: float
) -> None:
    arrivals = parse(text)

    assert arrivals.mean_per_s(30.0, 10.0) == mean_per_s
    assert len(arrivals.schedule(30.0, 10.0, 1)) == 10 * mean_per_s
    assert arrivals.text == text


@pytest.mark.parametrize(
    "text",
    ["", "Poisson", "ramp:50", "ramp:-5-10", "steps:", "steps:50,", "spike:100-400@5", "spike:1-2"],
)
def test_a_text_that_names_no_arrivals_is_told_the_forms_that_do(text: str) -> None:
    with pytest.raises(ArrivalsError, match=r"Expected arrivals as poisson, constant, ramp:50-300"):
        parse(text)


def test_rates_of_nothing_are_refused() -> None:
    with pytest.raises(ArrivalsError, match="offer none"):
        parse("steps:0,0").schedule(1.0, 10.0, 1)


def test_a_trace_is_replayed_as_it_was_recorded(tmp_path: Path) -> None:
    trace = tmp_path / "trace.txt"
    trace.write_text("# recorded on a Monday\n0.5\n0.1\n\n2.25\n9\n", encoding="utf-8")
    arrivals = parse(f"replay:{trace}")

    assert arrivals.schedule(1.0, 5.0, 1) == (0.1, 0.5, 2.25)
    assert arrivals.mean_per_s(1.0, 5.0) == 0.6
    assert arrivals.text == "replay:trace.txt"


def test_the_requests_of_another_run_are_a_trace_as_well(tmp_path: Path) -> None:
    samples = Samples()
    for due_s in (10.2, 10.1):
        sample = Sample(intended_s=due_s, began_s=due_s, ended_s=11.0, outcome="ok")
        samples.add("read", sample)
    samples.write(tmp_path / "samples.csv", begin_s=10.0)

    assert replay(tmp_path / "samples.csv") == pytest.approx((0.1, 0.2))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "No such file", id="no file"),
        pytest.param("soon\n", "one a line, but: could not convert", id="no number"),
        pytest.param("", "of 0 s and above", id="nothing in it"),
        pytest.param("-1\n2\n", "of 0 s and above", id="before the begin"),
    ],
)
def test_a_trace_that_cannot_be_replayed_is_refused_in_one_sentence(
    tmp_path: Path, content: str | None, said: str
) -> None:
    trace = tmp_path / "trace.txt"
    if content is not None:
        trace.write_text(content, encoding="utf-8")

    with pytest.raises(ArrivalsError, match=said):
        parse(f"replay:{trace}")


def test_a_trace_that_begins_after_the_phase_is_refused(tmp_path: Path) -> None:
    (tmp_path / "late.txt").write_text("7\n", encoding="utf-8")

    with pytest.raises(ArrivalsError, match="the trace begins later"):
        parse(f"replay:{tmp_path / 'late.txt'}").schedule(1.0, 5.0, 1)
