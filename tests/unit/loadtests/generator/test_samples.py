"""The requests of a phase, kept by column."""

import csv
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from loadtests.generator.samples import Outcome, Sample, Samples


def kept(*rows: tuple[float, float, Outcome], notes: bool = False) -> Samples:
    samples = Samples(notes=notes)
    for due_s, ended_s, outcome in rows:
        one = Sample(
            intended_s=due_s, began_s=due_s + 0.001, ended_s=ended_s, outcome=outcome, note="a, b"
        )
        samples.add("read", one)
    return samples


def test_in_flight_is_what_is_due_and_not_answered_at_the_end_of_each_second() -> None:
    samples = kept((10.1, 10.2, "ok"), (10.5, 12.5, "ok"), (11.2, 11.9, "failed"), (11.9, 14, "ok"))

    assert samples.in_flight(10.0, 3.0) == (1, 2, 1)


def test_a_phase_that_ends_within_a_second_is_looked_at_when_it_ends() -> None:
    assert kept((10.1, 10.9, "ok")).in_flight(10.0, 0.5) == (1,)


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 5)), max_size=50))
def test_nobody_is_in_flight_a_negative_number_of_times(pairs: list[tuple[float, float]]) -> None:
    samples = kept(*((due_s, due_s + took_s, "ok") for due_s, took_s in pairs))

    assert all(count >= 0 for count in samples.in_flight(0.0, 4.0))


def test_failed_requests_have_no_time_that_counts_and_no_good_answer() -> None:
    samples = kept((1, 2, "ok"), (1, 2, "failed"), (1, 2, "unknown"), (1, 2, "ok"))

    assert samples.timed() == [0, 2, 3]
    assert (samples.good(0), samples.good(1)) == (2, 1)


def test_each_request_is_written_down_in_seconds_from_the_begin(tmp_path: Path) -> None:
    kept((10.25, 10.5, "unknown"), notes=True).write(tmp_path / "samples.csv", begin_s=10.0)
    with (tmp_path / "samples.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert rows == [
        {
            "intended_s": "0.250000",
            "began_s": "0.251000",
            "ended_s": "0.500000",
            "outcome": "unknown",
            "endpoint": "read",
            "note": "a, b",
        }
    ]
