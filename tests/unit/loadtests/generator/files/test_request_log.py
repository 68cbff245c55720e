"""The requests of a phase as lines of CSV."""

import csv
from pathlib import Path

from loadtests.generator.assignment import Assignment
from loadtests.generator.files.request_log import append_requests
from loadtests.generator.hop_times import Hops
from loadtests.generator.recorder import PhaseTally
from loadtests.generator.samples import Sample
from loadtests.generator.slowest_requests import TraceIds

IDS = TraceIds("a run")
GOOD = Sample(
    intended_s=10.25,
    began_s=10.251,
    ended_s=10.5,
    outcome="ok",
    number=3,
    status=200,
    timing="gw;dur=2.5, rpc;dur=1.25",
)
LOST = Sample(
    intended_s=10.5,
    began_s=10.5,
    ended_s=11.5,
    outcome="unknown",
    number=4,
    reason="time-out, or\nworse",
)


def tally(*samples: Sample, **more: float) -> PhaseTally:
    """Return what was counted of an open phase, or of a closed loop where told so."""
    made = PhaseTally(
        arrivals="constant",
        begin_s=10.0,
        duration_s=2.0,
        offered_per_s=more.get("offered_per_s", 2.0),
        logged=True,
        trace_ids=IDS,
    )
    for sample in samples:
        made.add("read", sample)
    return made


def written(file: Path, *phases: Assignment, hops: Hops) -> list[dict[str, str]]:
    for phase in phases:
        append_requests(file, tally(GOOD, LOST), phase, hops, since_1970_s=1_000.0)
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def open_phase(name: str, part: int = 0) -> Assignment:
    return Assignment(name=name, arrivals="constant", duration_s=2.0, offered_per_s=2.0, part=part)


def test_a_request_is_a_line_with_its_moments_its_ending_and_its_hops(tmp_path: Path) -> None:
    hops = Hops({"gw": "", "rpc": "gw", "store": "rpc"})

    good, lost = written(tmp_path / "requests.csv", open_phase("open loop"), hops=hops)

    assert good == {
        "phase": "open loop",
        "users": "",
        "call": "read",
        "due_s": "1010.250000",
        "sent_s": "1010.251000",
        "done_s": "1010.500000",
        "status": "200",
        "outcome": "ok",
        "reason": "",
        "trace_id": IDS.of(3),
        "gw_ms": "2.5",
        "rpc_ms": "1.25",
        "store_ms": "",
    }
    assert (lost["status"], lost["outcome"]) == ("", "unknown")
    assert lost["reason"] == "time-out, or\nworse"
    assert (lost["gw_ms"], lost["trace_id"]) == ("", IDS.of(4))


def test_phases_follow_each_other_below_one_head(tmp_path: Path) -> None:
    closed = Assignment(name="closed loop", arrivals="closed", duration_s=2.0, seeds=("x", "y"))

    rows = written(tmp_path / "requests.csv", open_phase("warm-up"), closed, hops=Hops({}))

    assert [(row["phase"], row["users"]) for row in rows] == [
        *[("warm-up", "")] * 2,
        *[("closed loop", "2")] * 2,
    ]


def test_each_process_of_a_generator_writes_a_file_of_its_own(tmp_path: Path) -> None:
    phase = open_phase("open loop", part=2)
    append_requests(tmp_path / "requests.csv", tally(GOOD), phase, Hops({}), since_1970_s=0.0)

    assert [file.name for file in tmp_path.iterdir()] == ["requests-2.csv"]
