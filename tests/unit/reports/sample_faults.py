"""A fault run with a cell of every colour, made up but for its shape."""

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec.structs import replace

from reports.record.fault_trials import (
    INVARIANTS_OF_THE_LEDGER,
    Breach,
    ColdStarts,
    FaultTrial,
    Residue,
    Step,
)
from reports.record.record import FaultsRun
from tests.unit.reports.sample_runs import HOSTILE, conditions

CLEAN = {name: Breach(count=0) for name in INVARIANTS_OF_THE_LEDGER}
STEP_S = 0.5
BROKEN = range(5, 12)


def trial(fault: str = "resolver-sigkill-last", **changes: object) -> FaultTrial:
    """Return a trial in which every promise was kept, struck at 2.5 s and mended at 6.2 s."""
    usual = FaultTrial(
        fault=fault,
        sentence="The only resolver is ended by SIGKILL, with the calls that it holds.",
        engine="processes",
        configuration="1 resolver(s) x 2 worker(s), 2 gateway worker(s), prefetch 16",
        outage=True,
        seconds=17.4,
        attempts=760,
        writes=507,
        acknowledged=380,
        refused=125,
        unknown=2,
        committed=1,
        unknown_limit=18,
        breaches=CLEAN,
        struck_s=2.5,
        mending_s=5.5,
        mended_s=6.2,
        recovery_s=0.3,
        residues=(
            Residue(what="connections", before=5, after=5, most=5),
            Residue(what="descriptors of gateway", before=41, after=44, most=81),
        ),
        course=steps({"503 no_responder": 28, "504 deadline": 1, "no connection": 1}),
    )
    return replace(usual, **changes)


def steps(failing: Mapping[str, int]) -> tuple[Step, ...]:
    """Return 13 s of 60 requests a second, which fail from second 2.5 to 6."""
    return tuple(
        Step(start_s=n * STEP_S, length_s=STEP_S, ok=1 + n % 3, errors=dict(failing))
        if n in BROKEN
        else Step(start_s=n * STEP_S, length_s=STEP_S, ok=29 + n % 3)
        for n in range(26)
    )


def faults_run(**changes: object) -> FaultsRun:
    """Return a run on both engines: most is well, and something of every other kind."""
    told = "k1-17: write at 2.501 s, 201 at 2.530 s; 2 rows"
    bad = trial(
        "resolver-sigkill-one-of-two",
        outage=False,
        breaches=CLEAN | {"duplicated": Breach(count=3, shown=(told, HOSTILE))},
        recovery_s=None,
        unknown=40,
        residues=(Residue(what="connections", before=5, after=9, most=5),),
    )
    absent = trial(
        "transient-queues-forbidden",
        not_applicable="RabbitMQ 3.10 knows no deprecated_features.",
        course=(),
        breaches={},
    )
    void = trial("link-black-holed", void=f"StackError: {HOSTILE}", course=(), breaches={})
    strange = trial(f"broker-{'x' * 40}", sentence=HOSTILE, course=steps({HOSTILE: 20}))
    others = [replace(one, engine="containers") for one in (trial(), absent, void)]
    usual = FaultsRun(
        started_at=datetime(2026, 11, 24, 9, 2, 11, tzinfo=UTC),
        duration_s=1_290.0,
        command="nox -s faults",
        seed=1,
        stack="reference",
        conditions=conditions(engine="processes", network_mode="host"),
        trials=(trial(), bad, absent, void, strange, *others),
        cold_starts=(
            ColdStarts(engine="processes", asked=20, came_up=20, workers=4, slowest_s=6.1),
        ),
    )
    return replace(usual, **changes)
