"""A run of mutants for the tests of its page: some not killed, and a method that cries wolf."""

from msgspec.structs import replace

from reports.record.mutants import LadderRung, Mutant
from reports.record.record import Check, E2eRun
from tests.unit.reports.sample_runs import HOSTILE, e2e_run

KILLED = Mutant(
    name="gateway_query_dropped",
    sentence="The gateway forwards no query.",
    layer="gateway",
    origin="the catalogue",
    fate="killed",
    by="stories",
    seconds=0.8,
    found=f"GET /goods?limit=1: status: the gateway answers {HOSTILE}",
    curl="curl -X GET -i 'http://gateway/goods?limit=1'",
)
SURVIVOR = replace(
    KILLED,
    name="random-7-3",
    sentence="system.wire.passed_headers: text in the module: \"accept\" becomes 'acceptx' <b>",
    layer="wire",
    origin="at random",
    fate="survived",
    by="",
    seconds=31.0,
    found="",
    curl=None,
)
LATE = replace(SURVIVOR, name="random-7-4", fate="timed out", seconds=45.2)
EXCUSED = replace(SURVIVOR, name="random-7-5", fate="equivalent", found="Nobody reads it.")
LADDER = (
    LadderRung(
        method="the gateway's own document, fuzzed",
        killed=1,
        tried=4,
        seconds=91.0,
        median_s=2.5,
        missed=("gateway_query_dropped", "random-7-3", "wire_a_name_that_is_long_and_has_no_end"),
        alarm=f"GET /goods: Undocumented status. {HOSTILE}",
    ),
    LadderRung(method="drift on paper", killed=0, tried=4, seconds=1.0, missed=("random-7-3",)),
    LadderRung(method="all", killed=4, tried=4, seconds=12.0, median_s=1.5),
)


def mutants_run() -> E2eRun:
    """Return a run in which more than one defect was not found."""
    killed = [
        replace(KILLED, name=f"mirror_{n}", layer="mirror", by="paper", seconds=0.2)
        for n in range(12)
    ]
    kept = (
        Check(
            name="clean system, seed 1",
            verdict="pass",
            sentence="The clean system raises no alarm.",
            seconds=31.0,
        ),
        Check(
            name="90% killed, at random",
            verdict="fail",
            sentence="0 of 2 killed (0.0%). Not killed: random-7-3, random-7-4.",
            seconds=76.0,
        ),
    )
    return e2e_run(
        checks=kept,
        cases=0,
        mutants=(KILLED, *killed, SURVIVOR, LATE, EXCUSED),
        ladder=LADDER,
    )
