"""Three weaknesses that prove the proof: with one of them in, the ledger must say exactly which.

Each is one replacement in one module's source, made as a part's process imports it: nothing inside
the system knows of it. `python -m contract_tests.faults.weakness_launcher NAME COMMAND...` puts it
in, and only where that module is what the part runs: another system's parts are
not known from inside.
"""

import sys
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from contract_tests.faults.tailored_faults import FULL, HELD, KILLED_WHILE_IT_WAITS
from contract_tests.mutants.defect import Defect, path_of
from testcontainers_fixtures.faults.fault import Fault
from testcontainers_fixtures.stack_spec import Part, Role, StackSpec

ROOT: Final = "contract_tests.faults.weakness_launcher"


class Weakness(Struct, frozen=True, kw_only=True):
    """A defect, the fault that shows it, and the column of the matrix that must turn red.

    `role` is that of the part which gets it: the first of its role, as faults strike that.
    """

    name: str
    role: Role
    defect: Defect
    fault: Fault
    shows: str


WEAKNESSES: Final = {
    one.name: one
    for one in (
        Weakness(
            name="redelivered_is_run_again",
            role="resolver",
            defect=Defect(
                sentence="An unsafe call that is delivered again is run again.",
                layer="wire",
                part="resolver",
                module="system.wire.rpc_server",
                old="redelivery.require_repeatable(request, message, self.repeatable)",
                new="pass",
                expected="stories",
            ),
            fault=KILLED_WHILE_IT_WAITS,
            shows="duplicated",
        ),
        Weakness(
            name="nothing_is_confirmed",
            role="gateway",
            defect=Defect(
                sentence="The gateway publishes without confirms.",
                layer="wire",
                part="gateway",
                module="system.wire.connection",
                old="channel(publisher_confirms=confirms, on_return_raises=confirms)",
                new="channel(publisher_confirms=False, on_return_raises=False)",
                expected="stories",
            ),
            fault=FULL,
            shows="unknown",
        ),
        Weakness(
            name="deadlines_are_not_read",
            role="service",
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


def home(spec: StackSpec, weakness: Weakness) -> str | None:
    """Return the part that a weakness is put into; None where that part does not run our code."""
    name, part = next(iter(spec.named(weakness.role).items()), ("", None))
    return name if part and runs(spec, part, weakness.defect.module) else None


def runs(spec: StackSpec, part: Part, module: str) -> bool:
    """Tell whether a part is started from the very package that a module of ours is in.

    A module of its command is of that package; and where its parts are started there is no other
    package of that name, which would be found first.
    """
    package, source = module.partition(".")[0], path_of(module)
    named = any(word.partition(":")[0].startswith(f"{package}.") for word in part.command)
    there = spec.workdir / package
    own = spec.workdir / Path(*module.split(".")).with_suffix(".py")
    return named and (not there.exists() or (own.is_file() and own.samefile(source)))


def weakened(spec: StackSpec, weakness: Weakness, part: str) -> StackSpec:
    """Return the stack file with the part that has the weakness run behind its root."""
    one = spec.parts[part]
    command = (sys.executable, "-P", "-m", ROOT, weakness.name, *one.command)
    return replace(spec, parts=spec.parts | {part: replace(one, command=command)})
