"""A phase as a log that HdrHistogram's own reader reads."""

# mypy: allow-untyped-calls
# hdrh ships no types.

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hdrh.log import HistogramLogReader

from loadtests.generator.files.hdr_log import write_hlog
from loadtests.generator.merged_results import intervals, merged
from loadtests.generator.recorder import PhaseTally, Sample
from reports.record import latency

BEGUN_AT_S = 1_760_000_000.25


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Write a phase of two calls, 2.5 s long, with nothing in its second second."""
    tally = PhaseTally(
        arrivals="constant", begin_s=50.0, duration_s=2.5, offered_per_s=2.0, hops={"gw": ""}
    )
    for call, due_s, took_s in (("list, all", 0.1, 0.3), ("make", 0.4, 0.1), ("make", 2.2, 1.5)):
        began_s = 50 + due_s + 0.05
        sample = Sample(
            intended_s=50 + due_s,
            began_s=began_s,
            ended_s=50 + due_s + took_s,
            outcome="ok",
            timing="gw;dur=40",
        )
        tally.add(call, sample)
    shares = [tally.share()]
    counts = merged(tally.facts, shares)
    return write_hlog(tmp_path / "x.hlog", counts, intervals(shares), begun_at_s=BEGUN_AT_S)


def read(log: Path) -> Iterator[Any]:
    reader = HistogramLogReader(str(log), latency.new_histogram())
    while (histogram := reader.get_next_interval_histogram()) is not None:
        yield histogram
    reader.close()


def told(log: Path) -> list[tuple[str | None, float, float, int]]:
    return [
        (
            one.get_tag(),
            round(one.get_start_time_stamp() / 1_000 - BEGUN_AT_S, 3),
            round((one.get_end_time_stamp() - one.get_start_time_stamp()) / 1_000, 3),
            int(one.get_total_count()),
        )
        for one in read(log)
    ]


def test_every_second_is_there_as_a_whole_and_by_call(log: Path) -> None:
    assert [line for line in told(log) if line[0] is None] == [
        (None, 0.0, 1.0, 2),
        (None, 1.0, 1.0, 0),
        (None, 2.0, 0.5, 1),
    ]
    assert ("list_all", 0.0, 1.0, 1) in told(log)
    assert [line for line in told(log) if line[0] == "make"] == [
        ("make", 0.0, 1.0, 1),
        ("make", 2.0, 0.5, 1),
    ]


def test_service_time_and_hops_have_a_line_over_the_whole_phase(log: Path) -> None:
    assert ("service-time", 0.0, 2.5, 3) in told(log)
    assert ("hop-gw", 0.0, 2.5, 3) in told(log)


def test_values_are_response_times_in_microseconds(log: Path) -> None:
    last = [one for one in read(log) if one.get_tag() is None][-1]

    assert last.get_max_value() == pytest.approx(1_500_000, rel=0.001)


def test_the_log_names_its_format_and_when_it_began(log: Path) -> None:
    lines = log.read_text(encoding="ascii").splitlines()

    assert "#[Histogram log format version 1.3]" in lines
    assert any(
        line.startswith("#[StartTime: 1760000000.250 (seconds since epoch)") for line in lines
    )
