"""A machine that starves the callers makes a trial doubtful, unless it shows more than lateness."""

import pytest
from msgspec.structs import replace

from contract_tests.faults.fault_trial import AFTER_S
from contract_tests.faults.ledger import Attempt
from contract_tests.faults.starvation import DISTURBED_S, starvation_of
from contract_tests.faults.traffic import DEADLINE_S, FaultTraffic
from reports.record.fault_trials import INVARIANTS_OF_THE_LEDGER, Breach, FaultTrial, Residue, Step
from testcontainers_fixtures.stack_spec import Part, StackSpec

BEGUN_S, STRUCK_S, MENDING_S, MENDED_S = 100.0, 2.5, 5.5, 6.0
BEFORE, WHILE_IT_LASTED, AFTER = 1.0, 3.0, 7.0
SPEC = StackSpec(
    format_version=1,
    name="some",
    parts={"gateway": Part(role="gateway", command=("x",), port=1)},
)


def trial(*broken: str, recovery_s: float | None = 0.1, unknown: int = 0) -> FaultTrial:
    return FaultTrial(
        fault="some",
        sentence="Something is broken.",
        engine="processes",
        configuration="small",
        outage=True,
        breaches={name: Breach(count=int(name in broken)) for name in INVARIANTS_OF_THE_LEDGER},
        struck_s=STRUCK_S,
        mending_s=MENDING_S,
        mended_s=MENDED_S,
        recovery_s=recovery_s,
        unknown=unknown,
        residues=(Residue(what="queues", before=1, after=1, most=1),),
    )


def callers(
    *stalls_s: float, length_s: float = 2 * DISTURBED_S, unknown_s: float = 3.0
) -> FaultTraffic:
    """Return callers that stood still at some moments; one write of theirs is unknown."""
    traffic = FaultTraffic("http://gateway", SPEC, [])
    traffic.begun_s = BEGUN_S
    traffic.stalls += [(BEGUN_S + one, BEGUN_S + one + length_s) for one in stalls_s]
    sent_s = BEGUN_S + unknown_s
    traffic.journal.append(
        Attempt(
            key="a",
            write=True,
            sent_s=sent_s,
            ended_s=sent_s + DEADLINE_S,
            deadline_s=DEADLINE_S,
            ending="unknown",
            reason="504",
        )
    )
    return traffic


NEVER_WELL = trial(recovery_s=None)
UNKNOWN = trial(unknown=1)
DEAD = replace(
    trial(), outage=False, course=(Step(start_s=3.0, length_s=0.5, ok=0, errors={"504": 30}),)
)


@pytest.mark.parametrize(
    ("late", "when_s"),
    [(NEVER_WELL, AFTER), (UNKNOWN, WHILE_IT_LASTED), (DEAD, WHILE_IT_LASTED)],
    ids=["never well again", "one more unknown", "nothing served"],
)
def test_lateness_is_doubtful_only_while_the_callers_themselves_stood_still(
    late: FaultTrial, when_s: float
) -> None:
    said = "stood still for 1.00 s within 1.5 s"

    assert said in starvation_of(late, callers(when_s))
    assert not starvation_of(late, callers(when_s, length_s=DISTURBED_S - 0.01))


@pytest.mark.parametrize(
    ("late", "elsewhere"),
    [
        (NEVER_WELL, callers(BEFORE, WHILE_IT_LASTED)),
        (UNKNOWN, callers(BEFORE, AFTER)),
        (UNKNOWN, callers(BEFORE, unknown_s=BEFORE)),
        (DEAD, callers(BEFORE, AFTER)),
        (trial(recovery_s=None, unknown=1), callers(AFTER)),
    ],
    ids=["recovery", "unknown", "before the strike", "served", "one of two"],
)
def test_a_pause_at_another_time_excuses_nothing(late: FaultTrial, elsewhere: FaultTraffic) -> None:
    assert not starvation_of(late, elsewhere)


def test_two_lates_are_doubtful_where_the_callers_stood_still_for_both() -> None:
    assert starvation_of(trial(recovery_s=None, unknown=1), callers(WHILE_IT_LASTED, AFTER))


@pytest.mark.parametrize(
    ("late", "when_s"),
    [
        (NEVER_WELL, AFTER),
        (UNKNOWN, WHILE_IT_LASTED),
        (DEAD, WHILE_IT_LASTED),
        (trial("late"), AFTER),
        (trial("late", recovery_s=None, unknown=1), WHILE_IT_LASTED),
    ],
)
def test_lateness_is_doubtful_while_the_disk_stood_still(late: FaultTrial, when_s: float) -> None:
    stood = [(BEGUN_S + when_s, BEGUN_S + AFTER + 1.0)]
    before = [(BEGUN_S + BEFORE, BEGUN_S + BEFORE + 1.0)]

    assert "The disk stood still for 1." in starvation_of(late, callers(), stood)
    assert not starvation_of(late, callers(), before)


@pytest.mark.parametrize("name", [n for n in INVARIANTS_OF_THE_LEDGER if n != "late"])
def test_what_no_disk_excuses_is_never_doubted(name: str) -> None:
    assert not starvation_of(trial(name), callers(), [(BEGUN_S, BEGUN_S + 60.0)])


STARVED = callers(BEFORE, WHILE_IT_LASTED, AFTER)


@pytest.mark.parametrize("name", INVARIANTS_OF_THE_LEDGER)
def test_what_is_wrong_at_any_speed_or_excused_call_by_call_is_never_doubted(name: str) -> None:
    assert not starvation_of(trial(name), STARVED)
    assert not starvation_of(trial(name, recovery_s=None), STARVED)


