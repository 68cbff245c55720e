"""Three weaknesses that prove the proof: with one of them in, the ledger must say exactly which.

Each is one replacement in one module's source, made as a part's process imports it: nothing inside
the system knows of it. `python -m contract_tests.proof.root NAME COMMAND...` puts it in.
"""

import sys
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from contract_tests.mutants.defect import Defect
from contract_tests.proof.strikes import FULL, HELD, KILLED_WHILE_IT_WAITS
from testcontainers_fixtures.faults.fault import Fault
from testcontainers_fixtures.stack_spec import StackSpec

ROOT: Final = "contract_tests.proof.root"


class Weakness(Struct, frozen=True, kw_only=True):
    """A defect, the fault that shows it, and the column of the matrix that must turn red."""

    name: str
    defect: Defect
    fault: Fault
    shows: str


WEAKNESSES: Final = {
    one.name: one
    for one in (
        Weakness(
            name="redelivered_is_run_again",
            defect=Defect(
                sentence="An unsafe call that is delivered again is run again.",
                layer="wire",
                part="resolver",
                module="system.wire.server",
                old="                self._require_repeatable(request)\n",
                new="                pass\n",
                expected="stories",
            ),
            fault=KILLED_WHILE_IT_WAITS,
            shows="duplicated",
        ),
        Weakness(
            name="nothing_is_confirmed",
            defect=Defect(
                sentence="The gateway publishes without confirms.",
                layer="wire",
                part="gateway",
                module="system.wire.connection",
                old="channel(publisher_confirms=True, on_return_raises=True)",
                new="channel(publisher_confirms=False, on_return_raises=False)",
                expected="stories",
            ),
            fault=FULL,
            shows="unknown",
        ),
        Weakness(
            name="deadlines_are_not_read",
            defect=Defect(
                sentence="A service does not look at the deadline of what it begins.",
                layer="service",
                part="srv_clients",
                module="system.chassis.deadline",
                old="        if told is None:\n",
                new="        if True:\n",
                expected="stories",
            ),
            fault=HELD,
            shows="late",
        ),
    )
}


def weakened(spec: StackSpec, weakness: Weakness) -> StackSpec:
    """Return the stack file with the part that has the weakness run behind its root."""
    part = weakness.defect.part
    one = spec.parts[part]
    command = (sys.executable, "-m", ROOT, weakness.name, *one.command)
    return replace(spec, parts=spec.parts | {part: replace(one, command=command)})
