"""Which traffic mixes of a stack file are driven, as calls that the load process understands."""

from collections.abc import Sequence

import msgspec

from loadtests.plan.calls import names_in
from loadtests.plan.plan import PlannedCall
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.scenario_spec import Scenario
from testcontainers_fixtures.stack_spec import StackSpec


def chosen(spec: StackSpec, names: Sequence[str] = ()) -> dict[str, Scenario]:
    """Return the named scenarios, or all of them, in the stack file's order."""
    known = ", ".join(spec.scenarios)
    if not spec.scenarios:
        raise SpecError(f"Stack {spec.name!r} has no scenario; add a [scenarios.NAME] to its file.")
    for name in names:
        if name not in spec.scenarios:
            raise SpecError(f"Stack {spec.name!r} has no scenario {name!r}; choose from: {known}.")
    return {name: mix for name, mix in spec.scenarios.items() if not names or name in names}


def calls_of(name: str, scenario: Scenario) -> tuple[PlannedCall, ...]:
    """Return a scenario's calls; raise SpecError for a name in braces that nothing fills."""
    calls = msgspec.convert(msgspec.to_builtins(scenario.calls), tuple[PlannedCall, ...])
    kept = {key for call in calls for key in call.keeps}
    for call in calls:
        for unknown in sorted(names_in(call) - kept - set(call.draw)):
            raise SpecError(
                f"Call {call.name!r} of scenario {name!r} uses {{{unknown}}}, which it does not "
                f"draw and no call keeps; add it to `draw`, or to another call's `keeps`."
            )
    return calls