def test_what_is_left_over_is_never_doubted() -> None:
    over = (Residue(what="queues", before=1, after=2, most=1),)

    assert not starvation_of(replace(trial(), residues=over), STARVED)


def test_a_trial_without_a_red_cell_holds_however_the_callers_fared() -> None:
    assert not starvation_of(trial(), STARVED)


def test_a_gateway_has_the_deadline_that_its_stack_file_says() -> None:
    slower = replace(SPEC.contract, answers_within_s=4.0)
    traffic = FaultTraffic("http://gateway", replace(SPEC, format_version=2, contract=slower), [])

    assert traffic.deadline_s == 4.0
    assert callers().deadline_s == DEADLINE_S


def patient(*stalls_s: float, length_s: float, deadline_s: float = 30.0) -> FaultTraffic:
    traffic = callers(*stalls_s, length_s=length_s)
    traffic.deadline_s = deadline_s
    [one] = traffic.journal
    traffic.journal[:] = [replace(one, ended_s=one.sent_s + deadline_s, deadline_s=deadline_s)]
    return traffic


def test_what_a_deadline_of_half_a_minute_has_room_for_makes_nothing_doubtful() -> None:
    slow_writes = [(BEGUN_S + 4.0, BEGUN_S + 4.25), (BEGUN_S + 12.0, BEGUN_S + 12.3)]
    for red in (UNKNOWN, DEAD, trial("late"), NEVER_WELL):
        assert not starvation_of(red, patient(length_s=0.0), slow_writes)
    for red in (UNKNOWN, DEAD):
        assert not starvation_of(red, patient(WHILE_IT_LASTED, length_s=9.9))


def test_a_late_row_is_doubtful_by_half_a_second_at_once_whatever_the_deadline() -> None:
    stood, short = [(114.95, 117.95)], [(114.95, 115.45)]

    said = "stood still for 1.50 s within 1.5 s; expected at most 0.5 s."
    assert said in starvation_of(trial("late"), patient(length_s=0.0), stood)
    assert not starvation_of(trial("late"), patient(length_s=0.0), short)


NEVER_RESUMED = replace(trial(recovery_s=0.3), reopened_s=MENDED_S, resumed_s=None)
TOO_LATE = trial(recovery_s=5.75)
RESUMED_TOO_LATE = replace(trial(recovery_s=3.0), reopened_s=MENDED_S, resumed_s=2.75)


@pytest.mark.parametrize(
    ("red", "room_s"),
    [(NEVER_WELL, 1.5), (NEVER_RESUMED, 1.5), (TOO_LATE, 0.75), (RESUMED_TOO_LATE, 0.75)],
    ids=["never", "the broker's callers never", "too late", "the broker's callers too late"],
)
def test_a_recovery_is_doubtful_where_what_stood_still_is_more_than_what_it_came_too_late(
    red: FaultTrial, room_s: float
) -> None:
    said = f"expected at most {room_s} s. Seen: recovered"

    assert said in starvation_of(red, patient(AFTER, length_s=room_s + 0.1))
    assert not starvation_of(red, patient(AFTER, length_s=room_s - 0.1))
    assert not starvation_of(red, patient(MENDED_S + AFTER_S, length_s=9.9))


def test_a_third_of_any_deadline_is_doubtful() -> None:
    said = "stood still for 10.10 s within 30 s; expected at most 10 s."

    assert said in starvation_of(UNKNOWN, patient(WHILE_IT_LASTED, length_s=10.1))
    assert starvation_of(NEVER_WELL, patient(AFTER, length_s=10.1))


def hasty(*stalls_s: float, length_s: float) -> FaultTraffic:
    return patient(*stalls_s, length_s=length_s, deadline_s=0.3)


@pytest.mark.parametrize("red", [UNKNOWN, DEAD], ids=["one more unknown", "nothing served"])
def test_a_third_of_a_deadline_of_less_than_half_a_second_is_doubtful(red: FaultTrial) -> None:
    said = "stood still for 0.15 s within 0.3 s; expected at most 0.1 s."

    assert said in starvation_of(red, hasty(WHILE_IT_LASTED, length_s=0.15))
    assert not starvation_of(red, hasty(WHILE_IT_LASTED, length_s=0.09))


def test_what_no_deadline_bounds_is_doubtful_by_half_a_second_under_a_short_one_too() -> None:
    said = "stood still for 0.60 s within 1.5 s; expected at most 0.5 s."

    assert said in starvation_of(NEVER_WELL, hasty(AFTER, length_s=0.6))
    assert not starvation_of(NEVER_WELL, hasty(AFTER, length_s=0.4))
    assert f"The disk {said}" in starvation_of(
        trial("late"), hasty(length_s=0.0), [(BEGUN_S + AFTER, BEGUN_S + AFTER + 0.6)]
    )
    assert not starvation_of(
        trial("late"), hasty(length_s=0.0), [(BEGUN_S + AFTER, BEGUN_S + AFTER + 0.4)]
    )


def test_each_red_column_names_what_stood_still_for_too_long_for_it() -> None:
    disk = [(BEGUN_S + AFTER, BEGUN_S + AFTER + 0.6)]
    others = callers(WHILE_IT_LASTED, length_s=1.4)
    of_the_disk = "The disk stood still for 0.60 s within 1.5 s; expected at most 0.5 s."
    of_callers = "The callers' own process stood still for 1.40 s within 1.5 s; expected at most"

    late = starvation_of(trial("late"), others, disk)
    assert late.startswith(f"{of_the_disk} Seen: late")
    both = starvation_of(trial("late", unknown=1), others, disk)
    assert of_the_disk in both
    assert of_callers in both
