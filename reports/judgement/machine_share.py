"""How much of the machine something else took while a phase was measured, and whether too much."""

import math
from typing import Final

from reports.record import number_formats
from reports.record.measurements import Phase
from reports.record.record import Verdict

# Of the machine, what something else may take while a figure is measured that is to be trusted.
OTHERS_SHARE: Final = 0.15


def elsewhere(phase: Phase, cores: float) -> float | None:
    """Return how many cores something else than system and generator kept busy; None: not known.

    What is busy and nobody's (`host_cpu`, less what parts and generators used) is theirs. All of it
    is laid over the planned phase: what the parts work off afterwards, `host_cpu` has not seen. Of
    parts that ran apart from the generator it says nothing.
    """
    generator = phase.generator_cores
    if phase.apart or phase.host_cpu is None or generator is None or not phase.used:
        return None
    within_s = math.fsum(use.cpu_s - use.late_cpu_s for use in phase.used.values())
    ours = within_s / phase.duration_s + generator
    return max(0.0, phase.host_cpu * cores - ours)


def shared_out(phase: Phase, cores: int) -> bool:
    """Tell whether something else than system and generator took much of the machine meanwhile.

    Where the parts were not measured nothing is known, and nothing said.
    """
    others = elsewhere(phase, cores)
    return others is not None and others > OTHERS_SHARE * cores


def machine_was_its_own(phase: Phase, cores: int) -> tuple[Verdict, str]:
    """Judge whether something else took at most 15 % of the machine, in a closed loop as well.

    What it took the system could not have: it carries more, and answers sooner, than was seen. It
    does not apply where the parts were not measured: they may be on another machine.
    """
    others = elsewhere(phase, cores)
    if others is None:
        return "not applicable", "What the system's parts used of this machine is not known."
    share = number_formats.percent(others / cores)
    sentence = f"Something else on the machine took {share} of it"
    if shared_out(phase, cores):
        return "unknown", (
            f"{sentence}, above 15 %: this is what it left over; run again when it is idle."
        )
    return "pass", f"{sentence}."
