"""The traffic that was asked for: scenarios of a stack file or users of a team, and arrivals."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from loadtests.command.conflicts import refuse_beside_users
from loadtests.command.options import RunOptions
from loadtests.command.users_option import own_users
from loadtests.plan import scenarios
from loadtests.plan.arrivals import ArrivalsError, parse
from loadtests.plan.data_rows import DataRows
from loadtests.plan.objectives import asked_for_of_users, objectives_of
from loadtests.plan.own_users import SCENARIO, OwnUsers
from loadtests.plan.plan import PlannedCall
from reports.record.objectives import Objective
from testcontainers_fixtures.credentials import made_up_or_given
from testcontainers_fixtures.errors import SpecError
from testcontainers_fixtures.stack_spec import StackSpec

_Traffic = tuple[
    Mapping[str, tuple[PlannedCall, ...]], Mapping[str, DataRows], tuple[Objective, ...]
]


def users_of(asked: RunOptions) -> OwnUsers | None:
    """Return a team's own users; raise SpecError for a file, or options, that cannot be used."""
    if asked.users is None:
        return None
    refuse_beside_users(asked)
    return own_users(asked.users)


def said_of(users: OwnUsers, spec: StackSpec) -> tuple[str, ...]:
    """Return what a run says of its users, and what of the stack file they have no use for."""
    told = "The stack file's [login] is not used: users log in in their on_start."
    return (*users.said, *((told,) if spec.login else ()))


def traffic_of(
    spec: StackSpec, asked: RunOptions, users: OwnUsers | None, *, alone: bool
) -> _Traffic:
    """Return the calls of each scenario, the rows of its data, and what all are held to."""
    if users:
        held = tuple(asked_for_of_users(asked.slo, SCENARIO))
        return {SCENARIO: users.calls}, {}, held
    mixes = _mixes(spec, asked.scenarios, alone=alone)
    data = {name: scenarios.rows_of(spec.scenarios[name], spec.folder) for name in mixes}
    objectives = () if alone else _objectives(spec, mixes, asked.slo)
    return mixes, {name: rows for name, rows in data.items() if rows}, objectives


def _objectives(
    spec: StackSpec, mixes: Mapping[str, Sequence[PlannedCall]], texts: Sequence[str]
) -> tuple[Objective, ...]:
    return objectives_of({name: spec.scenarios[name] for name in mixes}, mixes, texts)


def _mixes(
    spec: StackSpec, names: Sequence[str], *, alone: bool = False
) -> dict[str, tuple[PlannedCall, ...]]:
    mixes = scenarios.chosen(spec, names)
    if alone and len(names) > 1:
        raise SpecError("--target-rate is about one traffic mix; give one --scenario.")
    if alone:
        mixes = dict(list(mixes.items())[:1])
    credentials = made_up_or_given(spec.contract)
    return {
        name: scenarios.calls_of(
            name, mix, credentials, scenarios.rows_of(mix, spec.folder), spec.folder
        )
        for name, mix in mixes.items()
    }


def arrivals_of(text: str) -> str:
    """Return `--arrivals` as a load process takes it; raise SpecError for what is none."""
    try:
        parse(text)
    except ArrivalsError as error:
        raise SpecError(f"--arrivals: {error}") from error
    kind, colon, path = text.partition(":")
    # The load process runs in a folder of its own.
    return f"{kind}:{Path(path).resolve()}" if kind == "replay" and colon else text
