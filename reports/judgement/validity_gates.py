"""Validity gates: whether an open phase measured the system, or something else.

A gate that trips makes the phase void: `unknown`, with one sentence. It never speaks about the
system: what a void phase shows may be the generator's doing, or another load than was planned.
"""

from collections.abc import Callable, Sequence
from typing import Final

from reports.judgement import load_workers
from reports.judgement.trend import LEAST_POINTS, trend
from reports.record import number_formats
from reports.record.capacity import MeasuredVerdict
from reports.record.measurements import Phase
from reports.record.record import Verdict

KEPT_RATE_SHARE: Final = 0.99
FAILED_SHARE: Final = 0.01
LAG_FLOOR_MS: Final = 5.0
LAG_SHARE_OF_RESPONSE: Final = 0.10
GENERATOR_CPU_SHARE: Final = 0.80
LOOP_GAP_MS: Final = 50.0
POOL_WAIT_SHARE: Final = 0.001
RISE_SHARE_OF_MEAN: Final = 0.5
CLOCK_WANDER_MS: Final = 5.0
# So many characters of what a system answered stand in a sentence.
SHOWN: Final = 40

Said = tuple[MeasuredVerdict, str]
# What a gate says that may have nothing to judge by.
Answer = tuple[Verdict, str]
PhaseGate = Callable[[Phase], Answer]
CourseGate = Callable[[Sequence[Phase]], Answer]


def rate_was_kept(phase: Phase) -> Said:
    """Judge whether the pacer sent what was planned; below 99 % the phase shows another load."""
    if phase.offered_per_s is None:
        return "unknown", f"The planned rate is not known: {phase.reasons['offered_per_s']}."
    share = phase.achieved_per_s / phase.offered_per_s if phase.offered_per_s else 0.0
    sentence = (
        f"{number_formats.rate(phase.achieved_per_s)} of "
        f"{number_formats.rate(phase.offered_per_s)} requests/s offered were sent"
    )
    if share < KEPT_RATE_SHARE:
        return "unknown", f"{sentence}: below 99 %, so the phase shows another load than planned."
    return "pass", f"{sentence}."


def few_failed(phase: Phase) -> Said:
    """Judge whether at most 1 % of the requests failed, and at most 1 % ended unknown."""
    if not phase.samples:
        return "unknown", "No request was made."
    failed, unknown = phase.failed / phase.samples, phase.unknown / phase.samples
    total = number_formats.count(phase.samples)
    if not _well(phase):
        return "fail", f"None of {total} requests was answered well{_mostly(phase)}."
    if failed > FAILED_SHARE:
        share = number_formats.percent(failed)
        return "fail", f"{share} of {total} requests failed: more than 1 %{_mostly(phase)}."
    if unknown > FAILED_SHARE:
        share = number_formats.percent(unknown)
        return "unknown", f"{share} of {total} requests may or may not have happened."
    return "pass", f"{number_formats.percent(failed)} of {total} requests failed."


def _mostly(phase: Phase) -> str:
    """Return what went wrong most often, and at which call, as the end of a sentence."""
    if not phase.errors:
        return ""
    reason, count = max(phase.errors.items(), key=lambda one: one[1])
    worst = max(phase.endpoints, key=lambda one: one.failed + one.unknown, default=None)
    at = f", most at {number_formats.short(worst.name, SHOWN)!r}" if worst else ""
    return f"; {number_formats.count(count)} x {number_formats.short(reason, SHOWN)}{at}"


def failures_left_it_whole(phase: Phase, *, bearable: bool = False) -> Said:
    """Judge whether failures left an open phase whole; else its latencies speak of the rest only.

    Too many failures at a planned rate may be the rate's doing, so the phase is void. Where the
    rate is `bearable`, below what the system carried in the closed loop, and the generator did
    what was planned, they are the system's. Where nothing at all was answered well they are so
    however late it was asked.
    """
    verdict, sentence = few_failed(phase)
    if verdict == "fail" and not (bearable and (_as_planned(phase) or not _well(phase))):
        return "unknown", sentence
    return verdict, sentence


def _well(phase: Phase) -> int:
    """Return how many requests were answered well."""
    return phase.samples - phase.failed - phase.unknown


def _as_planned(phase: Phase) -> bool:
    """Tell whether the generator sent what was planned, and nothing in it was in the way."""
    return all(ask(phase)[0] == "pass" for ask in GENERATOR_GATES)


def generator_was_on_time(phase: Phase) -> Said:
    """Judge whether the pacer's own lag is small beside what it measured."""
    lag_ms, p99_ms = phase.lag_ms_p99, phase.latency_ms.p99
    if lag_ms is None:
        return "unknown", f"The pacer's lag is not known: {phase.reasons['lag_ms_p99']}."
    limit_ms = max(LAG_FLOOR_MS, LAG_SHARE_OF_RESPONSE * (p99_ms or 0.0))
    lag_ms, whose = load_workers.worst(phase, lambda one: one.lag_ms_p99, lag_ms)
    sentence = f"Requests began up to {number_formats.ms(lag_ms)} ms late (p99){whose}"
    if lag_ms > limit_ms:
        return "unknown", (
            f"{sentence}, above {number_formats.ms(limit_ms)} ms: the generator, not the system, "
            f"may have made the latency."
        )
    return "pass", f"{sentence}, within {number_formats.ms(limit_ms)} ms."


def generator_had_room(phase: Phase) -> Said:
    """Judge whether the generator's process left a fifth of its core idle.

    One process runs on one core; near its limit its own queue becomes part of every latency.
    """
    share = phase.generator_cpu
    if share is None:
        return "unknown", f"The generator's CPU is not known: {phase.reasons['generator_cpu']}."
    share, whose = load_workers.worst(phase, lambda one: one.cpu, share)
    sentence = f"The generator kept a core {number_formats.percent(share)} busy{whose}"
    if share > GENERATOR_CPU_SHARE:
        return "unknown", f"{sentence}, above 80 %: it may have made the latency; use fewer req/s."
    return "pass", f"{sentence}."


