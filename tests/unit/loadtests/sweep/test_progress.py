"""What a run shows while it goes."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from loadtests.plan.plan import PhaseDone, Tick, read_line
from loadtests.sweep.live.live_feed import LiveFeed
from loadtests.sweep.progress import Display, done_text, remaining_text, tick_text


def test_a_tick_tells_phase_rest_rate_and_p99() -> None:
    tick = Tick(phase="closed loop", users=4, rate_per_s=209.6, p99_ms=38.2, remaining_s=1.2)

    assert tick_text(tick) == "closed loop, 4 users, 1 s: 210/s, p99 now 38 ms"


def test_a_percentile_that_the_samples_cannot_carry_is_left_out() -> None:
    done = PhaseDone(
        phase="open loop", users=None, throughput_per_s=209.6, p50_ms=3.14, p99_ms=None
    )

    assert done_text(done) == "open loop: 210 answers/s, p50 3.1 ms"


@pytest.mark.parametrize(
    ("remaining_s", "text"),
    [(42.4, "about 42 s to go"), (-3, "about 0 s to go"), (200, "about 3 min to go")],
)
def test_what_remains_is_told_roughly(remaining_s: float, text: str) -> None:
    assert remaining_text(remaining_s) == text


def test_without_a_terminal_each_finished_phase_is_one_line() -> None:
    shown = io.StringIO()
    with Display(Console(file=shown, width=100), lengths_s=[20, 20]) as display:
        display.begin("crud, 1 resolver")
        display.show(Tick(phase="warm-up", users=4, rate_per_s=1, p99_ms=1, remaining_s=1))
        display.show(
            PhaseDone(phase="open loop", users=None, throughput_per_s=9, p50_ms=1, p99_ms=None)
        )

    assert shown.getvalue().splitlines() == [
        "(1/2) crud, 1 resolver",
        "    open loop: 9 answers/s, p50 1.0 ms",
    ]


def test_a_line_of_somebody_else_is_nobody_s_business() -> None:
    assert read_line(b"Warning: something") is None
    assert read_line(b'{"type": "other"}') is None


def test_what_a_stack_says_is_shown_at_its_first_start_alone() -> None:
    shown = io.StringIO()
    with Display(Console(file=shown, width=100), lengths_s=[20]) as display:
        display.event("gate ready in 0.5 s")
        display.begin("repetition 1: crud")
        display.event("gate ready in 0.6 s")

    assert shown.getvalue().splitlines() == ["gate ready in 0.5 s", "(1/1) repetition 1: crud"]


def test_drives_beyond_those_that_were_certain_are_counted_too() -> None:
    shown = io.StringIO()
    with Display(Console(file=shown, width=100), lengths_s=[20]) as display:
        display.begin("repetition 1: crud")
        display.begin("repetition 2: crud")

    assert shown.getvalue().splitlines() == ["(1/1) repetition 1: crud", "(2/2) repetition 2: crud"]


def test_on_a_terminal_the_live_line_tells_what_remains_and_what_runs() -> None:
    shown = io.StringIO()
    console = Console(file=shown, width=120, force_terminal=True)
    with Display(console, lengths_s=[60, 30, 30, 30, 30]) as display:
        display.begin("crud, 1 resolver")
        display.show(Tick(phase="open loop", users=None, rate_per_s=9, p99_ms=7, remaining_s=4))

    assert "about 3 min to go | open loop, 4 s: 9/s, p99 now 7 ms | crud, 1 resolver" in (
        shown.getvalue()
    )


def test_a_feed_is_told_what_the_terminal_shows() -> None:
    feed = LiveFeed()
    tick = Tick(
        phase="open loop",
        users=None,
        rate_per_s=9,
        p50_ms=3,
        p99_ms=7,
        remaining_s=4,
        bad=2,
        in_flight=5,
    )
    ended = PhaseDone(phase="open loop", users=None, throughput_per_s=9, p50_ms=1, p99_ms=None)
    with Display(Console(file=io.StringIO()), lengths_s=[20], feed=feed) as display:
        display.note("a note")
        display.begin("crud, 1 resolver")
        display.show(tick)
        display.show(ended)
        display.end("Holds.", Path("/run/index.html"))
    told = [(one.kind, one.about) for one in feed.after(0, within_s=0)]

    assert [kind for kind, _ in told] == ["said", "trial", "second", "phase", "end"]
    assert told[1][1] == {"number": 1, "of": 1, "what": "crud, 1 resolver"}
    assert told[3][1]["p99"] is None
    assert told[4][1] == {"headline": "Holds.", "page": "/run/index.html"}
    second = told[2][1]
    assert (second["p50"], second["p99"], second["errors"], second["in_flight"]) == (3, 7, 2, 5)
    assert (second["cpu"], second["queue"], second["phase_left_s"]) == ({}, None, 4)
    assert second["left_s"] == pytest.approx(20, abs=1)
