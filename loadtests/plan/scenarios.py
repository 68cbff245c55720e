"""Which traffic mixes of a stack file are driven, as calls that the load process understands."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from loadtests.plan.answer_checks import validator
from loadtests.plan.calls import names_in
from loadtests.plan.data_rows import DataRows, read_rows
from loadtests.plan.plan import PlannedCall, PlannedStep
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.secret_values import with_secrets
from testcontainers_fixtures.stack_file.flow_spec import FlowStep, known_before
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
    name: str,
    scenario: Scenario,
    usual: Mapping[str, str] | None = None,
    data: DataRows | None = None,
    folder: Path = Path(),
) -> tuple[PlannedCall, ...]:
    """Return a scenario's calls or steps, each with its headers; `usual` are those that any has.

    `data` are the rows of its file, whose columns may stand in braces; in `folder` are the schemas.

    Raises SpecError for a name in braces that nothing fills, and for a header or a secret that
    cannot be had.
    """
    kind = "Step" if scenario.flow else "Call"
    asked = scenario.asked
    calls = tuple(
        replace(
            msgspec.convert(_plain(one), PlannedCall),
            headers=_headers(f"{kind} {one.name!r} of scenario {name!r}", scenario, one, usual),
            step=_step(one) if isinstance(one, FlowStep) else None,
            expect_schema=_schema(f"{kind} {one.name!r} of scenario {name!r}", one, folder),
        )
        for one in asked
    )
    for at, call in enumerate(calls):
        if scenario.flow:
            _refuse_unkept(
                f"Step {call.name!r} of scenario {name!r}", scenario.flow, at, call, data
            )
        else:
            _refuse_unfilled(f"Call {call.name!r} of scenario {name!r}", calls, call, data)
    return calls


def _plain(one: Call | FlowStep) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(one)
    # A step's weight is that of its branch, a schema is read.
    del plain["expect_schema"]
    return plain | ({"weight": 1.0} if isinstance(one, FlowStep) else {})


def _schema(where: str, one: Call | FlowStep, folder: Path) -> object:
    """Return the schema of a call; raise SpecError for a file that cannot be used as one."""
    if not one.expect_schema:
        return None
    file = folder / one.expect_schema
    try:
        schema: object = msgspec.json.decode(file.read_bytes())
        validator(schema)
    except OSError as error:
        raise SpecError(f"{where} expects the schema {file}, but: {error.strerror}.") from error
    except ValueError as error:
        raise SpecError(f"{where} expects {file} to be a JSON Schema, but: {error}.") from error
    return schema


def _step(step: FlowStep) -> PlannedStep:
    return PlannedStep(
        think_s=step.thinks_s,
        share=step.share,
        choice=step.choice,
        branch=step.branch,
        weight=step.weight or 1.0,
    )


def rows_of(scenario: Scenario, folder: Path) -> DataRows | None:
    """Return the rows of a scenario's data; raise SpecError for a file that cannot be used."""
    return read_rows(folder / scenario.data, scenario.data_order) if scenario.data else None


def _refuse_unfilled(
    where: str, calls: Iterable[PlannedCall], call: PlannedCall, data: DataRows | None
) -> None:
    kept = {key for one in calls for key in one.keeps}
    for unknown in sorted(names_in(call) - kept - set(call.draw) - _columns(data)):
        raise SpecError(
            f"{where} uses {{{unknown}}}, which it does not draw and no call keeps{_nor_in(data)}; "
            f"add it to `draw`, or to another call's `keeps`; where braces are meant, write them "
            f"twice: {{{{{unknown}}}}}."
        )


def _columns(data: DataRows | None) -> set[str]:
    return set(data.columns) if data else set()


def _nor_in(data: DataRows | None) -> str:
    return f", and {data.file} has the columns {', '.join(data.columns)}" if data else ""


def _refuse_unkept(
    where: str,
    steps: tuple[FlowStep, ...],
    at: int,
    call: PlannedCall,
    data: DataRows | None,
) -> None:
    kept = known_before(steps, at)
    for name in sorted(names_in(call) - set(call.draw) - _columns(data)):
        if name not in kept:
            raise SpecError(
                f"{where} uses {{{name}}}, which it does not draw and no step before it keeps"
                f"{_nor_in(data)}; add it to `draw`, or to the `keeps` of an earlier step; where "
                f"braces are meant, write them twice: {{{{{name}}}}}."
            )
        if not kept[name]:
            raise SpecError(
                f"{where} uses {{{name}}}, which only a step keeps that a session may leave out; "
                f"make that step sure, or put this one into its branch."
            )


def _headers(
    where: str, mix: Scenario, call: Call | FlowStep, usual: Mapping[str, str] | None
) -> dict[str, str]:
    """Return a call's headers, its own before the scenario's, and those before what is usual."""
    own = _JSON_BODY if call.body is not None else {}
    found: dict[str, tuple[str, str]] = {}
    for some in (_ACCEPTED, own, usual or {}, mix.headers, call.headers):
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