def loop_ran_on(phase: Phase) -> Said:
    """Judge whether the generator's event loop ever stood still for more than 50 ms.

    Whatever arrives meanwhile is timed too late, and no percentile of the lag need show it.
    """
    gap_ms, whose = load_workers.worst(
        phase, lambda one: one.loop_gap_ms_max, phase.loop_gap_ms_max
    )
    sentence = f"The generator's loop stood still for {number_formats.ms(gap_ms)} ms{whose}"
    if gap_ms > LOOP_GAP_MS:
        return "unknown", f"{sentence}, above 50 ms: answers were timed late."
    return "pass", f"{sentence} at most."


def pool_was_large_enough(phase: Phase) -> Said:
    """Judge whether at most 0.1 % of the requests waited for a connection.

    A wait inside the client counts as the system's latency. A p99 rests on one request in a
    hundred; at one in a thousand, at most a tenth of that tail can be the pool's doing.
    """
    waits = phase.pool_waits
    share = waits / phase.samples if phase.samples else 0.0
    share, whose = load_workers.worst(phase, load_workers.pool_wait_share, share)
    sentence = f"{number_formats.count(waits)} requests waited for a connection"
    if share > POOL_WAIT_SHARE:
        return "unknown", (
            f"{sentence}, {number_formats.percent(share)} of all{whose} and above 0.1 %: the queue "
            f"inside the client is part of the latency."
        )
    return "pass", f"{sentence}."


def nothing_was_throttled(phase: Phase) -> Answer:
    """Judge whether the kernel held no part back; it does not apply where no part has a limit."""
    held = {
        name: use.throttled_s for name, use in phase.used.items() if use.throttled_s is not None
    }
    if not held:
        return "not applicable", "No part's CPU limit is known, so none was held back by it."
    worst = max(held, key=lambda name: held[name])
    if held[worst] > 0:
        return "unknown", (
            f"The kernel held {worst} back for {number_formats.number(held[worst])} s: the latency "
            f"is that of its CPU limit."
        )
    return "pass", f"The kernel held none of {len(held)} parts back."


def workers_stayed(phase: Phase) -> Answer:
    """Judge whether every worker that sent the load was there to the end; what one sent is gone.

    It does not apply where the run's own machine sent it.
    """
    if not phase.load_workers:
        return "not applicable", "This machine's own processes sent the load."
    if left := [one.name for one in phase.load_workers if one.left]:
        return "unknown", (
            f"Worker {', '.join(left)} left before the phase was over: what it sent is not known, "
            f"and less was sent than planned."
        )
    return "pass", f"All {len(phase.load_workers)} workers were there to the end."


def clocks_agreed(phase: Phase) -> Answer:
    """Judge whether no worker's clock wandered by more than 5 ms from the master's meanwhile.

    By so much its requests came at other moments than those planned for all workers together. It
    does not apply where one machine sent them.
    """
    if not phase.load_workers:
        return "not applicable", "All requests were due by one machine's clock."
    wandered_ms, whose = load_workers.worst(phase, load_workers.wander_ms, 0.0)
    within_ms = max(one.clock_within_ms for one in phase.load_workers)
    sentence = (
        f"Clocks wandered by up to {number_formats.ms(wandered_ms)} ms from the master's{whose}"
    )
    if wandered_ms > CLOCK_WANDER_MS:
        return "unknown", f"{sentence}, above 5 ms: requests came at other moments than planned."
    return "pass", f"{sentence}; they were known within {number_formats.ms(within_ms)} ms."


def queue_did_not_grow(phases: Sequence[Phase]) -> Answer:
    """Judge whether requests in flight stayed level; the repetitions of a phase share one slope.

    Above what a system carries, latency measures how long the phase was. It trips when the lower
    end of the slope's 99 % interval is above 0 and the rise is more than half the mean; it does not
    apply under five seconds.
    """
    found = trend([phase.timeline.in_flight for phase in phases])
    if found is None:
        return "not applicable", f"In under {LEAST_POINTS} s no queue is seen to grow."
    sentence = (
        f"Requests in flight went up by {number_formats.number(found.rise)} around a mean of "
        f"{number_formats.number(found.mean)}"
    )
    if found.least_per_s > 0 and found.rise > RISE_SHARE_OF_MEAN * found.mean:
        return "unknown", (
            f"{sentence}: the rate is above what the system carries, so the latency grows with the "
            f"length of the phase."
        )
    return "pass", f"Requests in flight stayed level, around {number_formats.number(found.mean)}."


GENERATOR_GATES: Final = (
    rate_was_kept,
    generator_was_on_time,
    generator_had_room,
    loop_ran_on,
    pool_was_large_enough,
)
PHASE_GATES: Final[dict[str, PhaseGate]] = {
    "rate kept": rate_was_kept,
    "few failed": failures_left_it_whole,
    "generator on time": generator_was_on_time,
    "generator had room": generator_had_room,
    "generator never stalled": loop_ran_on,
    "connections sufficed": pool_was_large_enough,
    "no throttling": nothing_was_throttled,
}
# What has to hold of several machines that send, whatever they send.
WORKER_GATES: Final[dict[str, PhaseGate]] = {
    "workers stayed": workers_stayed,
    "clocks agreed": clocks_agreed,
}
# By name, whatever they are asked of.
GATES: Final = PHASE_GATES | WORKER_GATES
COURSE_GATES: Final[dict[str, CourseGate]] = {"backlog level": queue_did_not_grow}
