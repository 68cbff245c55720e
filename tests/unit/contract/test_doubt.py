"""A machine that starves the callers makes a trial doubtful, unless it shows more than lateness."""

import pytest
from msgspec.structs import replace

from contract_tests.proof.doubt import DISTURBED_S, doubt_of
from reports.trials import INVARIANTS_OF_THE_LEDGER, Breach, Residue, Trial

STARVED_S = 2 * DISTURBED_S


def trial(*broken: str, recovery_s: float | None = 0.1, unknown: int = 0) -> Trial:
    return Trial(
        fault="some",
        sentence="Something is broken.",
        engine="processes",
        configuration="small",
        outage=True,
        breaches={name: Breach(count=int(name in broken)) for name in INVARIANTS_OF_THE_LEDGER},
        recovery_s=recovery_s,
        unknown=unknown,
        residues=(Residue(what="queues", before=1, after=1, most=1),),
    )


@pytest.mark.parametrize(
    "late",
    [trial("hung"), trial(recovery_s=None), trial(unknown=1), trial("hung", recovery_s=None)],
    ids=["hung", "never well again", "one more unknown", "two of these"],
)
def test_lateness_is_doubtful_only_while_the_callers_themselves_stood_still(late: Trial) -> None:
    assert "stood still for 1.00 s of a deadline of 1.5 s" in doubt_of(late, STARVED_S)
    assert not doubt_of(late, DISTURBED_S)


@pytest.mark.parametrize("name", ["lost", "duplicated", "misdelivered", "late", "untrue"])
def test_what_is_wrong_at_any_speed_is_never_doubted(name: str) -> None:
    assert not doubt_of(trial(name), STARVED_S)
    assert not doubt_of(trial(name, "hung"), STARVED_S)


def test_what_is_left_over_is_never_doubted() -> None:
    over = (Residue(what="queues", before=1, after=2, most=1),)

    assert not doubt_of(replace(trial(), residues=over), STARVED_S)


def test_a_trial_without_a_red_cell_holds_however_the_callers_fared() -> None:
    assert not doubt_of(trial(), STARVED_S)
