"""Which traffic mixes of a stack file are driven, as calls that the load process understands."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from loadtests.plan.calls import names_in
from loadtests.plan.plan import PlannedCall
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.secret_values import with_secrets
from testcontainers_fixtures.stack_file.scenario_spec import Call, Scenario
from testcontainers_fixtures.stack_spec import StackSpec

_ACCEPTED: Final = {"Accept": "application/json"}
_JSON_BODY: Final = {"Content-Type": "application/json"}
# What the load generator writes itself, because a request would not be one without it.
_OWN: Final = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "traceparent", "te", "upgrade"}
)


def chosen(spec: StackSpec, names: Sequence[str] = ()) -> dict[str, Scenario]:
    """Return the named scenarios, or all of them, in the stack file's order."""
    known = ", ".join(spec.scenarios)
    if not spec.scenarios:
        raise SpecError(f"Stack {spec.name!r} has no scenario; add a [scenarios.NAME] to its file.")
    for name in names:
        if name not in spec.scenarios:
            raise SpecError(f"Stack {spec.name!r} has no scenario {name!r}; choose from: {known}.")
    return {name: mix for name, mix in spec.scenarios.items() if not names or name in names}


def calls_of(
    name: str, scenario: Scenario, usual: Mapping[str, str] | None = None
) -> tuple[PlannedCall, ...]:
    """Return a scenario's calls, each with its headers; `usual` are those that any call has.

    Raises SpecError for a name in braces that nothing fills, and for a header or a secret that
    cannot be had.
    """
    plain = msgspec.convert(msgspec.to_builtins(scenario.calls), tuple[PlannedCall, ...])
    calls = tuple(
        replace(planned, headers=_headers(name, scenario, call, usual or {}))
        for planned, call in zip(plain, scenario.calls, strict=True)
    )
    kept = {key for call in calls for key in call.keeps}
    for call in calls:
        for unknown in sorted(names_in(call) - kept - set(call.draw)):
            raise SpecError(
                f"Call {call.name!r} of scenario {name!r} uses {{{unknown}}}, which it does not "
                f"draw and no call keeps; add it to `draw`, or to another call's `keeps`; where "
                f"braces are meant, write them twice: {{{{{unknown}}}}}."
            )
    return calls


def _headers(scenario: str, mix: Scenario, call: Call, usual: Mapping[str, str]) -> dict[str, str]:
    """Return a call's headers, its own before the scenario's, and those before what is usual."""
    where = f"Call {call.name!r} of scenario {scenario!r}"
    own = _JSON_BODY if call.body is not None else {}
    found: dict[str, tuple[str, str]] = {}
    for some in (_ACCEPTED, own, usual, mix.headers, call.headers):
        found |= {name.lower(): (name, value) for name, value in some.items()}
    return dict(_usable(where, name, value) for name, value in found.values())


def _usable(where: str, name: str, value: str) -> tuple[str, str]:
    if name.lower() in _OWN:
        raise SpecError(f"{where} sets the header {name}, which the load generator writes itself.")
    filled = with_secrets(value, f"{where}, header {name},")
    try:
        filled.encode("latin-1")
    except UnicodeEncodeError as error:
        raise SpecError(f"{where} has a header {name} with letters outside Latin-1.") from error
    if not filled.isprintable():
        raise SpecError(f"{where} has a header {name} with a line end or another control letter.")
    return name, filled
